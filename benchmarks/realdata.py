"""Real tissue, described exactly and densely by SqueezeNet with its real weights: what curve.py and dense.py look at.

Needs the folder of real data beside the checkout. Descriptors and predictions are kept in results/benchmarks, one file
for each image and setting, so that work that was cut off goes on; delete that folder to begin anew.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from time import perf_counter

import numpy as np
import torch
from joblib import Parallel, delayed
from safetensors.numpy import load_file, save_file

from boost.crossval import collect, cross_validate
from boost.settings import BoostSettings
from cohort.cohort import Cohort
from cohort.folds import make_folds
from cohort.read_dataset import read_dataset
from cohort.samples import Dataset, Sample
from featurize.encoders.inference import Runner, fastest, make_runner
from featurize.encoders.registry import find_encoder
from featurize.encoders.threads import one_thread
from featurize.encoders.weights import find_weights, load_network, weights_digest
from featurize.pooling import pool_windows
from imaging.crops import draw_boxes, take_crop, turn_boxes, turn_view
from imaging.read import read_image
from imaging.seeding import crop_rng, turn_rng, view_rng
from imaging.stain import draw_gains, fit_stain, jitter, normalise

ROOT = Path(__file__).resolve().parents[1]
SHARED, KEPT = ROOT.parent / "shared", ROOT / "results" / "benchmarks"
SEED, OTHER_SEED = 13, 14  # the other one draws a second set of crops for the same views
VIEWS, CROPS = (1, 2, 5, 10, 20), (2, 5, 10, 20)  # the settings; descriptors are made for the largest
BLOCK = 10  # views of an image in one file
FOLDS, SETTINGS = 5, BoostSettings(seeds=2, max_bin=63, views=None)
MODES = ("exact", "dense")


@dataclass(frozen=True)
class Tissue:
    """A data set at scale 1, and the sides of its crops."""

    name: str
    folder: str
    sides: tuple[int, int]

    def read(self) -> Dataset:
        """The labelled images."""
        return read_dataset(SHARED / "data" / self.folder)


TISSUES = (Tissue("ucsb", "ucsb", (400, 650)), Tissue("crc5", "crc5/training", (112, 160)))


def describe_all(tissue: Tissue) -> dict[str, np.ndarray]:
    """All images' arrays of `describe`, stacked: a first axis of images in the order of the data set."""
    samples = tissue.read().samples
    parts = [
        Parallel(2)(delayed(_described)(tissue, sample, range(first, first + BLOCK)) for sample in samples)
        for first in range(0, max(VIEWS), BLOCK)
    ]
    rows = [{name: np.concatenate([p[name] for p in of_image if name in p], axis=1) for name in of_image[0]}
            for of_image in zip(*parts, strict=True)]  # fmt: skip
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]}


def _described(tissue: Tissue, sample: Sample, views: range) -> dict[str, np.ndarray]:
    path = KEPT / tissue.name / f"{sample.name.replace('/', '-')}-{views.start}.safetensors"
    return kept(path, lambda: describe(sample, tissue.sides, "squeezenet1_1", views))


def kept(path: Path, make: Callable[[], dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Read arrays from a file, or make them and leave them there."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        # safetensors writes memory as it lies, whatever the strides
        save_file({name: np.ascontiguousarray(array) for name, array in make().items()}, unfinished)
        unfinished.replace(path)
    return load_file(path)


@one_thread()
def describe(sample: Sample, sides: tuple[int, ...], encoder: str, views: range) -> dict[str, np.ndarray]:
    """Descriptors of one image in both modes, from the same views and boxes, and the seconds that each mode took.

    exact, dense: (side, view, setting of crops, dim); again: (side, 1, setting of crops, dim), exact from other crops
    of view 0, where that is among them; seconds: (2, view) for exact and dense, without the jitter, which both need.
    """
    runner = make_engine(encoder)
    image = read_image(sample.path)
    image = normalise(image, fit_stain(image))
    found: dict[str, list[np.ndarray]] = {"exact": [], "dense": [], "again": []}
    seconds = []
    warm(runner, image, sides)
    for view in views:
        jittered = jitter(image, draw_gains(view_rng(SEED, sample.name, view)))
        boxes = [_boxes(SEED, sample.name, view, side, jittered) for side in sides]
        start = perf_counter()
        found["exact"].append(np.stack([exactly(runner, jittered, b, s) for b, s in zip(boxes, sides, strict=True)]))
        middle = perf_counter()
        symmetry = int(turn_rng(SEED, sample.name, view, 1.0).integers(8))
        found["dense"].append(np.stack(list(densely(runner, jittered, boxes, sides, symmetry))))
        seconds.append((middle - start, perf_counter() - middle))
        if view == 0:
            others = [_boxes(OTHER_SEED, sample.name, view, side, jittered) for side in sides]
            again = [exactly(runner, jittered, b, s) for b, s in zip(others, sides, strict=True)]
            found["again"].append(np.stack(again))
    return {name: np.stack(rows, axis=1) for name, rows in found.items() if rows} | {"seconds": np.array(seconds).T}


def _boxes(seed: int, name: str, view: int, side: int, image: np.ndarray) -> np.ndarray:
    return draw_boxes(crop_rng(seed, name, view, side, 1.0), *image.shape[:2], side, max(CROPS))


@cache
def make_engine(encoder: str) -> Runner:
    """The fastest runner of this CPU; SqueezeNet has its real weights, the others are random."""
    facts = find_encoder(encoder)
    path = find_weights(facts, str(SHARED / "weights") if encoder == "squeezenet1_1" else "random")
    digest = weights_digest(load_network(facts, path))
    return make_runner(encoder, path, digest, "cpu", "float32", fastest("cpu", "float32"))


def warm(runner: Runner, image: np.ndarray, sides: tuple[int, ...]) -> None:
    """Have the network compiled for all sizes, so that no time measured contains it."""
    for side in sides:
        runner.features(torch.from_numpy(image[None, :side, :side].copy()))
    for symmetry in (0, 1):
        runner.maps(turn_view(image, symmetry))


def exactly(runner: Runner, view: np.ndarray, boxes: np.ndarray, side: int) -> np.ndarray:
    """Descriptors by encoding every crop: (setting of crops, dim)."""
    crops = np.stack([take_crop(view, box, side) for box in boxes])
    return prefixes(runner.features(torch.from_numpy(crops)).numpy())


def densely(
    runner: Runner, view: np.ndarray, boxes: list[np.ndarray], sides: tuple[int, ...], symmetry: int
) -> Iterator[np.ndarray]:
    """Descriptors by encoding the view once: for each side (setting of crops, dim)."""
    turned = turn_view(view, symmetry)
    maps = runner.maps(turned)
    for drawn, side in zip(boxes, sides, strict=True):
        corners = turn_boxes(drawn, side, *view.shape[:2], symmetry)
        yield prefixes(pool_windows(maps, corners, side, *turned.shape[:2]).numpy())


def prefixes(features: np.ndarray) -> np.ndarray:
    """3-norm means of the first 2, 5, 10 and 20 crops: (crop, dim) to (setting of crops, dim) float32."""
    cubes = np.cumsum(features.astype(np.float64) ** 3, axis=0)
    return np.stack([np.cbrt(cubes[count - 1] / count) for count in CROPS]).astype(np.float32)


def predict(tissue: Tissue, descriptors: dict[str, np.ndarray], mode: str, views: slice, crops: int) -> np.ndarray:
    """Out-of-fold probabilities (image, class), fused over both sides of crops."""
    name = f"{mode}-{views.start}-{views.stop}-{crops}.safetensors"
    of_views = descriptors[mode][:, :, views, CROPS.index(crops)]  # (image, side, view, dim)
    variants = {str(side): of_views[:, index] for index, side in enumerate(tissue.sides)}

    def make() -> dict[str, np.ndarray]:
        cohort = cohort_of(tissue.read())
        units = cross_validate(cohort, variants, SETTINGS, jobs=2)
        return {"fused": np.mean(list(collect(units, variants, cohort).values()), axis=0)}

    return kept(KEPT / "predictions" / tissue.name / name, make)["fused"]


def folds(dataset: Dataset) -> np.ndarray:
    """Each image's fold: (image,); a patient's images share one."""
    columns = zip(*((sample.name, sample.label, sample.patient) for sample in dataset.samples), strict=True)
    return make_folds(*map(list, columns), FOLDS, SEED)


def cohort_of(dataset: Dataset) -> Cohort:
    """The labelled images in their folds."""
    images, labels, patients = zip(*((s.name, s.label, s.patient) for s in dataset.samples), strict=True)
    return Cohort.of(images, labels, dataset.classes, patients, folds(dataset))


def numbers(dataset: Dataset) -> np.ndarray:
    """Each image's class as a number: (image,)."""
    return np.array([dataset.classes.index(sample.label) for sample in dataset.samples])


def clusters(dataset: Dataset) -> np.ndarray:
    """Which images are drawn together: a patient's, or each alone: (image,)."""
    return np.unique([s.patient or s.name for s in dataset.samples], return_inverse=True)[1]


def surprise(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Each image's part of the log-loss: (image,)."""
    return -np.log(probabilities[np.arange(len(labels)), labels])


def interval(values: np.ndarray, cluster: np.ndarray, draws: int = 10_000) -> tuple[float, float]:
    """95 % bootstrap interval of the mean of (image,), clusters drawn as wholes."""
    sums, sizes = np.bincount(cluster, values), np.bincount(cluster)
    chosen = np.random.default_rng(SEED).integers(0, len(sizes), (draws, len(sizes)))
    low, high = np.percentile(sums[chosen].sum(axis=1) / sizes[chosen].sum(axis=1), [2.5, 97.5])
    return float(low), float(high)
