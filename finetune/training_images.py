"""Which images one network is trained on and which it is selected by, and how much each class counts."""

from dataclasses import dataclass
from hashlib import sha256

import numpy as np
import torch
from torch import Tensor

from cohort.files.offenders import some
from finetune.pictures.decoded import Pictures
from finetune.training_settings import TrainingError, TrainingSettings


@dataclass(frozen=True, eq=False)
class TrainingImages:
    """What one network is trained on and selected by: rows of the pictures, and the class of each picture.

    Raises TrainingError where there is no image of some class to train on.
    """

    pictures: Pictures
    codes: np.ndarray  # (picture,) int
    classes: tuple[str, ...]
    train: np.ndarray  # rows
    select: np.ndarray  # rows; none: the last epoch is taken

    def __post_init__(self) -> None:
        require_every_class(self.codes[self.train], self.classes)

    @property
    def digest(self) -> str:
        """Of the images and their labels, in words that a checkpoint can be held against."""
        text = repr((self.pictures.names, self.codes.tolist(), sorted(self.train), sorted(self.select)))
        return sha256(text.encode()).hexdigest()


def require_every_class(codes: np.ndarray, classes: tuple[str, ...]) -> None:
    """Raise TrainingError unless images to train on, by their codes (image,), are of two classes or more, and of all.

    A class without an image could never be an answer.
    """
    if len(classes) < 2:
        raise TrainingError(
            f"a network tells classes apart, and there is only {some(list(classes))}; add another class"
        )
    lacking = [name for code, name in enumerate(classes) if code not in set(codes.tolist())]
    if lacking:
        raise TrainingError(
            f"no image of {some(lacking)} is left to train on; use fewer folds or a smaller inner split, add images, "
            "or leave the class out"
        )


def class_weights(images: TrainingImages, settings: TrainingSettings) -> Tensor:
    """The weight of each class's loss, (class,) float32.

    balanced: images / (classes * those of the class); largest: those of the largest class / those of the class.
    """
    counts = np.bincount(images.codes[images.train], minlength=len(images.classes))
    weights = {
        "balanced": counts.sum() / (len(counts) * counts),
        "largest": counts.max() / counts,
        "none": np.ones(len(counts)),
    }
    return torch.tensor(weights[settings.class_weights], dtype=torch.float32)
