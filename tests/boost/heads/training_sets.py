"""A small training set that the tests of all heads share."""

from dataclasses import replace

import numpy as np

from boost.heads.head import TrainingSet
from boost.settings import BoostSettings

CLASSES, DIM, VIEWS = 3, 8, 2
SETTINGS = BoostSettings(seeds=2, rounds=3)


def training_set(seed=0, images=36, patients=12, classes=CLASSES, dim=DIM):
    """Images of patients of one class each, with a signal in the first columns."""
    rng = np.random.default_rng(seed)
    patient = np.arange(images) % patients
    labels = patient % classes
    described = rng.normal(size=(images, VIEWS, dim)) + rng.normal(size=(images, 1, dim))
    described[np.arange(images), :, labels] += 2
    groups = np.array([f"patient {number:02}" for number in patient])
    return TrainingSet(list(described.astype(np.float32)), labels, groups, classes, fold=1)


def asked_about(seed=9, images=5, dim=DIM):
    """Images that nothing was trained on."""
    return list(np.random.default_rng(seed).normal(size=(images, VIEWS, dim)).astype(np.float32))


def reordered(training, order):
    """The same images in another order."""
    images = [training.images[row] for row in order]
    return replace(training, images=images, labels=training.labels[order], groups=training.groups[order])
