"""Which images each fold's network is trained on, and which its epoch is selected by: never those that test it."""

from dataclasses import dataclass

import numpy as np

from cohort.cohort import Cohort
from cohort.folds import FoldError, make_folds_up_to
from finetune.training_images import require_every_class
from finetune.training_settings import TrainingError, TrainingSettings

NONE = np.empty(0, int)  # rows


@dataclass(frozen=True, eq=False)
class FoldRows:
    """Positions in a cohort."""

    train: np.ndarray
    select: np.ndarray  # none: the last epoch is taken


def rows_of_folds(cohort: Cohort, settings: TrainingSettings, groups: np.ndarray | None = None) -> dict[int, FoldRows]:
    """What the network of each fold is trained on and selected by; raises TrainingError for a fold that cannot be.

    groups: the name of what must not be parted in the inner split, (image,); None: the patients, where known. No group
    is both trained on and selected by.
    """
    groups = cohort.groups if groups is None else groups
    rows = {}
    for fold in cohort.held_out_folds:
        training = cohort.training(fold)
        require_every_class(cohort.codes[training], cohort.classes)
        if settings.select_on == "test":
            rows[fold] = FoldRows(training, cohort.held_out(fold))
            continue
        select = inner_split(cohort, training, settings, groups)
        rows[fold] = FoldRows(np.setdiff1d(training, select), select)
    return rows


def inner_split(cohort: Cohort, training: np.ndarray, settings: TrainingSettings, groups: np.ndarray) -> np.ndarray:
    """Which of some training images (positions) an epoch is selected by: about `validation` of them, whole groups.

    Stratified by class. Where there are fewer groups than a share asks for, one part of as many as can be made. Raises
    TrainingError where no group can be spared.
    """
    if not settings.validation:
        return NONE
    names = [cohort.images[position] for position in training]
    labels = cohort.labels[training]
    own_groups = groups[training].tolist()
    most = max(round(1 / settings.validation), 2)
    try:
        part = make_folds_up_to(names, labels, own_groups, most, settings.seed)
    except FoldError as error:
        why = str(error).replace("patient patient", "patient").replace("patient image", "image")  # names of groups
        raise TrainingError(
            f"the training images allow no inner split by patient to select the epoch by: {why}. Without an inner "
            "split (validation 0) the last epoch is taken"
        ) from error
    return training[part == _fairest(part, labels, settings.validation)]


def _fairest(part: np.ndarray, labels: np.ndarray, share: float) -> int:
    """The part that has images of the most classes, and of these the one whose size is nearest to a share."""

    def unfairness(number: int) -> tuple[int, float]:
        own = labels[part == number]
        return -len(set(own.tolist())), abs(len(own) / len(labels) - share)

    return min(sorted(set(part.tolist())), key=unfairness)
