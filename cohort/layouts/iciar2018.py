"""The ICIAR 2018 grand challenge on breast cancer histology (BACH): its classes, their order, and its file names."""

import re
from collections.abc import Iterable
from pathlib import PurePath

ICIAR_CLASSES = ("normal", "benign", "insitu", "invasive")  # in the order of the paper and of its confusion matrix
CARCINOMA = ("insitu", "invasive")  # the positive classes of its two-class task
BY_PREFIX = {"n": "normal", "b": "benign", "is": "insitu", "iv": "invasive"}  # file names: n001.tif, is001.tif ...


def are_iciar(classes: Iterable[str]) -> bool:
    """Whether these are the four classes of the challenge, in whatever order."""
    return set(classes) == set(ICIAR_CLASSES)


def class_order(names: Iterable[str]) -> tuple[str, ...]:
    """The names as they come, unless they are the four classes of the challenge, which have an order of their own.

    >>> class_order(["benign", "insitu", "invasive", "normal"])
    ('normal', 'benign', 'insitu', 'invasive')
    """
    names = tuple(names)
    return ICIAR_CLASSES if are_iciar(names) else names


def class_of_file(path: PurePath) -> str:
    """The class that a file name of the challenge tells, "" for any other name.

    >>> class_of_file(PurePath("Photos/InSitu/is012.tif")), class_of_file(PurePath("slide12.tif"))
    ('insitu', '')
    """
    match = re.fullmatch(r"(n|b|is|iv)\d+", path.stem.lower())
    return BY_PREFIX[match[1]] if match else ""
