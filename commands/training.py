"""What cv and fit share: the cached images in folds, and what a person should know of these and of the training."""

from collections.abc import Sequence

from boost.crossval import HeldOut
from cohort.cohort import Cohort
from commands.options import TrainingOptions, names
from commands.terminal import console, warn
from workflow.cohort_from_cache import CachedImages, cached_images, divided
from workflow.training_notices import training_notices


def images_in_folds(asked: TrainingOptions, data_set: str | None) -> tuple[CachedImages, Cohort]:
    """The images of a data set (None: the only one) and the folds of those; says what they are and what looks wrong."""
    images = cached_images(
        asked.cache, data_set, names(asked.variants) or [], asked.labels, names(asked.positive), warn
    )
    if images.unseen:
        console.print(f"{images.unseen} image files are not where they were: whether they have changed is not known")
    cohort, warnings = divided(
        images.described, asked.groups, asked.folds, asked.folds_file, asked.seed, asked.unknown_patients
    )
    summary = images.described.summary(asked.groups != "none", alone=asked.unknown_patients == "own")
    console.print(f"{images.name}: {summary}", markup=False)
    warn([*images.described.notices(asked.groups != "none"), *warnings])
    return images, cohort


def tell_training(units: Sequence[HeldOut]) -> None:
    """Say what should be known of the models that were trained."""
    warn(training_notices(units))
