"""From many classes to two: which classes are positive, and the score that an image is one of them."""

import shlex
from collections.abc import Sequence

import numpy as np

from cohort.files.offenders import some
from cohort.layouts.iciar2018 import CARCINOMA, are_iciar
from imaging.errors import HistoboostError, shown

NEGATIVE = ("normal", "benign", "negative", "healthy", "control", "0", "no")  # the usual names of a negative class
DENIALS, GAPS = ("no", "non", "not", "without"), (" ", "-", "_", "")  # as in "no tumour", beside "tumour"
LONG_NAMES = 40  # letters; of two names of more, a sentence on the terminal names none
WITHIN_FOLDS, POOLED = "within folds", "pooled"  # AUC: the mean of the folds; over all pairs, as in the paper


class PositiveError(HistoboostError):
    """The positive classes or the two-class rule cannot be used with these classes."""


def sum_score(positive: np.ndarray, negative: np.ndarray) -> np.ndarray:
    """The probability of any positive class: (n, positives), (n, negatives) -> (n,)."""
    return positive.sum(axis=1)


def max_score(positive: np.ndarray, negative: np.ndarray) -> np.ndarray:
    """The likeliest positive class against the likeliest other: (n, positives), (n, negatives) -> (n,).

    It passes 0.5 exactly where the argmax over all classes is positive (Rakhlin et al. 2018, published program).
    """
    best, rival = positive.max(axis=1), negative.max(axis=1)
    return best / (best + rival)


RULES = {"max": max_score, "sum": sum_score}


def positive_score(probabilities: np.ndarray, classes: Sequence[str], positive: Sequence[str], rule: str) -> np.ndarray:
    """The two-class score of each image: (n, classes) -> (n,) in [0, 1]. Raises PositiveError.

    >>> classes = ["normal", "benign", "insitu", "invasive"]
    >>> positive_score(np.array([[0.3, 0.1, 0.2, 0.4]]), classes, ["insitu", "invasive"], "sum").round(2)
    array([0.6])
    """
    chosen = np.isin(classes, checked_positive(classes, positive))  # (classes,)
    score = RULES[checked_rule(rule)]
    return score(probabilities[:, chosen], probabilities[:, ~chosen])


def checked_positive(classes: Sequence[str], positive: Sequence[str]) -> tuple[str, ...]:
    """The positive classes in class order; none, all or an unknown one raise PositiveError."""
    known = some(list(classes), shown=20)
    unknown = [name for name in positive if name not in classes]
    if unknown:
        raise PositiveError(f"unknown positive class {', '.join(map(repr, unknown))}; choose from {known}")
    chosen = tuple(name for name in classes if name in positive)
    if not 0 < len(chosen) < len(classes):
        raise PositiveError(f"{len(chosen)} of {len(classes)} classes are positive; choose some, not all, of {known}")
    return chosen


def checked_rule(rule: str) -> str:
    """The rule itself; an unknown one raises PositiveError."""
    if rule not in RULES:
        raise PositiveError(f"unknown two-class rule {rule!r}; choose from {', '.join(RULES)}")
    return rule


def default_positive(classes: Sequence[str]) -> tuple[str, ...] | None:
    """Carcinoma for the four ICIAR classes; of two classes the one that is not plainly negative; else None."""
    if are_iciar(classes):
        return CARCINOMA
    if len(classes) != 2:
        return None
    first, second = classes
    others = tuple(name for name, other in ((first, second), (second, first)) if not is_negative(name, other))
    return others if len(others) == 1 else None


def is_negative(name: str, other: str) -> bool:
    """Whether a class is plainly the negative one of two: by a usual name, or because it says that it is not the other.

    >>> is_negative("no cancer", "cancer"), is_negative("Non-Tumour", "tumour"), is_negative("not graded", "grade 2")
    (True, True, False)
    """
    denials = [f"{word}{gap}{other.casefold()}" for word in DENIALS for gap in GAPS]
    return name.lower() in NEGATIVE or name.casefold() in denials


def positive_question(classes: Sequence[str], positive: Sequence[str] | None) -> str:
    """What to ask for where it was not said which of two classes is positive; nothing where it was, or of more classes.

    >>> positive_question(["type1", "type2"], None)
    'Which class is positive was not said: `--positive type2` (or type1) gives sensitivity, specificity, PPV and NPV.'
    """
    if positive is not None or len(classes) != 2:
        return ""
    first, second = map(shown, classes)
    option = f"`--positive {shlex.quote(second)}` (or {first})"
    if len(first) + len(second) > LONG_NAMES or "," in second:
        option = "`--positive` with its name"
    return f"Which class is positive was not said: {option} gives sensitivity, specificity, PPV and NPV."


def default_rule(classes: Sequence[str]) -> str:
    """The paper's "max" where the paper is reproduced (the four ICIAR classes), else the probabilistic "sum"."""
    return "max" if are_iciar(classes) else "sum"
