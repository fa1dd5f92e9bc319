"""What `predict` leaves behind: one row per image, in full or as the ICIAR 2018 challenge wants it."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from boost.bundle.references import Neighbour
from boost.settings import BoostError
from cohort.files.spreadsheet import for_spreadsheet
from cohort.layouts.iciar2018 import ICIAR_CLASSES, are_iciar
from cohort.predictions import PREFIX, RAW_PREFIX, write_table


@dataclass(frozen=True)
class Answer:
    """What all models of a bundle predict for one image, and what tells whether to believe it."""

    image: str = ""  # its path
    label: str = ""  # the likeliest class; "" where the image could not be read
    calibrated: dict[str, float] = field(default_factory=dict)  # probability by class, recalibrated or calibrated
    raw: dict[str, float] = field(default_factory=dict)  # the vote before that
    level: str = ""  # of the conformal set
    members: tuple[str, ...] = ()  # the classes in it
    score: float | None = None  # that it is positive; None where there is no two-class task
    positive: bool | None = None  # at the bundle's operating point
    stain: str = ""  # ok, little tissue, degenerate
    distance: float | None = None  # to the nearest training image, see boost.uncertainty.out_of_distribution
    p_value: float | None = None  # the share of patients whose images are as distant
    is_outlier: bool = False  # further than what was measured covers
    trained_on: str = ""  # the training image that is the same file
    views: int = 0
    seconds: float = 0.0
    error: str = ""  # why there is no answer
    sha256: str = ""  # of the content that was looked at
    nearest: tuple[Neighbour, ...] = ()  # of the training images; none where the bundle does not know

    def row(self, classes: Sequence[str]) -> dict[str, object]:
        """As a row of a table; empty cells where there is no answer."""
        return {
            "image": self.image,
            "class": self.label,
            **{PREFIX + name: self.calibrated.get(name) for name in classes},
            **{RAW_PREFIX + name: self.raw.get(name) for name in classes},
            "set": "|".join(self.members),
            "level": self.level,
            "score": self.score,
            "call": {None: "", True: "positive", False: "negative"}[self.positive],
            "stain": self.stain,
            "distance": self.distance,
            "p_value": self.p_value,
            "warning": "far from the training images" if self.is_outlier else "",
            "trained_on": self.trained_on,
            "views": self.views,
            "seconds": round(self.seconds, 3),
            "error": self.error,
        }


def write_answers(path: Path, answers: Sequence[Answer], classes: Sequence[str], raw: bool = False) -> None:
    """Write `answers_table` as CSV."""
    write_table(path, answers_table(answers, classes, raw))


def answers_table(answers: Sequence[Answer], classes: Sequence[str], raw: bool = False) -> pd.DataFrame:
    """One row of all fields for each image; texts as they may stand in a spreadsheet, unless they are wanted raw."""
    table = pd.DataFrame([answer.row(classes) for answer in answers])
    return table if raw else for_spreadsheet(table)


def write_iciar(path: Path, answers: Sequence[Answer], classes: Sequence[str], raw: bool = False) -> None:
    """The submission of part A: case,class, where the case is the number in test12.tif and 0..3 are the classes.

    0 normal, 1 benign, 2 in situ, 3 invasive. Images without an answer are left out. All of it is numbers: `raw` or not
    is the same.
    """
    rows = [(case_of(answer.image), ICIAR_CLASSES.index(answer.label)) for answer in answers if not answer.error]
    write_table(path, pd.DataFrame(sorted(rows), columns=["case", "class"]))


def require_iciar(images: Sequence[Path], classes: Sequence[str]) -> None:
    """Raise BoostError for other classes, and for names without a number or with one that another has."""
    if not are_iciar(classes):
        raise BoostError(
            f"--format iciar wants the classes {', '.join(ICIAR_CLASSES)}; the bundle has {', '.join(classes)}"
        )
    cases = Counter(case_of(str(image)) for image in images)
    wrong = [str(image) for image in images if case_of(str(image)) < 0 or cases[case_of(str(image))] > 1]
    if wrong:
        raise BoostError(
            f"--format iciar wants images called test0.tif, test1.tif and so on, each number once; got {wrong[0]}"
        )


def case_of(image: str) -> int:
    """The number that an image's name ends in; -1 for none.

    >>> case_of("Test_data/test12.tif")
    12
    """
    number = re.search(r"(\d+)$", Path(image).stem)
    return int(number[1]) if number else -1


FORMATS: dict[str, Callable[[Path, Sequence[Answer], Sequence[str], bool], None]] = {
    "table": write_answers,
    "iciar": write_iciar,
}
