"""Notices: what is allowed but often a mistake, each of a kind that docs/WARNINGS.md explains with its remedy."""

from typing import Literal

Level = Literal["warning", "note"]  # a warning may make the numbers wrong; a note is good to know

KINDS: dict[str, Level] = {  # a heading of docs/WARNINGS.md each, in alphabetical order
    "class-of-one-inner-fold": "note",
    "class-of-one-patient": "warning",
    "class-spelled-in-two-ways": "warning",
    "constant-columns": "note",
    "copies-of-an-image": "warning",
    "images-without-descriptors": "warning",
    "labels-for-a-part": "warning",
    "library-versions": "warning",
    "not-converged": "warning",
    "patient-of-several-classes": "warning",
    "patient-spelled-in-two-ways": "warning",
    "patients-of-the-training": "warning",
    "patients-unknown": "warning",
    "nothing-chosen-inside": "note",
    "penalty-not-chosen": "note",
    "sets-hold-every-class": "note",
    "small-class": "warning",
    "stain-left-as-it-is": "warning",
    "trained-on-this-image": "warning",
    "unlike-training-images": "warning",
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
