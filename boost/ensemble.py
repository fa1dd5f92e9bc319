"""Boosted trees over several seeds, on rows that are read where they lie."""

from collections.abc import Iterable, Iterator

import lightgbm
import numpy as np

from boost.descriptors import Images, check_finite
from boost.heads.head import check_labels
from boost.settings import ROWS_IN_LEAF, BoostSettings

HISTOGRAM_ENTRY = 16  # bytes of a bin: sums of gradients and of Hessians


def train_models(
    images: Images,
    labels: np.ndarray,
    classes: int,
    settings: BoostSettings,
    seeds: Iterable[int],
    weights: np.ndarray | None = None,
) -> Iterator[lightgbm.Booster]:
    """Train the models of some seeds, one after the other; a seed's model does not depend on which others are trained.

    Seeds that train on all views share one binning; others bin the views that they draw. LightGBM is given slices of
    the images, so the descriptors are not copied. `weights` (image,) are what each image counts. Raises ValueError for
    labels that do not fit.
    """
    check_labels(np.asarray(labels), len(images), classes)
    views = len(images[0])
    binned = None
    for seed in seeds:
        parameters = settings.parameters(classes, seed)
        if binned is None or not trains_on_all(settings, views):
            runs = view_runs(settings, seed, views)
            rows = [image[run] for image in images for run in runs]  # (view, dim) each
            rows_of_image = sum(run.stop - run.start for run in runs)
            targets = np.repeat(labels, rows_of_image)  # (image*view,)
            weight = None if weights is None else np.repeat(weights, rows_of_image)
            binned = lightgbm.Dataset(rows, targets, weight=weight, params=parameters).construct()
        sparing = spare_memory(settings, binned.num_data(), binned.num_feature())
        yield lightgbm.train(parameters | sparing, binned, num_boost_round=settings.rounds)


def spare_memory(settings: BoostSettings, rows: int, columns: int) -> dict:
    """Limits on LightGBM's memory, and so on the time to get it, that change no tree.

    There is no use for more leaves than fit the rows. A leaf at the depth limit needs no histogram, so those of
    2**(max_depth - 1) leaves are all that ever live; below that LightGBM would drop some and compute them otherwise.
    """
    spared = {"num_leaves": max(2, min(settings.num_leaves, rows // ROWS_IN_LEAF))}
    if settings.max_depth > 0:
        leaf = columns * settings.max_bin * HISTOGRAM_ENTRY / 2**20  # MiB, at most
        spared["histogram_pool_size"] = (2 ** (settings.max_depth - 1) + 1) * leaf
    return spared


def trains_on_all(settings: BoostSettings, views: int) -> bool:
    """Whether every seed trains on all of so many views."""
    return settings.views is None or settings.views >= views


def view_runs(settings: BoostSettings, seed: int, views: int) -> list[slice]:
    """Which views of every image the seed-th model trains on, as runs of neighbours, so that a run is a slice.

    >>> view_runs(BoostSettings(views=None), seed=0, views=50)
    [slice(0, 50, None)]
    """
    if trains_on_all(settings, views):
        return [slice(0, views)]
    drawn = np.sort(np.random.default_rng(settings.number(seed)).permutation(views)[: settings.views])
    runs = np.split(drawn, np.flatnonzero(np.diff(drawn) > 1) + 1)
    return [slice(int(run[0]), int(run[-1]) + 1) for run in runs]


def mean_over_views(views: np.ndarray) -> np.ndarray:
    """Probabilities (image, class) of (image, view, class), one image at a time so that the sum runs in one order."""
    return np.stack([image.mean(axis=0) for image in views])


def check_images(images: Images) -> None:
    """Refuse descriptors that are not (image, view, dim), and values that are not finite."""
    shapes = {np.shape(image) for image in images}
    shape = (len(images), *shapes.pop()) if len(shapes) == 1 else (len(images),)
    if len(shape) != 3 or 0 in shape:
        raise ValueError(f"descriptors must be (image, view, dim) with none of them 0; got {shape}")
    check_finite(images)
