"""Bundles: their size, how fast they open and answer, and how many views --until-sure saves on real tissue.

    python benchmarks/bundle.py [--json FILE] [--only ROWS]

Needs the folder of real data and weights beside the checkout for all rows but the first.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

# when this file is run as a script its own folder comes first, and `import boost` would find benchmarks/boost.py
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import lightgbm
import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from PIL import Image

from benchmarks.boosting_reference import draw
from benchmarks.command import measure
from benchmarks.realdata import (
    KEPT,
    SEED,
    SHARED,
    TISSUES,
    Tissue,
    cohort_of,
    densely,
    describe_all,
    kept,
    make_engine,
    numbers,
    warm,
)
from benchmarks.row import Row, Rows, seconds
from boost.bundle.bundle import Bundle
from boost.bundle.decision import DecisionRule
from boost.bundle.facts import BundleFacts
from boost.bundle.lightgbm_text import compact_text
from boost.bundle.written import write_bundle
from boost.crossval import collect_views, cross_validate
from boost.descriptors import Descriptors
from boost.ensemble import train_models
from boost.settings import PRESETS, BoostSettings
from boost.uncertainty.adaptive_views import checkpoints, settled, usual_spread
from boost.uncertainty.out_of_distribution import fit_out_of_distribution
from cohort.layouts.iciar2018 import ICIAR_CLASSES
from cohort.samples import Sample
from featurize.encoders.encoder_pool import EncoderPool
from featurize.encoders.registry import find_encoder
from featurize.encoders.threads import one_thread
from featurize.encoders.weights import find_weights
from featurize.plan import network_facts
from featurize.protocol import PRESETS as PROTOCOLS
from featurize.protocol import Protocol
from imaging.crops import draw_boxes
from imaging.phantom import draw_field
from imaging.read import read_image
from imaging.seeding import crop_rng, turn_rng, view_rng
from imaging.stain import draw_gains, fit_stain, jitter, normalise
from workflow.bundles.stain_reference import stain_facts

ROOT = Path(__file__).resolve().parents[1]
MODELS, TRAINED = 300, 6  # models in a bundle; so many are trained, and each is in it under several names
SECONDS_TO_OPEN, SECONDS_AN_IMAGE, SHARE_OF_TEXT = 5.0, 10.0, 0.30
DENSE_VIEWS = 50


def files() -> Iterator[Row]:
    """Size and opening of 300 models: of the paper's shape, and of real tissue."""
    shapes = {"synthetic 400 x 50 x 2048": draw()}
    for tissue in TISSUES if SHARED.is_dir() else ():
        shapes[f"{tissue.name} 20 views"] = describe_all(tissue)["exact"][:, 0, :, -1], numbers(tissue.read())
    for name, (descriptors, labels) in shapes.items():
        trained = train(descriptors, labels)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "a.zip"
            write(
                path,
                {"a": trained},
                [str(n) for n in range(labels.max() + 1)],
                {"a": {"network": {"dim": descriptors.shape[2]}}},
                descriptors,
            )
            raw = MODELS / TRAINED * sum(len(booster.model_to_string()) for booster in trained)
            size = path.stat().st_size
            note = f"{size / raw:.1%} of the text"
            yield Row(
                f"size of {MODELS} models, {name}", size / 2**20, raw / 2**20, "MiB", 1 / SHARE_OF_TEXT, note=note
            )
            took = seconds(lambda path=path: Bundle.open(path))
            yield Row(f"opening {MODELS} models, {name}", took, SECONDS_TO_OPEN, "s", 1.0)


def train(
    descriptors: np.ndarray, labels: np.ndarray, settings: BoostSettings = PRESETS["fast"]
) -> list[lightgbm.Booster]:
    """Models of as many seeds, on nine tenths of the images (image, view, dim)."""
    rows = np.flatnonzero(np.arange(len(labels)) % 10)
    training = [descriptors[row] for row in rows], labels[rows], int(labels.max()) + 1, settings
    return [next(train_models(*training, [seed])) for seed in range(TRAINED)]


def write(
    path: Path,
    models: dict[str, list[lightgbm.Booster]],
    classes: list[str],
    variants: dict[str, dict],
    descriptors: np.ndarray,
) -> None:
    """A bundle in which each variant's models come again and again until there are MODELS."""
    rng, labels = np.random.default_rng(0), np.arange(len(descriptors)) % len(classes)
    answers = rng.dirichlet(np.ones(len(classes)), len(labels))
    texts = {name: [compact_text(booster) for booster in boosters] for name, boosters in models.items()}
    each = MODELS // len(variants)
    write_bundle(
        path,
        BundleFacts(variants, stain=stain_facts()),
        ((name, 1, number, texts[name][number % TRAINED]) for name in texts for number in range(each)),
        DecisionRule.fit(tuple(classes), answers, labels, labels, 0.05, None),
        fit_out_of_distribution(
            {name: Descriptors.of(np.ascontiguousarray(descriptors)) for name in variants}, np.arange(len(labels))
        ),
        pd.DataFrame({"image": []}),
        {},
        "",
    )


def image() -> Iterator[Row]:
    """The whole command `predict` on one 2048 x 1536 image: squeezenet1_1, crops 400 and 650, 300 models."""
    if not SHARED.is_dir():
        return
    descriptors, labels = draw((100, 10, 512))
    trained = train(descriptors, labels)
    encoder = find_encoder("squeezenet1_1")
    with EncoderPool({encoder.name: find_weights(encoder, str(SHARED / "weights"))}) as pool:
        network = network_facts(encoder, pool)
    ways = [
        ("50 views of 20 crops", {}, []),
        ("50 views of 20 crops, --until-sure", {}, ["--until-sure"]),
        ("50 views of 20 crops, --budget 7", {}, ["--budget", "7"]),
        ("50 views of 5 crops", {"crops": 5}, []),
        ("50 views of 20 crops, dense", {"mode": "dense"}, []),
        ("preset fast: 10 views of 5 crops", dict(zip(("views", "crops"), PROTOCOLS["fast"], strict=True)), []),
    ]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        Image.fromarray(draw_field("invasive", "p", 0, 1536, 2048, seed=0).image).save(folder / "field.tif")
        for what, settings, options in ways:
            protocols = [Protocol("squeezenet1_1", network["digest"], crop, **settings) for crop in (400, 650)]
            variants = {p.variant: asdict(p) | {"key": p.key, "network": network, "versions": []} for p in protocols}
            write(folder / "a.zip", dict.fromkeys(variants, trained), list(ICIAR_CLASSES), variants, descriptors)
            command = [sys.executable, str(ROOT / "pipeline.py"), "predict", str(folder / "a.zip")]
            command += [str(folder / "field.tif"), "--weights", str(SHARED / "weights"), "--out", str(folder / "a.csv")]
            command += options
            took = seconds(lambda command=command: subprocess.run(command, check=True, capture_output=True))
            views = pd.read_csv(folder / "a.csv")["views"][0]
            yield Row(f"predict one image, {what}", took, SECONDS_AN_IMAGE, "s", 1.0, note=f"{views} views")


def until_sure() -> Iterator[Row]:
    """Agreement with all views, and the share of views, of real images by models that never saw their patient."""
    for tissue in TISSUES if SHARED.is_dir() else ():
        exact = describe_all(tissue)["exact"][:, :, :, -1]  # (image, side, view, dim)
        for what, descriptors in (("exact", exact), ("dense", describe_densely(tissue))):
            views = out_of_fold(tissue, descriptors, what)  # (image, view, class)
            total, spread = views.shape[1], usual_spread(views)
            stops = np.array([stop(one, spread) for one in views])  # (image,)
            early = np.array([one[:count].mean(axis=0).argmax() for one, count in zip(views, stops, strict=True)])
            same = early == views.mean(axis=1).argmax(axis=1)  # (image,)
            name = f"{tissue.name} {what}, {total} views"
            note = f"{(~same).sum()} of {len(same)} images have another class"
            yield Row(f"until sure, same class, {name}", 100 * same.mean(), 99, "%", 1.0, higher=True, note=note)
            note = f"median {np.median(stops):.0f}, {100 * (stops == total).mean():.0f} % of the images take all"
            yield Row(f"until sure, views, {name}", stops.mean(), total, "views", 4.0, note=note)


def stop(views: np.ndarray, spread: float) -> int:
    """After how many views (view, class) one would have stopped."""
    return next(count for count in checkpoints(len(views)) if settled(views[:count], len(views), spread))


def out_of_fold(tissue: Tissue, descriptors: np.ndarray, what: str) -> np.ndarray:
    """What the vote of all models says of every view, (image, view, class), images in the order of folds."""
    dataset = tissue.read()
    variants = {
        str(side): Descriptors.of(np.ascontiguousarray(descriptors[:, i])) for i, side in enumerate(tissue.sides)
    }
    settings = replace(PRESETS["fast"], seeds=2)
    path = KEPT / "bundle" / f"{tissue.name}-{what}-{descriptors.shape[2]}.safetensors"
    return kept(path, lambda: {"views": collect_views(cross_validate(cohort_of(dataset), variants, settings, jobs=2))})[
        "views"
    ]


def describe_densely(tissue: Tissue) -> np.ndarray:
    """Descriptors (image, side, view, dim) in dense mode, with as many views as in the paper."""
    samples = tissue.read().samples
    parts = Parallel(2)(delayed(_dense)(tissue, sample) for sample in samples)
    return np.stack(parts)


def _dense(tissue: Tissue, sample: Sample) -> np.ndarray:
    path = KEPT / tissue.name / f"{sample.name.replace('/', '-')}-dense-{DENSE_VIEWS}.safetensors"

    def make() -> dict[str, np.ndarray]:
        runner, picture = make_engine("squeezenet1_1"), read_image(sample.path)
        picture = normalise(picture, fit_stain(picture))
        warm(runner, picture, tissue.sides)
        views = []
        for view in range(DENSE_VIEWS):
            jittered = jitter(picture, draw_gains(view_rng(SEED, sample.name, view)))
            boxes = [
                draw_boxes(crop_rng(SEED, sample.name, view, side, 1.0), *picture.shape[:2], side, 20)
                for side in tissue.sides
            ]
            symmetry = int(turn_rng(SEED, sample.name, view, 1.0).integers(8))
            views.append(np.stack([rows[-1] for rows in densely(runner, jittered, boxes, tissue.sides, symmetry)]))
        return {"dense": np.stack(views, axis=1)}  # (side, view, dim)

    with one_thread():
        return kept(path, make)["dense"]


ROWS: list[Rows] = [files, image, until_sure]


if __name__ == "__main__":
    measure(__doc__, ROWS)
