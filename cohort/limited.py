"""Fewer images than there are, for a first look, and the order in which images are described."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain, zip_longest

from cohort.samples import Dataset, DatasetError, Sample


def first_images(dataset: Dataset, limit: int | None) -> list[Sample]:
    """The images to describe, classes in turn: all, or at most so many, whole patients of all classes.

    Where the limit has no room for a whole patient of each class, it is so many images as in `limited`, patients in
    turn. An image of an unknown patient is a patient by itself.
    """
    if limit is None:
        return classes_in_turn(dataset)
    if limit < len(dataset.classes):
        return classes_in_turn(dataset)[:limit]
    patients = whole_patients(dataset, limit)
    is_shown = {sample.label for sample in patients} == set(dataset.classes)
    return classes_in_turn(only(dataset, patients) if is_shown else limited(dataset, limit))


def whole_patients(dataset: Dataset, limit: int) -> list[Sample]:
    """All images of some patients, so many in all at most.

    The class that has the fewest images so far has the next patient who fits; one of several classes counts for each.
    """
    images_of = patients_of(dataset.samples)
    waiting: dict[str, list[str]] = {}
    for label in dataset.classes:
        of_class = patients_of(sample for sample in dataset.samples if sample.label == label)
        waiting[label] = list(of_class)[::-1]  # the next one is the last
    taken: dict[str, list[Sample]] = {}
    counts = Counter[str]()
    while any(waiting.values()):
        label = min((label for label in dataset.classes if waiting[label]), key=lambda label: counts[label])
        patient = waiting[label].pop()
        images = images_of[patient]
        if patient not in taken and counts.total() + len(images) <= limit:
            taken[patient] = images
            counts.update(sample.label for sample in images)
    return list(chain.from_iterable(taken.values()))


def limited(dataset: Dataset, limit: int) -> Dataset:
    """So many images in all, from all classes in turn, and of each class from all patients in turn.

    Raises DatasetError where a class would have no image.
    """
    count = len(dataset.classes)
    if limit < count:
        raise DatasetError(f"{limit} images cannot show all {count} classes of {dataset.name}; take {count} at least")
    by_class = []
    for label in dataset.classes:
        of_class = [sample for sample in dataset.samples if sample.label == label]
        by_class.append(patients_in_turn(of_class))
    return only(dataset, in_turn(by_class)[:limit])


def classes_in_turn(dataset: Dataset) -> list[Sample]:
    """The images, one of each class after the other, so that the first few hold all classes."""
    return in_turn([[sample for sample in dataset.samples if sample.label == label] for label in dataset.classes])


def patients_in_turn(samples: Sequence[Sample]) -> list[Sample]:
    """The images, one of each patient after the other; an image of an unknown patient is one by itself."""
    return in_turn(patients_of(samples).values())


def patients_of(samples: Iterable[Sample]) -> dict[str, list[Sample]]:
    """The images of each patient; an image of an unknown patient is one by itself."""
    by_patient = defaultdict[str, list[Sample]](list)
    for sample in samples:
        by_patient[sample.patient or f"image {sample.name}"].append(sample)
    return dict(by_patient)


def in_turn(groups: Iterable[Sequence[Sample]]) -> list[Sample]:
    """The first of each group, then the second of each, and so on."""
    rounds = zip_longest(*groups)
    return [sample for sample in chain.from_iterable(rounds) if sample is not None]


def only(dataset: Dataset, samples: Iterable[Sample]) -> Dataset:
    """A data set's images that are among some, in their order."""
    names = {sample.name for sample in samples}
    return replace(dataset, samples=tuple(sample for sample in dataset.samples if sample.name in names))
