"""Whether something that some images have, and that is no finding, would tell their classes."""

from collections import Counter
from collections.abc import Iterable, Sequence
from math import exp, lgamma

from cohort.files.offenders import some

CHANCE = 0.01  # how rarely a class may look special by luck alone, over all classes together
SHOWN = 5  # classes


def counts_by_class(labels: Sequence[str], have: Iterable[str]) -> str:
    """How many images of each class have it, the largest share first; `have` are the labels of those that do.

    >>> counts_by_class(["a", "a", "b"], ["b"])
    '1 of 1 b, 0 of 2 a'
    """
    images, having = Counter(labels), Counter(have)
    in_order = sorted(images, key=lambda label: (-having[label] / images[label], label))
    return some([f"{having[label]} of {images[label]} {label}" for label in in_order], SHOWN)


def tells_the_class(labels: Sequence[str], have: Sequence[str]) -> bool:
    """True where a class has it much more often than the others: all of it and no other, or more than luck explains.

    The tail of the hypergeometric distribution (Fisher's exact test, one-sided), times the number of classes.
    """
    images, having = Counter(labels), Counter(have)
    for label, count in having.items():
        has_all = count == images[label] == len(have) and count > 1
        if has_all or len(images) * _tail(count, images[label], len(have), len(labels)) < CHANCE:
            return True
    return False


def _tail(count: int, images: int, having: int, total: int) -> float:
    """The chance that a class of so many images holds `count` or more of all that have it, if drawn from the total."""
    terms = []
    for number in range(count, min(images, having) + 1):
        if having - number <= total - images:
            ways = _log_choices(images, number) + _log_choices(total - images, having - number)
            terms.append(exp(ways - _log_choices(total, having)))
    return sum(terms)


def _log_choices(total: int, chosen: int) -> float:
    return lgamma(total + 1) - lgamma(chosen + 1) - lgamma(total - chosen + 1)
