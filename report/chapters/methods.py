"""The settings of a run, as tables: what was asked for, how the variants differ, and which software did it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pandas as pd

from report.evaluation import Evaluation
from report.section import DASH, Chapter, Section

UNKNOWN = "Not known: these tables were made from a file of predictions, which does not say how they came about."

TREES = "trees"
ELSEWHERE = ("variants", "versions", "image_states")  # settings that have tables of their own


def methods(evaluation: Evaluation) -> Chapter:
    """The settings of the run."""
    return Chapter("methods", "How it was made", tuple(settings_sections(evaluation.settings)))


def settings_sections(settings: Mapping[str, Any] | None) -> list[Section]:
    """The tables made from the content of settings.json, of whatever keys; None where there is none."""
    if not settings:
        return [Section("settings", "Settings", UNKNOWN)]
    of_run = {key: value for key, value in shown_settings(settings).items() if key not in ELSEWHERE}
    versions = settings.get("versions", {})
    software = "What the result depended on; the encoders' libraries stand with the descriptors."
    sections = [
        Section("settings", "Settings", "What the run did.", key_table(flat(of_run), "setting")),
        Section("software", "Software", software, key_table(flat(versions), "software")),
        *variant_sections(by_variant(settings)),
    ]
    return [section for section in sections if section.cells is not None and not section.cells.empty]


def shown_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings without those that decided nothing: of trees where none grew, of 16 bits on a CPU, and repeats."""
    shown = dict(settings)
    heads, training = settings.get("heads"), settings.get("training")
    if isinstance(heads, list) and TREES not in heads:
        shown.pop("boost", None)
    if isinstance(training, Mapping) and settings.get("device") == "cpu":
        shown["training"] = {key: value for key, value in training.items() if key != "mixed"}
    members = settings.get("members")
    if isinstance(members, list):
        shown["members"] = [_without_repeats(member, training) for member in members]
    return shown


def _without_repeats(member: Any, training: Any) -> Any:
    """A trained network's facts without settings that are those of the run."""
    if not isinstance(member, Mapping) or member.get("training") != training:
        return member
    return {key: value for key, value in member.items() if key != "training"}


def variant_sections(variants: dict[str, dict[str, str]]) -> list[Section]:
    """A row for each variant of what distinguishes it, and what all share."""
    shared: dict[str, str] = {}
    distinct: list[str] = []
    for key in sorted({key for facts in variants.values() for key in facts}):
        values = [facts.get(key) for facts in variants.values()]
        if not any(values):
            continue  # of these networks there is nothing to say
        if None not in values and len(set(values)) == 1:
            shared[key] = str(values[0])
        else:
            distinct.append(key)
    rows = {}
    for name, facts in variants.items():
        rows[name] = {key: facts.get(key, DASH) for key in distinct}
    cells = pd.DataFrame(rows).T.rename_axis("variant")
    return [
        Section("variants", "Variants", "Networks with a crop size and scale; what tells them apart.", cells),
        Section("descriptors", "Descriptors", "What all variants share.", key_table(shared.items(), "setting")),
    ]


def by_variant(settings: Mapping[str, Any] | None) -> dict[str, dict[str, str]]:
    """The settings of each variant, flat; none where they are not known."""
    variants = (settings or {}).get("variants")
    if not isinstance(variants, Mapping):
        return {}
    return {str(name): dict(flat(facts)) for name, facts in variants.items()}


def key_table(facts: Iterable[tuple[str, str]], name: str) -> pd.DataFrame:
    """Settings as one column of text, by name."""
    return pd.DataFrame({"value": dict(facts)}, dtype=object).sort_index().rename_axis(name)


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
        return DASH
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {text_of(inner)}" for key, inner in value.items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(text_of, value))
    return str(value)
