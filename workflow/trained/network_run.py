"""One network's training on all folds: what it needs, and what comes of it as tables."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from boost.fusion import fuse
from boost.recalibrated_table import recalibrated
from cohort.predictions import SELECTED_ON_TEST, predictions_table
from finetune.fold_training import FoldTraining, answers_of, train_folds
from finetune.inner_split import FoldRows
from finetune.networks.build import build_classifier
from finetune.networks.classifier import Classifier
from finetune.pictures.decoded import Pictures
from finetune.training_settings import TrainingSettings
from report.trained.training_history import COLUMNS
from workflow.trained.labelled_images import LabelledImages


@dataclass(frozen=True, eq=False)
class NetworkRun:
    """A network's training on images in folds."""

    images: LabelledImages
    pictures: Pictures
    settings: TrainingSettings
    weights: tuple[Path, ...]  # of its encoders before they are trained; none: drawn from the seed
    folder: Path  # of the checkpoints
    device: str = "cpu"
    workers: int = 1
    rows: Mapping[int, FoldRows] | None = None  # what each fold's network is trained on; None: as usual
    member: str = ""  # what tells it from the other networks of its recipe
    measures_training: bool = field(default=False)  # whether the training images are answered too, at the end

    @property
    def model(self) -> str:
        """What it is called in tables."""
        selected = SELECTED_ON_TEST if self.settings.select_on == "test" else ""
        member = f"-{self.member}" if self.member else ""
        return f"{self.settings.network}{member}-trained{selected}"

    def build(self) -> Classifier:
        """The network before it is trained."""
        return build_classifier(self.settings, len(self.images.cohort.classes), self.weights)

    def train(self) -> Iterator[FoldTraining]:
        """Train a network for each fold; yields after each epoch, and once more when a fold is done."""
        return train_folds(
            self.images.cohort,
            self.pictures,
            self.settings,
            self.build,
            self.folder,
            self.device,
            self.workers,
            self.rows,
            self.measures_training,
        )

    def predictions(self, done: Sequence[FoldTraining]) -> pd.DataFrame:
        """What the networks predict for images that they never saw: a table of predictions."""
        answers = answers_of(done, self.images.cohort, self.settings.averaging)
        return predictions_table(self.images.cohort, {self.model: answers})


def member_names(members: Sequence[TrainingSettings]) -> list[str]:
    """What tells the networks of a recipe apart: nothing where there is one, else their pooling, or numbers.

    >>> from dataclasses import replace
    >>> one = TrainingSettings("vgg16", 224)
    >>> member_names([one]), member_names([one, one]), member_names([one, replace(one, pooling="maximum")])
    ([''], ['1', '2'], ['own', 'maximum'])
    """
    if len(members) == 1:
        return [""]
    poolings = [settings.pooling for settings in members]
    if len(set(poolings)) == len(poolings):
        return poolings
    return [str(number) for number in range(1, len(members) + 1)]


def as_result(table: pd.DataFrame, averaging: str) -> pd.DataFrame:
    """A table of models fused; recalibrated out-of-fold where there are other folds to learn that from."""
    fused = fuse(table, averaging)
    return recalibrated(fused) if is_recalibrated(fused) else fused


def is_recalibrated(table: pd.DataFrame) -> bool:
    """Whether the fused table of some predictions is recalibrated."""
    return table["fold"].nunique() > 1


def history_table(done: Mapping[str, Sequence[FoldTraining]]) -> pd.DataFrame:
    """A row for each epoch of each fold of each model, the epoch whose weights answer marked: see report.trained."""
    rows = []
    for model, trainings in done.items():
        for training in trainings:
            for row in training.history:
                number = int(row["epoch"])
                known = {name: row.get(name.replace("_", " "), np.nan) for name in COLUMNS}
                is_best = int(number == training.best_epoch)
                rows.append(known | {"model": model, "fold": training.fold, "epoch": number, "best": is_best})
    return pd.DataFrame(rows, columns=["model", *COLUMNS])
