"""What cv and fit share: the cached images in folds, and what a person should know of these and of the training."""

from collections import Counter
from collections.abc import Sequence

from boost.crossval import HeldOut
from boost.heads.head import REMARKS
from cohort.checks.notices import Notice
from cohort.cohort import Cohort
from commands.options import TrainingOptions, names
from commands.terminal import console, warn
from workflow.cohort_from_cache import CachedImages, cached_images, divided


def images_in_folds(asked: TrainingOptions, data_set: str | None) -> tuple[CachedImages, Cohort]:
    """The images of a data set (None: the only one) and the folds of those; says what they are and what looks wrong."""
    variants = names(asked.variants) or []
    positive = names(asked.positive)
    images = cached_images(asked.cache, data_set, variants, asked.labels, positive, warn, asked.patients_as_written)
    cohort, warnings = divided(
        images.described, asked.groups, asked.folds, asked.folds_file, asked.seed, asked.unknown_patients
    )
    summary = images.described.summary(asked.groups != "none", alone=asked.unknown_patients == "own")
    console.print(f"{images.name}: {summary}")
    warn([*images.described.notices(asked.groups != "none"), *warnings])
    return images, cohort


def tell_training(units: Sequence[HeldOut]) -> None:
    """Say what should be known of the training: a line for each head and remark, and how often."""
    trainings = Counter(unit.head for unit in units)
    remarked: Counter[tuple[str, str]] = Counter()
    for unit in units:
        for remark in set(unit.remarks):
            remarked[unit.head, remark] += 1
    for (head, remark), count in sorted(remarked.items()):
        warn([Notice(remark, f"{head}, {count} of {trainings[head]} trainings: {REMARKS[remark]}")])
