"""A network for every fold: trained on the others, selected on an inner split of those, tested once on its own."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import softmax

from cohort.checks.notices import Notice
from cohort.cohort import Cohort
from finetune.inner_split import FoldRows, rows_of_folds
from finetune.networks.classifier import Classifier
from finetune.pictures.decoded import Pictures
from finetune.training_images import TrainingImages
from finetune.training_loop import Training
from finetune.training_settings import TrainingError, TrainingSettings

LEAST = np.finfo(float).tiny  # a probability whose logarithm is finite


@dataclass(frozen=True, eq=False)
class FoldTraining:
    """What has come of one fold so far: its epochs, and at the end the answers for the images held out."""

    fold: int
    history: list[dict[str, float]]  # see Training.run
    best_epoch: int
    notices: tuple[Notice, ...] = ()  # so far
    views: np.ndarray | None = None  # (held-out image, symmetry, class), in the order of cohort.held_out; None: not yet
    in_training: Mapping[str, float] | None = None  # accuracies on the training images as they are; None: not asked

    @property
    def row(self) -> dict[str, float]:
        """The last epoch, see Training.run."""
        return self.history[-1]

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
    rows: Mapping[int, FoldRows] | None = None,
    measures_training: bool = False,
) -> Iterator[FoldTraining]:
    """Train a network for each fold in turn; yields after each epoch, and once more with the answers.

    pictures: of the images of the cohort, in their order; build: the network before it is trained, the same for all;
    folder: of the checkpoints, None for none; rows: what each fold's network is trained on and selected by, None: as
    `rows_of_folds` says; measures_training: whether the training images are answered too. Raises TrainingError.
    """
    if pictures.names != cohort.images:
        raise TrainingError("the decoded images are not those of the folds; delete them and start again")
    for fold, of_fold in (rows or rows_of_folds(cohort, settings)).items():
        images = TrainingImages(pictures, cohort.codes, cohort.classes, of_fold.train, of_fold.select)
        path = None if folder is None else folder / f"fold-{fold}.safetensors"
        training = Training(build(), images, settings, path, device, workers)
        progress = training.progress
        for _ in training.run():
            yield FoldTraining(fold, progress.history, progress.best_epoch, tuple(training.notices))
        views = training.views(cohort.held_out(fold))
        accuracies = training.training_accuracies() if measures_training else None
        yield FoldTraining(fold, progress.history, progress.best_epoch, tuple(training.notices), views, accuracies)


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
