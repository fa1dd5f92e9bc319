"""One training on all folds: what it needs, and what comes of it as tables."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from boost.fusion import fuse
from boost.recalibrated_table import recalibrated
from cohort.predictions import predictions_table
from finetune.fold_training import FoldTraining, answers_of, train_folds
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

    @property
    def model(self) -> str:
        """What it is called in tables."""
        selected = "-selected-on-test" if self.settings.select_on == "test" else ""
        return f"{self.settings.network}-trained{selected}"

    def build(self) -> Classifier:
        """The network before it is trained."""
        return build_classifier(self.settings, len(self.images.cohort.classes), self.weights)

    def train(self) -> Iterator[FoldTraining]:
        """Train a network for each fold; yields after each epoch, and once more when a fold is done."""
        return train_folds(
            self.images.cohort, self.pictures, self.settings, self.build, self.folder, self.device, self.workers
        )

    def predictions(self, done: Sequence[FoldTraining]) -> pd.DataFrame:
        """What the networks predict for images that they never saw: a table of predictions."""
        answers = answers_of(done, self.images.cohort, self.settings.averaging)
        return predictions_table(self.images.cohort, {self.model: answers})


def as_result(table: pd.DataFrame) -> pd.DataFrame:
    """A table of models fused; recalibrated out-of-fold where there are other folds to learn that from."""
    fused = fuse(table)
    return recalibrated(fused) if fused["fold"].nunique() > 1 else fused


def history_table(done: Sequence[FoldTraining]) -> pd.DataFrame:
    """A row for each epoch of each fold, the epoch whose weights answer marked: see report.trained."""
    rows = []
    for training in done:
        for row in training.history:
            number = int(row["epoch"])
            known = {name: row.get(name.replace("_", " "), np.nan) for name in COLUMNS}
            rows.append(known | {"fold": training.fold, "epoch": number, "best": int(number == training.best_epoch)})
    return pd.DataFrame(rows, columns=list(COLUMNS))
