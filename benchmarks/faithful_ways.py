"""Ways to describe fields by VGG-16 with its real weights, from this program's to the published one's."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import torch
from joblib import Parallel, delayed

from benchmarks.realdata import KEPT, SHARED, TISSUES, cohort_of, kept
from boost.crossval import collect, cross_validate
from boost.settings import PRESETS
from cohort.samples import Sample
from featurize.encoders.inference import Runner, make_runner
from featurize.encoders.known.keras_applications import CAFFE_MEAN
from featurize.encoders.registry import find_encoder
from featurize.encoders.threads import one_thread
from featurize.encoders.weights import load_network
from featurize.faithful.opencv_bicubic import resample
from featurize.faithful.truncated_stain import (
    UNMIXING,
    exact_density,
    jitter_truncated,
    normalise_truncated,
    truncated,
)
from featurize.pooling import power_mean
from imaging.crops import draw_boxes, take_crops, turn
from imaging.read import read_image, rescale
from imaging.seeding import crop_rng, view_rng
from imaging.stain import RUIFROK, WHITE, draw_gains, fit_stain, jitter, normalise

UCSB = TISSUES[0]
SCALE, VIEWS, CROPS = 0.5, 2, 2
SIDES = (112, 80)
SEED, OTHER_SEED = 13, 14
SETTINGS = replace(PRESETS["paper"], seeds=2)
FOLDER = KEPT / "faithful"


def jitter_red_and_green(image: np.ndarray, gains: np.ndarray) -> np.ndarray:
    """The first published version of the jitter: the gains go to the densities of red and green, not of H and E."""
    mixing = np.diag([*gains, 1.0]) @ RUIFROK.T @ UNMIXING
    return truncated(WHITE * np.exp(-mixing @ exact_density(image)) - 1, image.shape)


def normalised(image: np.ndarray) -> np.ndarray:
    """This program's normalisation."""
    return normalise(image, fit_stain(image))


def normalised_truncated(image: np.ndarray) -> np.ndarray:
    """The published one."""
    return normalise_truncated(image)[0]


@dataclass(frozen=True)
class Way:
    """One way to describe an image."""

    name: str
    resampled: Callable[[np.ndarray, float], np.ndarray] = rescale
    normalised: Callable[[np.ndarray], np.ndarray] = normalised
    jittered: Callable[[np.ndarray, np.ndarray], np.ndarray] = jitter
    mean: tuple[float, ...] | None = None  # of the network's pixels; None: the entry's
    seed: int = SEED
    drawn_by_variant: bool = False
    sides: tuple[int, ...] = SIDES


OURS = Way("this program")
WAYS = (
    Way("another seed: what draws alone do", seed=OTHER_SEED),
    Way("cv2's bicubic, not antialiased", resampled=resample),
    Way("truncation, and the inverse of two digits", normalised=normalised_truncated, jittered=jitter_truncated),
    Way("Caffe's means, not rounded", mean=CAFFE_MEAN),
    Way("draws anew for each variant", drawn_by_variant=True),
    Way("first version: gains on red and green", normalised=normalised_truncated, jittered=jitter_red_and_green),
    Way("all of --faithful", resample, normalised_truncated, jitter_truncated, CAFFE_MEAN, drawn_by_variant=True),
)


def described(way: Way) -> dict[str, np.ndarray]:
    """Descriptors (image, view, dim) by side of the crops; two workers, one image at a time."""
    samples = UCSB.read().samples
    rows = Parallel(2)(delayed(_kept_image)(way, sample) for sample in samples)
    return {str(side): np.stack([row[str(side)] for row in rows]) for side in way.sides}


def _kept_image(way: Way, sample: Sample) -> dict[str, np.ndarray]:
    name = "".join(letter if letter.isalnum() else "_" for letter in f"{way.name}-{sample.name}")
    return kept(FOLDER / f"{name}.safetensors", lambda: describe(way, sample))


@one_thread()
def describe(way: Way, sample: Sample) -> dict[str, np.ndarray]:
    """Descriptors (view, dim) of one image by side of the crops."""
    runner = vgg16(way.mean)
    image = way.normalised(way.resampled(read_image(sample.path), SCALE))
    rows: dict[str, list[np.ndarray]] = {str(side): [] for side in way.sides}
    for view in range(VIEWS):
        for side in way.sides:
            name = f"{sample.name} {side}" if way.drawn_by_variant else sample.name
            jittered = way.jittered(image, draw_gains(view_rng(way.seed, name, view)))
            boxes = draw_boxes(crop_rng(way.seed, name, view, side, SCALE), *image.shape[:2], side, CROPS)
            crops = torch.from_numpy(take_crops(turn(jittered), boxes, side))
            rows[str(side)].append(power_mean(runner.features(crops)).numpy())
    return {side: np.stack(row) for side, row in rows.items()}


@cache
def vgg16(mean: tuple[float, ...] | None) -> Runner:
    """VGG-16 with its real weights."""
    encoder = find_encoder("vgg16")
    network = load_network(encoder, SHARED / "weights" / "vgg16.safetensors")
    return make_runner(network, replace(encoder, mean=mean or encoder.mean), "cpu", "float32")


def answers(way: Way, descriptors: dict[str, np.ndarray]) -> np.ndarray:
    """Out-of-fold probabilities (image, class) of the paper's trees, fused over the sizes of crops."""

    def make() -> dict[str, np.ndarray]:
        cohort = cohort_of(UCSB.read())
        units = cross_validate(cohort, descriptors, SETTINGS, jobs=2)
        return {"fused": np.mean(list(collect(units, descriptors, cohort).values()), axis=0)}

    name = "".join(letter if letter.isalnum() else "_" for letter in way.name)
    return kept(FOLDER / f"answers-{name}.safetensors", make)["fused"]


def distance(these: dict[str, np.ndarray], those: dict[str, np.ndarray]) -> float:
    """How far descriptors lie apart: the median over images and sizes of |a - b| / |b|, of the means of views."""
    apart = []
    for side, descriptors in those.items():
        ours, theirs = descriptors.mean(axis=1), these[side].mean(axis=1)
        apart.append(np.linalg.norm(theirs - ours, axis=1) / np.linalg.norm(ours, axis=1))
    return float(np.median(np.concatenate(apart)))
