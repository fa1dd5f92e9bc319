"""Boosted trees over several seeds, on views that share one binning."""

from dataclasses import dataclass, replace

import lightgbm
import numpy as np
from sklearn.exceptions import NotFittedError


@dataclass(frozen=True)
class BoostSettings:
    """How the trees grow: the settings of Rakhlin et al. 2018 (arXiv:1802.00752), except that bins are fewer.

    What is not here keeps LightGBM's default, as in the published program: 20 rows in a leaf, no bagging, no weights.
    """

    learning_rate: float = 0.1
    rounds: int = 70  # one tree per class and round
    num_leaves: int = 191
    max_depth: int = 7  # so at most 128 leaves, whatever num_leaves says; -1 sets no limit
    feature_fraction: float = 0.46  # of the descriptor's columns, drawn anew for every tree
    max_bin: int = 63  # 255 is the paper's: twice the time at the same log-loss
    seeds: int = 5  # models that differ in the columns they draw
    first_seed: int = 1  # the seeds are first_seed, first_seed + 10, ...

    def __post_init__(self) -> None:
        for name in ("rounds", "num_leaves", "max_depth", "max_bin", "seeds", "first_seed"):
            if not isinstance(getattr(self, name), int):
                raise ValueError(f"{name} must be a whole number; got {getattr(self, name)!r}")
        for name, rule, kept in (
            ("learning_rate", "above 0 and at most 1", 0 < self.learning_rate <= 1),
            ("rounds", "at least 1", self.rounds >= 1),
            ("num_leaves", "in 2..131072", 2 <= self.num_leaves <= 131072),
            ("max_depth", "at least 1, or -1 for no limit", self.max_depth >= 1 or self.max_depth == -1),
            ("feature_fraction", "above 0 and at most 1", 0 < self.feature_fraction <= 1),
            ("max_bin", "in 2..65535", 2 <= self.max_bin <= 65535),
            ("seeds", "at least 1", self.seeds >= 1),
            ("first_seed", "at least 0", self.first_seed >= 0),
        ):
            if not kept:
                raise ValueError(f"{name} must be {rule}; got {getattr(self, name)!r}")

    def for_fold(self, fold: int) -> "BoostSettings":
        """Give a fold seeds of its own, those of the published program: fold + 10 * seed, folds counted from 1."""
        return replace(self, first_seed=self.first_seed + fold - 1)

    def parameters(self, classes: int, seed: int = 0) -> dict:
        """Say it in LightGBM's words, for the seed-th model.

        One thread, a fixed histogram layout and `deterministic` make the trees the same to the bit on every run:
        left alone, LightGBM times two layouts and takes the faster.
        """
        return {
            "objective": "multiclass",
            "num_class": classes,
            "learning_rate": self.learning_rate,
            "num_leaves": self.num_leaves,
            "max_depth": self.max_depth,
            "feature_fraction": self.feature_fraction,
            "feature_fraction_seed": self.first_seed + 10 * seed,
            "max_bin": self.max_bin,
            "num_threads": 1,
            "deterministic": True,
            "force_col_wise": True,
            "verbosity": -1,
        }


class Ensemble:
    """One LightGBM model per seed; their mean, over views and seeds, is an image's answer.

    `fit` learns `boosters_` (one per seed), `classes_` (class,) and `n_features_in_`.
    """

    def __init__(self, settings: BoostSettings | None = None) -> None:
        self.settings = BoostSettings() if settings is None else settings

    def fit(self, descriptors: np.ndarray, labels: np.ndarray, classes: int) -> "Ensemble":
        """Learn from descriptors (image, view, dim) and labels (image,) in 0..classes-1, each with an image or more.

        Every view is a row of its own with its image's label. Raises ValueError for shapes, labels or values that
        do not fit.
        """
        rows = view_rows(descriptors)  # (image*view, dim)
        _check_labels(np.asarray(labels), len(descriptors), classes)
        targets = np.repeat(labels, descriptors.shape[1])  # (image*view,)
        parameters = [self.settings.parameters(classes, seed) for seed in range(self.settings.seeds)]
        binned = lightgbm.Dataset(rows, targets, params=parameters[0]).construct()  # once, for all seeds
        self.boosters_ = [lightgbm.train(p, binned, num_boost_round=self.settings.rounds) for p in parameters]
        self.classes_ = np.arange(classes)
        self.n_features_in_ = rows.shape[1]
        return self

    def predict_by_seed(self, descriptors: np.ndarray) -> np.ndarray:
        """Give each seed's probabilities (seed, image, class) of descriptors (image, view, dim): the mean over views.

        Raises NotFittedError before `fit`, and ValueError for descriptors of another width.
        """
        if not hasattr(self, "boosters_"):
            raise NotFittedError("this Ensemble is not fitted yet; call fit(descriptors, labels, classes) first")
        rows = view_rows(descriptors)  # (image*view, dim)
        if rows.shape[1] != self.n_features_in_:
            raise ValueError(f"descriptors must be {self.n_features_in_} wide, as in fit; got {rows.shape[1]}")
        shape = (*descriptors.shape[:2], len(self.classes_))
        return np.stack([np.reshape(b.predict(rows, num_threads=1), shape).mean(axis=1) for b in self.boosters_])

    def predict_proba(self, descriptors: np.ndarray) -> np.ndarray:
        """Give the probabilities (image, class) of descriptors (image, view, dim): the mean over views, then seeds."""
        return self.predict_by_seed(descriptors).mean(axis=0)


def view_rows(descriptors: np.ndarray) -> np.ndarray:
    """Unfold descriptors (image, view, dim) to rows (image*view, dim), the views of an image side by side.

    Raises ValueError for another number of axes, an empty one, and values that are not finite.
    """
    if descriptors.ndim != 3 or 0 in descriptors.shape:
        raise ValueError(f"descriptors must be (image, view, dim) with none of them 0; got {descriptors.shape}")
    if not np.isfinite(descriptors).all():
        broken = np.flatnonzero(~np.isfinite(descriptors).all(axis=(1, 2)))
        raise ValueError(f"descriptors must be finite; not so in image rows {broken[:5].tolist()}; extract them again")
    return np.ascontiguousarray(descriptors).reshape(-1, descriptors.shape[2])


def _check_labels(labels: np.ndarray, images: int, classes: int) -> None:
    if labels.shape != (images,):
        raise ValueError(f"labels must be ({images},), one per image; got {labels.shape}")
    if classes < 2 or set(labels.tolist()) != set(range(classes)):
        raise ValueError(
            f"training labels must be all of 0..{classes - 1}, two classes or more; got {sorted(set(labels.tolist()))}"
        )
