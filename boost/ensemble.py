"""Boosted trees over several seeds, on views that share one binning."""

import lightgbm
import numpy as np
from sklearn.exceptions import NotFittedError

from boost.settings import BoostSettings


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
