"""Which cache files each extraction has named, so that what learns from a cache takes those of the latest."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

MOST = 50  # extractions with other settings that are remembered of a data set


@dataclass(frozen=True)
class Extraction:
    """What was extracted by one command, under settings of its own."""

    files: tuple[str, ...]  # stems of its cache files, in order; not those of whole images
    finished: bool  # whether it has ever done all that it was asked
    asked: Mapping[str, Any] = field(default_factory=dict)  # settings by name when it last was; none: not known


def begun(earlier: Sequence[Extraction], files: Iterable[str]) -> tuple[Extraction, ...]:
    """The extractions with one that begins, or goes on, as the latest; no files are no extraction."""
    named = tuple(sorted(set(files)))
    if not named:
        return tuple(earlier)
    known = [extraction for extraction in earlier if extraction.files == named]
    others = [extraction for extraction in earlier if extraction.files != named]
    latest = known[-1] if known else Extraction(named, finished=False)
    return (*others, latest)[-MOST:]


def finished(
    earlier: Sequence[Extraction], files: Iterable[str], asked: Mapping[str, Any] | None = None
) -> tuple[Extraction, ...]:
    """The extractions with the one of these files finished; asked: the settings with which."""
    named = tuple(sorted(set(files)))
    after = []
    for extraction in earlier:
        is_it = extraction.files == named
        after.append(replace(extraction, finished=True, asked=dict(asked or {})) if is_it else extraction)
    return tuple(after)


def asked_for(extractions: Sequence[Extraction], files: Iterable[str]) -> dict[str, Any]:
    """What the latest extraction that named all these files was asked; nothing where none did, or it is not known."""
    named = set(files)
    for extraction in reversed(extractions):
        if extraction.asked and named <= set(extraction.files):
            return dict(extraction.asked)
    return {}


def from_json(entries: Sequence[Any]) -> tuple[Extraction, ...]:
    """What was written, checked; what a later version keeps besides is left aside. Raises ValueError and the like."""
    extractions = []
    for entry in entries:
        files = tuple(entry["files"])
        if not all(isinstance(stem, str) for stem in files) or not isinstance(entry["finished"], bool):
            raise ValueError("an extraction is made of names of files, and is finished or not")
        asked = entry.get("asked", {})
        if not all(_is_setting(value) for value in asked.values()):
            raise ValueError("what an extraction was asked is made of texts, numbers and lists of texts")
        extractions.append(Extraction(files, entry["finished"], asked))
    return tuple(extractions)


def _is_setting(value: Any) -> bool:
    if isinstance(value, list):
        return all(isinstance(item, str) for item in value)
    return isinstance(value, bool | int | float | str)
