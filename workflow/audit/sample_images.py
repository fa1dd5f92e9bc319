"""The images of the short audit: so many of so many patients that it takes seconds and still sees what there is to see.

Labels change places between whole patients, so that patients are what counts: few images of each, and many patients.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import zip_longest

from cohort.samples import Sample

MOST_IMAGES = 400
MOST_OF_PATIENT = 12  # images of a patient in a class


def sampled(samples: Sequence[Sample], seed: int = 0) -> list[Sample]:
    """At most MOST_IMAGES images, as many of each class as can be; the same whatever the order of the images.

    Each patient is there with the images of all its classes, or not at all. An image of an unknown patient is one.
    """
    by_class = defaultdict(list)  # patients, in an order that is drawn
    images = defaultdict(list)  # of each patient
    for sample in sorted(samples, key=lambda sample: drawn(seed, sample.name)):
        images[owner(sample)].append(sample)
    for patient in sorted(images, key=lambda patient: drawn(seed, *patient)):
        label = min(sample.label for sample in images[patient])
        by_class[label].append(patient)
    taken: list[Sample] = []
    for patient in in_turn(by_class.values()):
        few = few_of_each_class(images[patient])
        if not taken or len(taken) + len(few) <= MOST_IMAGES:
            taken += few
    return taken


def owner(sample: Sample) -> tuple[str, str]:
    """What changes places: the patient, or an image whose patient is unknown."""
    return ("patient", sample.patient) if sample.patient else ("image", sample.name)


def drawn(seed: int, *what: str) -> bytes:
    """Sorts by luck, in the same way every time."""
    return sha256("\0".join([str(seed), *what]).encode(errors="surrogatepass")).digest()


def in_turn(lists: Iterable[Sequence[tuple[str, str]]]) -> list[tuple[str, str]]:
    """The first of each list, then the second of each, and so on.

    >>> in_turn([[("a", "1"), ("a", "2")], [("b", "1")]])
    [('a', '1'), ('b', '1'), ('a', '2')]
    """
    return [one for round_ in zip_longest(*lists) for one in round_ if one is not None]


def few_of_each_class(samples: Sequence[Sample]) -> list[Sample]:
    """The first images of each class, at most MOST_OF_PATIENT."""
    count: dict[str, int] = defaultdict(int)
    few = []
    for sample in samples:
        count[sample.label] += 1
        if count[sample.label] <= MOST_OF_PATIENT:
            few.append(sample)
    return few
