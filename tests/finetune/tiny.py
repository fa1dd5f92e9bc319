"""A tiny network and a few images of two colours that it can tell apart."""

import numpy as np
import torch
from torch import nn

from cohort.cohort import Cohort
from finetune.networks.classifier import Classifier, draw_glorot
from finetune.networks.dropout import SeededDropout
from finetune.pictures.decoded import Pictures
from finetune.training_images import TrainingImages
from finetune.training_loop import Training
from finetune.training_settings import TrainingSettings

SIDE = 16


def settings(**changes):
    """Few epochs of small batches; `changes` as of TrainingSettings."""
    usual = {"network": "tiny", "input": SIDE, "epochs": 4, "batch": 4, "rate": 0.02, "patience": 0, "symmetries": 1}
    return TrainingSettings(**(usual | {"augmentation": "none", "stain": "none"} | changes))


def network(classes=2, pretrained=False, dropout=0.0, norm=True, seed=0):
    """Two layers and a head, drawn from a seed."""
    body = nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4) if norm else nn.Identity(), nn.ReLU(), nn.Conv2d(4, 6, 3), nn.ReLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(),
    )  # fmt: skip
    head = nn.Sequential(SeededDropout(dropout), nn.Linear(6, classes))
    made = Classifier(body, head, (0.5,) * 3, (0.5,) * 3, pretrained)
    draw_glorot(made, torch.Generator().manual_seed(seed))
    return made


def images(count=14, select=4, classes=2, seed=0):
    """Noisy squares, brighter by class; the last few are selected by."""
    rng = np.random.default_rng(seed)
    codes = np.arange(count) % classes
    pixels = rng.integers(0, 80, (count, SIDE, SIDE, 3)) + 100 * codes[:, None, None, None]
    pictures = Pictures(tuple(f"image {number}" for number in range(count)), pixels.astype(np.uint8))
    rows = np.arange(count)
    names = ("benign", "malignant", "normal")[:classes]
    return TrainingImages(pictures, codes, names, rows[: count - select], rows[count - select :])


def cohort(folds=2, count=32, train_only=0, owners=8):
    """As many images of owners that each have images of both classes, in folds; the first may be in none."""
    pictures = images(count=count, select=0).pictures
    patients = [f"p{number // 2 % owners}" for number in range(count)]
    fold = np.arange(count) // 2 % owners % folds + 1
    fold[:train_only] = 0
    return Cohort(pictures.names, np.arange(count) % 2, ("benign", "malignant"), patients, fold), pictures


def training(path=None, images_=None, network_=None, workers=1, **changes):
    """A training of the tiny network; path: of its checkpoint."""
    return Training(network_ or network(), images_ or images(), settings(**changes), path, workers=workers)


def weights(made):
    """All values of a training's network and its best, as bytes."""
    parts = [made.network.state_dict(), made.best, made.average.values]
    return b"".join(values[name].numpy().tobytes() for values in parts for name in sorted(values))
