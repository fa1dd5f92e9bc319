"""What the published program does otherwise than this one, and what it does to accuracy: the table of docs/REPRODUCE.md.

`python -m benchmarks.faithful` describes the fields of ucsb by VGG-16 with its real weights, once as this program does
and once for each difference, and cross-validates the paper's trees on each, 5 folds by sheet. A difference is the mean of
paired differences, image by image; its interval draws whole sheets. Where there are no weights (ResNet-50, InceptionV3)
the distance between descriptors is measured, with drawn weights, and accuracy is not. Needs the folder of real data
beside the checkout; ten minutes on two cores. Descriptors are kept in results/benchmarks/faithful.

Crops are smaller and fewer than the paper's: 6 views of 4 crops would take an hour for each row.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import torch
from joblib import Parallel, delayed
from torch import nn

from benchmarks.keras_oracle import drawn_state, our_network
from benchmarks.realdata import KEPT, SHARED, TISSUES, clusters, cohort_of, interval, kept, numbers, surprise
from boost.crossval import collect, cross_validate
from boost.settings import PRESETS
from cohort.samples import Sample
from featurize.encoders.inference import Runner, make_runner
from featurize.encoders.keras import inception_v3
from featurize.encoders.keras.keras_network import KerasNetwork
from featurize.encoders.known.keras_applications import CAFFE_MEAN
from featurize.encoders.lean_torchvision import models
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
SCALE, VIEWS, CROPS = 0.5, 3, 4
SIDES = (128, 96)
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


def vgg_rows() -> Iterator[str]:
    """A line for each way, with the paired differences to this program's."""
    dataset = UCSB.read()
    labels, sheets = numbers(dataset), clusters(dataset)
    ours = described(OURS)
    reference = answers(OURS, ours)
    right = reference.argmax(axis=1) == labels
    low, high = interval(right.astype(float), sheets)
    loss = surprise(reference, labels)
    yield f"| {OURS.name} | – | {100 * right.mean():.1f} % ({100 * low:.1f} to {100 * high:.1f}) | {loss.mean():.3f} |"
    for way in WAYS:
        theirs = described(way)
        probabilities = answers(way, theirs)
        gained = (probabilities.argmax(axis=1) == labels).astype(float) - right
        lost = surprise(probabilities, labels) - loss
        low, high = (100 * bound for bound in interval(gained, sheets))
        less, more = interval(lost, sheets)
        yield (
            f"| {way.name} | {distance(theirs, ours):.3f} | {100 * gained.mean():+.1f} ({low:+.1f} to {high:+.1f}) | "
            f"{lost.mean():+.3f} ({less:+.3f} to {more:+.3f}) |"
        )


def fields(side: int, count: int = 8) -> torch.Tensor:
    """The middles of some fields, normalised as for ResNet-50 or InceptionV3 in [-1, 1]: (count, 3, side, side)."""
    samples = UCSB.read().samples[:: max(1, len(UCSB.read().samples) // count)][:count]
    middles = []
    for sample in samples:
        image = normalised(read_image(sample.path))
        top, left = (image.shape[0] - side) // 2, (image.shape[1] - side) // 2
        middles.append(image[top : top + side, left : left + side])
    pixels = torch.from_numpy(np.stack(middles)).permute(0, 3, 1, 2).float()
    return pixels / 127.5 - 1


def apart(these: torch.Tensor, those: torch.Tensor) -> str:
    """Median over fields of the distance between features, as a share of their length."""
    share = (these - those).norm(dim=1) / those.norm(dim=1)
    return f"{float(share.median()):.3f}"


def settled(network: KerasNetwork) -> KerasNetwork:
    """The drawn weights with batch norm's statistics of real fields, so that no layer is blind."""
    norms = [layer for layer in network.modules() if isinstance(layer, nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
        norm.train()
    with torch.inference_mode():
        network(fields(256))
    return network.eval()


def poured_into_torchvision(network: KerasNetwork) -> nn.Module:
    """torchvision's ResNet-50 with the weights of Keras' one; biases go into batch norm's means."""
    theirs = models.resnet50().eval()
    layers = dict(network.named_modules())
    places = [("conv1", "conv1", "bn_conv1", "bn1")]
    for stage, letters in {2: "abc", 3: "abcd", 4: "abcdef", 5: "abc"}.items():
        for number, letter in enumerate(letters):
            block, at = f"{stage}{letter}", f"layer{stage - 1}.{number}"
            for branch, place in {"2a": 1, "2b": 2, "2c": 3}.items():
                ours = f"blocks.res{block}.path."
                places.append((f"{at}.conv{place}", f"{ours}res{block}_branch{branch}", f"{ours}bn{block}_branch{branch}",
                               f"{at}.bn{place}"))  # fmt: skip
            if letter == "a":
                ours = f"blocks.res{block}.shortcut."
                places.append((f"{at}.downsample.0", f"{ours}res{block}_branch1", f"{ours}bn{block}_branch1",
                               f"{at}.downsample.1"))  # fmt: skip
    with torch.no_grad():
        for convolution, our_convolution, our_norm, norm in places:
            source, statistics = layers[our_convolution], layers[our_norm]
            theirs.get_submodule(convolution).weight.copy_(source.weight)
            target = theirs.get_submodule(norm)
            target.load_state_dict(statistics.state_dict())
            target.running_mean -= source.bias
    theirs.fc = nn.Identity()
    return theirs


@torch.inference_mode()
def geometry_rows() -> Iterator[str]:
    """A line for each difference between Keras' networks and torchvision's, drawn weights, features of 400 pixels."""
    x = fields(400)
    resnet = settled(our_network("resnet50"))
    windows, cells = resnet(x), resnet.maps(x)[0]
    yield f"| ResNet-50: averages of 7 x 7 cells, so 49 of 13 x 13 | {apart(windows, cells.mean(dim=(2, 3)))} |"
    mirrored = resnet.maps(x.flip(3))[0].mean(dim=(2, 3))
    yield f"| – beside it: the same field mirrored, all cells | {apart(mirrored, cells.mean(dim=(2, 3)))} |"
    other = poured_into_torchvision(resnet)(x.flip(1))
    yield f"| ResNet-50: Keras' weights in torchvision's layers, all cells | {apart(other, cells.mean(dim=(2, 3)))} |"
    inception = settled(our_network("inception_v3"))
    features = inception(x)
    counted = nn.AvgPool2d(3, 1, 1)
    plain = inception_v3.average_of_neighbours
    inception_v3.average_of_neighbours = counted
    try:
        yield f"| InceptionV3: padding counted in means | {apart(inception(x), features)} |"
    finally:
        inception_v3.average_of_neighbours = plain


def main() -> None:
    """Print both tables."""
    print("| difference | distance | accuracy | log-loss |")
    print("|---|--:|--:|--:|")
    for line in vgg_rows():
        print(line, flush=True)
    print("\n| difference of networks, drawn weights | distance |")
    print("|---|--:|")
    for line in geometry_rows():
        print(line, flush=True)


if __name__ == "__main__":
    main()
