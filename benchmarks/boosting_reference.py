"""The loop of the program published with Rakhlin et al. 2018, and descriptors of its shape drawn from a seed.

Every model begins anew: it loads the descriptors from the file, takes its fold out, bins the rest with 255 bins and
trains on all cores while its held-out images are evaluated after every round. It imports nothing of boost.
"""

from pathlib import Path

import lightgbm
import numpy as np

PARAMETERS = {  # what is not here is LightGBM's default; bagging_freq 0 makes the bagging fraction inert
    "objective": "multiclass", "metric": ["multi_logloss", "multi_error"], "learning_rate": 0.1, "num_leaves": 191,
    "max_depth": 7, "feature_fraction": 0.46, "bagging_fraction": 0.69, "bagging_freq": 0, "verbosity": -1,
}  # fmt: skip
ROUNDS = 70
SHAPE = (400, 50, 2048)  # image, view, dim: one variant of the paper
CLASSES = 4


def original(path: Path, labels: np.ndarray, fold: np.ndarray, number: int, seed: int) -> np.ndarray:
    """One model of one fold: probabilities (image, class) of the fold's images, the mean over their views."""
    descriptors = np.load(path)  # (image, view, dim)
    test = fold == number
    rows, targets = _rows(descriptors[~test], labels[~test])
    held_rows, held_targets = _rows(descriptors[test], labels[test])
    parameters = PARAMETERS | {"num_class": int(labels.max()) + 1, "feature_fraction_seed": number + 10 * seed}
    binned = lightgbm.Dataset(rows, targets)
    watched = lightgbm.Dataset(held_rows, held_targets, reference=binned)
    booster = lightgbm.train(parameters, binned, num_boost_round=ROUNDS, valid_sets=[watched])
    return np.asarray(booster.predict(held_rows)).reshape(test.sum(), descriptors.shape[1], -1).mean(axis=1)


def draw(shape: tuple[int, int, int] = SHAPE, strength: float = 0.4) -> tuple[np.ndarray, np.ndarray]:
    """Descriptors (image, view, dim) float32 and labels (image,), the classes in turn.

    An image is a point among 48 factors, moved by its class in a third of them; its views lie close around it, and
    every column mixes the factors in its own way. Columns are positive and skewed, as those of a network are.
    """
    images, views, dim = shape
    rng = np.random.default_rng(7)
    labels = np.arange(images) % CLASSES
    centres = rng.normal(size=(CLASSES, 48)) * strength * 1.5 * (rng.random((CLASSES, 48)) < 0.35)
    points = centres[labels] + rng.normal(size=(images, 48))
    mixing = (rng.normal(size=(48, dim)) / np.sqrt(48) * rng.gamma(1.0, 1.0, dim)).astype(np.float32)
    offset = rng.normal(-1, 0.7, dim).astype(np.float32)
    descriptors = np.empty(shape, np.float32)
    for image in range(images):
        near = points[image] + 0.35 * rng.normal(size=(views, 48))
        own = 0.5 * rng.standard_normal(dim, np.float32) + 0.15 * rng.standard_normal((views, dim), np.float32)
        descriptors[image] = np.logaddexp(0, near.astype(np.float32) @ mixing + own + offset)
    return descriptors, labels


def _rows(descriptors: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return descriptors.reshape(-1, descriptors.shape[2]), np.repeat(labels, descriptors.shape[1])
