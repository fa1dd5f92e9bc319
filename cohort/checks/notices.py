"""Notices: what is allowed but often a mistake, each of a kind that docs/WARNINGS.md explains with its remedy."""

from collections.abc import Callable, Sequence
from typing import Literal

Level = Literal["warning", "note"]  # a warning may make the numbers wrong; a note is good to know

KINDS: dict[str, Level] = {  # a heading of docs/WARNINGS.md each, in alphabetical order
    "audit-without-folds": "warning",
    "barcodes-of-one-participant": "note",
    "batch-in-parts": "note",
    "calibrated-on-this-image": "warning",
    "class-is-a-word-for-unknown": "warning",
    "class-of-one-inner-fold": "note",
    "class-of-one-patient": "warning",
    "class-spelled-in-two-ways": "warning",
    "classes-called-as-patients": "warning",
    "classes-told-by-making": "warning",
    "colour-profiles-differ": "note",
    "columns-disagree": "warning",
    "columns-not-used": "note",
    "constant-columns": "note",
    "copies-of-an-image": "warning",
    "crops-enlarged": "warning",
    "data-not-where-they-were": "note",
    "fewer-than-balanced": "note",
    "files-not-taken": "note",
    "folds-from-0": "note",
    "gpu-memory-short": "note",
    "group-as-patients": "warning",
    "head-alone": "warning",
    "image-states": "note",
    "image-states-by-class": "warning",
    "images-without-descriptors": "warning",
    "invisible-characters": "warning",
    "labels-for-a-part": "warning",
    "large-weights": "note",
    "leaked-pairs": "warning",
    "library-versions": "warning",
    "library-warning": "note",
    "limited-images": "note",
    "making-of-the-images": "note",
    "many-classes": "warning",
    "masks-among-the-images": "warning",
    "models-fitted-anew-differ": "warning",
    "no-folds": "warning",
    "not-converged": "warning",
    "nothing-chosen-inside": "note",
    "one-image-per-patient": "note",
    "patient-called-unknown": "note",
    "patient-is-a-word-for-unknown": "warning",
    "patient-of-several-classes": "warning",
    "patient-spelled-in-two-ways": "warning",
    "patients-in-names": "warning",
    "patients-of-the-training": "warning",
    "patients-table-not-used": "warning",
    "patients-unknown": "warning",
    "penalty-not-chosen": "note",
    "percentages": "note",
    "probabilities-rescaled": "note",
    "public-set": "note",
    "public-set-counts": "warning",
    "random-for-a-try": "warning",
    "resolution-unknown": "note",
    "resolution-unlike-training": "warning",
    "resolutions-disagree": "warning",
    "rows-without-an-image": "warning",
    "selected-on-test": "warning",
    "sets-hold-every-class": "note",
    "settings-file": "note",
    "settings-version": "note",
    "slower-network": "note",
    "small-class": "warning",
    "spreadsheet": "warning",
    "stain-left-as-it-is": "warning",
    "swapped-columns": "warning",
    "tables-not-hashed": "note",
    "test-lacks-classes": "warning",
    "trained-on-this-image": "warning",
    "unequal-classes": "warning",
    "unlike-training-images": "warning",
    "weights-adapted": "note",
    "weights-half-precision": "note",
    "weights-remembered": "note",
}


class Notice(str):
    """A sentence that says what was seen and what to do, and of which kind it is.

    Raises KeyError for a kind that is not in KINDS.
    """

    kind: str
    level: Level

    def __new__(cls, kind: str, sentence: str) -> "Notice":
        notice = super().__new__(cls, sentence)
        notice.kind = kind
        notice.level = KINDS[kind]
        return notice


# what reads a data set is given one of these: `extend` of a list keeps the notices, commands.terminal.warn prints them
Warn = Callable[[Sequence[Notice]], None]


def unsaid(notices: Sequence[Notice]) -> None:
    """The default of `warn`: nobody is told."""
