"""A network for every fold: trained on the others, selected on an inner split of those, tested once on its own."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import softmax

from cohort.cohort import Cohort
from cohort.folds import FoldError, make_folds
from finetune.networks.classifier import Classifier
from finetune.pictures.decoded import Pictures
from finetune.training_loop import Training, TrainingImages
from finetune.training_settings import TrainingError, TrainingSettings

NONE = np.empty(0, int)  # rows
LEAST = np.finfo(float).tiny  # a probability whose logarithm is finite


@dataclass(frozen=True, eq=False)
class FoldTraining:
    """What has come of one fold so far: its epochs, and at the end the answers for the images held out."""

    fold: int
    row: dict[str, float]  # of the last epoch, see Training.run
    history: list[dict[str, float]]
    best_epoch: int
    views: np.ndarray | None = None  # (held-out image, symmetry, class), in the order of cohort.held_out; None: not yet

    @property
    def is_done(self) -> bool:
        """Whether the answers are there."""
        return self.views is not None


def train_folds(
    cohort: Cohort,
    pictures: Pictures,
    settings: TrainingSettings,
    build: Callable[[], Classifier],
    folder: Path | None,
    device: str = "cpu",
    workers: int = 1,
) -> Iterator[FoldTraining]:
    """Train a network for each fold in turn; yields after each epoch, and once more with the answers.

    pictures: of the images of the cohort, in their order; build: the network before it is trained, the same for all;
    folder: of the checkpoints, None for none. Raises TrainingError, for a class that some fold lacks before any work.
    """
    if pictures.names != cohort.images:
        raise TrainingError("the decoded images are not those of the folds; delete them and start again")
    parts = {fold: _part(cohort, pictures, settings, fold) for fold in cohort.held_out_folds}
    for fold, images in parts.items():
        path = folder / f"fold-{fold}.safetensors" if folder else None
        training = Training(build(), images, settings, path, device, workers)
        progress = training.progress
        for row in training.run():
            yield FoldTraining(fold, row, progress.history, progress.best_epoch)
        views = training.views(cohort.held_out(fold))
        yield FoldTraining(fold, progress.history[-1], progress.history, progress.best_epoch, views)


def answers_of(done: Iterable[FoldTraining], cohort: Cohort, averaging: str) -> np.ndarray:
    """Probabilities (image, class) of all images that are held out, in the cohort's order; nan for the others."""
    answers = np.full((len(cohort), len(cohort.classes)), np.nan)
    for training in done:
        if training.views is not None:
            answers[cohort.held_out(training.fold)] = averaged(training.views, averaging)
    return answers


def averaged(views: np.ndarray, averaging: str) -> np.ndarray:
    """One answer (image, class) of those for its symmetries (image, symmetry, class): the mean of the probabilities.

    Of logits, the softmax of their mean: that is the normalised geometric mean of the probabilities.
    """
    if averaging == "probabilities":
        return views.mean(axis=1)
    return softmax(np.log(np.maximum(views, LEAST)).mean(axis=1), axis=1)


def _part(cohort: Cohort, pictures: Pictures, settings: TrainingSettings, fold: int) -> TrainingImages:
    """The images of one fold's network: never a patient both trained on and selected by."""
    training = cohort.training(fold)
    select = cohort.held_out(fold) if settings.select_on == "test" else inner_split(cohort, training, settings)
    is_train = ~np.isin(training, select)
    return TrainingImages(pictures, cohort.codes, len(cohort.classes), training[is_train], select)


def inner_split(cohort: Cohort, training: np.ndarray, settings: TrainingSettings) -> np.ndarray:
    """Which of some training images (positions) a network is selected by: about `validation` of them, by patient.

    Stratified by class; of fewer patients than a share asks for, one part of as many as can be made. Raises
    TrainingError where no patient can be spared.
    """
    if not settings.validation:
        return NONE
    names = [cohort.images[position] for position in training]
    labels = cohort.labels[training]
    groups = cohort.groups[training].tolist()
    for parts in range(round(1 / settings.validation), 1, -1):
        try:
            part = make_folds(names, labels, groups, parts, settings.seed)
        except FoldError:
            continue
        return training[part == 1]
    raise TrainingError(
        "no inner split by patient leaves images of every class to train on, as some class belongs to too few "
        "patients; use fewer --folds, or --validation 0, which takes the last epoch"
    )
