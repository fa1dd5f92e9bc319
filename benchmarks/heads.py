"""What each head, the recalibrated default and the whole image at 224 pixels are worth, on real tissue and phantoms.

    python -m benchmarks.heads describe     # minutes to an hour: descriptors of all sets, kept
    python -m benchmarks.heads heads        # the table of heads
    python -m benchmarks.heads shuffles     # labels permuted between patients: the default against the class shares
    python -m benchmarks.heads whole        # the same network on the whole image, resized to 224 pixels

Needs the folders of real data and weights beside the checkout. `--sets` names some of the sets, `--cache` where
descriptors are.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from PIL import Image
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from boost.crossval import collect, cross_validate
from boost.descriptors import Descriptors
from boost.fusion import fuse
from boost.heads.choices import HEADS, find_head, model_name, names_of
from boost.recalibrated_table import recalibrated
from boost.settings import PRESETS, BoostSettings
from cohort.cohort import Cohort
from cohort.folds import make_folds
from cohort.phantom_cohort import write_phantoms
from cohort.predictions import predictions_table
from cohort.read_dataset import read_dataset
from featurize.encoders.inference import Runner, make_runner
from featurize.encoders.registry import find_encoder
from featurize.encoders.weights import find_weights, load_network
from imaging.phantom import CLASSES, DIFFICULTIES, hard_phantoms
from imaging.read import read_image
from report.evaluation import Evaluation
from report.out_of_fold import out_of_fold_of
from report.section import Estimate
from report.statistics.clustered import mean_interval
from report.statistics.influence import mean
from report.statistics.metrics import losses
from workflow.cohort_from_cache import CachedImages, cached_images
from workflow.division import divided

ROOT = Path(__file__).resolve().parents[1]
SHARED, KEPT = ROOT.parent / "shared", ROOT / "results" / "benchmarks" / "heads"
FOLDS, FOLD_SEED, SHUFFLES, SIDE = 5, 13, 20, 224
SETTINGS = PRESETS["fast"]
QUICK = BoostSettings(views=3, seeds=1, feature_fraction=0.1)  # of the shuffles: 20 cross-validations a set
SINGLE = ("trees", "logistic", "nearest", "centroid", "shares")
TWO, FOUR = {"benign": 1, "insitu": 1}, dict.fromkeys(CLASSES, 1)

SQUEEZENET = "--encoders squeezenet1_1 --scale 1"
DENSE_VGG = "--encoders vgg16 --mode dense --crops-per-view 6"
DESCRIBED = {  # data set and network: options of extract
    ("ucsb", "squeezenet1_1"): f"{SQUEEZENET} --crops 400 --views 10 --crops-per-view 5",
    ("ucsb", "vgg16"): f"{DENSE_VGG} --crops 200 --scale 0.5 --views 2",
    ("crc5", "squeezenet1_1"): f"{SQUEEZENET} --crops 160 --views 10 --crops-per-view 5",
    ("crc5", "vgg16"): f"{DENSE_VGG} --crops 160 --scale 1 --views 3",
    ("idc", "squeezenet1_1"): f"{SQUEEZENET} --crops 48 --views 5 --crops-per-view 2",
    ("idc", "vgg16"): "--encoders vgg16 --mode dense --crops 48 --scale 1 --views 3 --crops-per-view 2",
}
ON_PHANTOMS = f"{SQUEEZENET} --crops 160 --views 4 --crops-per-view 3"
PHANTOMS = {
    "phantom-easy": {"patients": 24, "shares": FOUR, "difficulty": "easy", "seed": 1},
    "phantom-hard": {"patients": 27, "shares": TWO, "difficulty": "hard", "seed": 2},
    "phantom-hard4": {"patients": 30, "shares": FOUR, "difficulty": "hard", "mixed": True, "seed": 3},
    "phantom-rare": {"patients": 30, "shares": {"benign": 5, "invasive": 1}, "difficulty": "hard", "seed": 4},
    "phantom-none": {"patients": 24, "shares": TWO, "difficulty": "no signal", "seed": 5},
}
DESCRIBED |= {(name, "squeezenet1_1"): ON_PHANTOMS for name in PHANTOMS}
IDC_EACH = 50  # whole patches of each patient and class


@dataclass(frozen=True, eq=False)
class Described:
    """A data set as one network describes it, in folds by patient."""

    name: str
    images: CachedImages
    cohort: Cohort
    variants: dict[str, Descriptors]


def source(name: str) -> Path:
    """The images of a data set; phantoms are drawn, and of idc some patches are chosen."""
    if name in PHANTOMS:
        wanted = PHANTOMS[name] | {"difficulty": DIFFICULTIES[PHANTOMS[name]["difficulty"]]}
        return write_phantoms(KEPT / name, hard_phantoms(**wanted, height=256, width=340))
    if name != "idc":
        return SHARED / "data" / {"crc5": "crc5/training"}.get(name, name)
    table = pd.read_csv(SHARED / "data" / "idc" / "manifest.csv", dtype=str).sort_values("image")
    folder = SHARED / "data" / "idc"
    whole = table[[Image.open(folder / image).size == (50, 50) for image in table["image"]]]
    chosen = whole.groupby(["patient", "label"]).sample(IDC_EACH, random_state=FOLD_SEED)
    chosen = chosen.assign(image=[str(folder / image) for image in chosen["image"]])
    KEPT.mkdir(parents=True, exist_ok=True)
    chosen.to_csv(KEPT / "idc.csv", index=False)
    return KEPT / "idc.csv"


def describe(name: str, network: str, folder: Path) -> None:
    """Have extract describe a data set; what is described already is left alone."""
    weights = ["--weights", str(SHARED / "weights"), "--offline", "--device", "cpu"]
    where = ["--data", str(source(name)), "--name", name, "--cache", str(folder), "--jobs", "1"]
    asked = [*DESCRIBED[name, network].split(), *weights, *where]
    subprocess.run([sys.executable, str(ROOT / "pipeline.py"), "extract", *asked], check=True)


def opened(name: str, network: str, folder: Path) -> Described:
    """A described data set from the cache."""
    stores = sorted(path.stem.rpartition("-")[0] for path in (folder / name).glob(f"{network}-*.h5"))
    images = cached_images(folder, name, stores[:1])
    patients = len(set(images.described.patients) - {""})
    cohort, _ = divided(images.described, None, min(FOLDS, patients or FOLDS), None, FOLD_SEED)
    return Described(f"{name}, {network}", images, cohort, images.descriptors)


def answers(cohort: Cohort, variants: dict[str, Descriptors], names: tuple[str, ...], settings: BoostSettings) -> dict:
    """The fused table of each head, of their blend, and of the blend recalibrated."""
    heads = tuple(find_head(name) for name in names)
    units = cross_validate(cohort, variants, settings, 1, None, heads)
    table = predictions_table(cohort, collect(list(units), variants, cohort))
    tables = {}
    for name in (*names, "blend"):
        members = HEADS[name].members
        models = [model_name(variant, member, names_of(heads)) for variant in variants for member in members]
        tables[name] = fuse(table[table["model"].isin(models)])
    return tables | {"blend, recalibrated": recalibrated(tables["blend"])}


def table_of_heads(described: Described) -> Iterator[str]:
    """A line for each head: the measures with their intervals by patient, and the log-loss less that of trees."""
    tables = answers(described.cohort, described.variants, SINGLE, SETTINGS)
    trees, _ = loss_and_group(tables["trees"])
    for name, table in tables.items():
        evaluation = Evaluation.of(out_of_fold_of(table))
        first = next(iter(evaluation.quality.values()))
        loss, group = loss_and_group(table)
        change = Estimate(mean_interval(mean(loss - trees), group), 3, 1, signed=True)
        auc = evaluation.overall.get("AUC")
        cells = [
            name,
            str(Estimate(first.log_loss, 3, 1)),
            "–" if name == "trees" else str(change),
            evaluation.overall["accuracy"].text(),
            "–" if auc is None else auc.text(3, 1),
            f"{100 * first.error.value:.1f} ({100 * first.error_by_chance:.1f})",
        ]
        yield "| " + " | ".join([described.name, *cells]) + " |"


def loss_and_group(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Each image's log-loss and its patient as a number, (n,) each."""
    evaluation = Evaluation.of(out_of_fold_of(table))
    log_loss, _ = losses(evaluation.out_of_fold.probabilities, evaluation.out_of_fold.codes)
    return log_loss, evaluation.groups.group


def shuffled(cohort: Cohort, seed: int) -> Cohort:
    """Labels permuted between whole patients, or within those who have several classes, and folds made anew."""
    rng = np.random.default_rng(seed)
    codes, groups = cohort.codes.copy(), cohort.groups
    of_one_class = [name for name in np.unique(groups) if len(set(codes[groups == name])) == 1]
    permuted = rng.permutation([codes[groups == name][0] for name in of_one_class])
    for name, code in zip(of_one_class, permuted, strict=True):
        codes[groups == name] = code
    for name in sorted(set(groups) - set(of_one_class)):
        codes[groups == name] = rng.permutation(codes[groups == name])
    labels = np.array(cohort.classes)[codes]
    fold = make_folds(cohort.images, labels, cohort.patients, len(cohort.held_out_folds), seed)
    return Cohort.of(cohort.images, labels, cohort.classes, cohort.patients, fold)


def shuffle_line(described: Described) -> str:
    """The mean over shuffles of the log-loss less that of the class shares, of the votes and recalibrated."""
    rows = []
    few = {}
    for name, found in described.variants.items():
        few[name] = Descriptors.of(np.stack(found.images())[:, : QUICK.views])
    for seed in range(SHUFFLES):
        tables = answers(shuffled(described.cohort, seed), few, ("trees", "logistic"), QUICK)
        evaluations = [Evaluation.of(out_of_fold_of(table)) for table in tables.values()]
        shares = [evaluation.class_shares for evaluation in evaluations]
        auc = evaluations[-1].overall.get("AUC")
        rows.append([*(found.gain.value for found in shares), np.nan if auc is None else auc.value])
    means = np.mean(rows, axis=0)
    error = np.std(rows, axis=0, ddof=1) / np.sqrt(SHUFFLES)
    cells = [f"{value:+.3f} ± {spread:.3f}" for value, spread in zip(means[:4], error[:4], strict=True)]
    return "| " + " | ".join([described.name, *cells, f"{means[4]:.3f}"]) + " |"


@cache
def runner_of(network: str) -> Runner:
    """A network with its real weights."""
    facts = find_encoder(network)
    path = find_weights(facts, str(SHARED / "weights"))
    return make_runner(load_network(facts, path), facts, "cpu", "float32")


def whole_image_line(described: Described, network: str) -> Iterator[str]:
    """Logistic regression as scikit-learn has it (C = 1, standardised) on the whole image, beside the default."""
    paths = {sample.name: sample.path for sample in read_dataset(source(described.name.partition(",")[0])).samples}
    rows = []
    for image in described.cohort.images:
        pixels = np.asarray(Image.fromarray(read_image(paths[image])).resize((SIDE, SIDE), Image.Resampling.BILINEAR))
        rows.append(runner_of(network).features(torch.from_numpy(pixels[None].copy())).numpy())
    cohort, features = described.cohort, np.concatenate(rows).astype(float)  # (image, dim)
    predicted = np.empty((len(cohort), len(cohort.classes)))
    for fold in cohort.held_out_folds:
        probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
        probe.fit(features[cohort.training(fold)], cohort.codes[cohort.training(fold)])
        predicted[cohort.held_out(fold)] = probe.predict_proba(features[cohort.held_out(fold)])
    whole = predictions_table(cohort, {"whole": predicted})
    ours = answers(described.cohort, described.variants, ("trees", "logistic"), SETTINGS)["blend, recalibrated"]
    for name, table in (("whole image at 224", whole), ("histoboost", ours)):
        evaluation = Evaluation.of(out_of_fold_of(table))
        log_loss = next(iter(evaluation.quality.values())).log_loss
        cells = [described.name, name, evaluation.overall["accuracy"].text(), log_loss.text(3, 1)]
        yield "| " + " | ".join(cells) + " |"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["describe", "heads", "shuffles", "whole"])
    parser.add_argument("--sets", nargs="*", help="such as ucsb or ucsb,vgg16; default: all")
    parser.add_argument("--cache", type=Path, default=KEPT / "cache")
    asked = parser.parse_args()
    for name, network in DESCRIBED:
        if asked.sets and not {name, f"{name},{network}"} & set(asked.sets):
            continue
        if asked.what == "describe":
            describe(name, network, asked.cache)
            continue
        described = opened(name, network, asked.cache)
        if asked.what == "heads":
            lines = table_of_heads(described)
        elif asked.what == "whole":
            lines = whole_image_line(described, network)
        else:
            lines = iter([shuffle_line(described)])
        for line in lines:
            print(line, flush=True)


if __name__ == "__main__":
    main()
