"""The settings of a run, as tables: what was asked for, how the variants differ, and which software did it."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from report.section import Section

UNKNOWN = "Not known: these tables were made from a file of answers, which does not say how they came about."


def settings_sections(settings: Mapping[str, Any] | None) -> list[Section]:
    """The tables made from the content of settings.json, of whatever keys; None where there is none."""
    if not settings:
        return [Section("Settings", UNKNOWN)]
    run = {key: value for key, value in settings.items() if key not in ("variants", "versions")}
    software = "What the boosting depended on; the encoders' libraries stand with the descriptors."
    parts = [
        Section("Settings", "What the run was asked to do.", key_table(dict(flat(run)), "setting")),
        Section("Software", software, key_table(dict(flat(settings.get("versions", {}))), "software")),
        *variant_sections(by_variant(settings)),
    ]
    return [part for part in parts if part.cells is not None and not part.cells.empty]


def variant_sections(variants: dict[str, dict[str, str]]) -> list[Section]:
    """A row for each variant of what tells it apart, and what all share."""
    keys = sorted({key for facts in variants.values() for key in facts})
    shared = {key for key in keys if len({facts.get(key) for facts in variants.values()}) == 1}
    apart = [key for key in keys if key not in shared]
    rows = {name: {key: facts.get(key, "–") for key in apart} for name, facts in variants.items()}
    same = {key: value for facts in variants.values() for key, value in facts.items() if key in shared}
    return [
        Section("Variants", "What tells the variants apart.", pd.DataFrame(rows).T.rename_axis("variant")),
        Section("Descriptors", "What all variants share.", key_table(same, "setting")),
    ]


def by_variant(settings: Mapping[str, Any] | None) -> dict[str, dict[str, str]]:
    """The settings of each variant, flat; none where they are not known."""
    variants = (settings or {}).get("variants")
    return {str(name): dict(flat(facts)) for name, facts in variants.items()} if isinstance(variants, Mapping) else {}


def key_table(facts: Mapping[str, str], name: str) -> pd.DataFrame:
    """Settings as one column of text, by name."""
    return pd.DataFrame({"value": facts}, dtype=object).sort_index().rename_axis(name)


def flat(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Each setting with the path to it.

    >>> list(flat({"a": {"b": 1, "c": [2, "x"]}, "d": None}))
    [('a.b', '1'), ('a.c', '2, x'), ('d', '–')]
    """
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from flat(inner, f"{key}.{name}" if key else str(name))
    else:
        yield key, text_of(value)


def text_of(value: Any) -> str:
    """A setting as a person writes it."""
    if value is None or value == []:
        return "–"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {text_of(inner)}" for key, inner in value.items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(text_of, value)) if isinstance(value, list | tuple) else str(value)
