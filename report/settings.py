"""The settings of a run, as tables: what was asked for, how the variants differ, and which software did it."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from report.section import Section

PARTS = ("variants", "versions")  # of settings.json, which have tables of their own


def settings_sections(settings: Mapping[str, Any] | None) -> list[Section]:
    """The tables made from the content of settings.json, of whatever keys; None where there is none."""
    if not settings:
        words = "Not known: these tables were made from a file of answers, which does not say how they came about."
        return [Section("Settings", words)]
    run = {key: value for key, value in settings.items() if key not in PARTS}
    parts = [Section("Settings", "What the run was asked to do.", key_table(run, "setting"))]
    variants, versions = (settings.get(part) for part in PARTS)
    if isinstance(versions, Mapping) and versions:
        words = "What the boosting depended on; the encoders' libraries stand with the descriptors."
        parts.append(Section("Software", words, key_table(versions, "software")))
    if isinstance(variants, Mapping) and variants:
        parts += variant_sections({str(name): dict(flat(facts)) for name, facts in variants.items()})
    return parts


def variant_sections(variants: dict[str, dict[str, str]]) -> list[Section]:
    """What all variants share, and a row each of what tells them apart."""
    keys = sorted({key for facts in variants.values() for key in facts})
    shared = {key for key in keys if len({facts.get(key) for facts in variants.values()}) == 1}
    first = next(iter(variants.values()))
    parts = []
    apart = [key for key in keys if key not in shared]
    if apart:
        rows = {name: [facts.get(key, "–") for key in apart] for name, facts in variants.items()}
        table = pd.DataFrame.from_dict(rows, orient="index", columns=apart).rename_axis("variant")
        parts.append(Section("Variants", "What tells the variants apart.", table))
    words = f"The settings of {', '.join(variants)}" + (", where they agree." if apart else ".")
    parts.append(
        Section("Descriptors", words, key_table({key: first[key] for key in keys if key in shared}, "setting"))
    )
    return parts


def key_table(facts: Mapping[str, Any], name: str) -> pd.DataFrame:
    """Nested settings as one column of text, their keys joined by points."""
    rows = dict(flat(facts))
    return pd.DataFrame({"value": list(rows.values())}, index=pd.Index(list(rows), name=name), dtype=object)


def flat(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Each setting with the path to it.

    >>> list(flat({"a": {"b": 1, "c": [2, "x"]}, "d": None}))
    [('a.b', '1'), ('a.c', '2, x'), ('d', '–')]
    """
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from flat(inner, f"{key}.{name}" if key else str(name))
    else:
        yield key, text_of(value)


def text_of(value: Any) -> str:
    """A setting as a person writes it."""
    if value is None or value == {} or value == []:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(text_of, value)) if isinstance(value, list | tuple) else str(value)
