"""Mutated and random input for every reader and for the command line: all that may come of it is one of our errors.

    python -m benchmarks.fuzz --inputs 10000 --json FILE

A process for each target tries the inputs, seeded by their number, under a limit of memory; an input that takes more
than HANG seconds ends it. The first inputs are those of benchmarks/hostile.py, and later ones are made of these too. An
input that takes more than SLOW seconds or needs more than HUNGRY bytes has failed, whatever came of it. Prints how many
inputs each target was given, how many it refused, what the worst took, and what went wrong.
"""

import argparse
import faulthandler
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import process_time
from types import SimpleNamespace
from unittest.mock import patch

import numpy as np
import pandas as pd
from PIL import Image

from benchmarks import hostile

HANG = 20.0  # seconds after which an input is taken to have no end
SLOW, HUNGRY = 3.0, 300 << 20  # seconds of a processor that one input may take, and bytes that it may need at once
MEMORY = 2 << 30  # bytes that a process may grow by
ROOT = Path(__file__).resolve().parents[1]
SPLICES = (
    b"",
    b"\0",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\n",
    b'"',
    b",",
    b";",
    b"\xef\xbb\xbf",
    b"\xff\xd9",
    bytes(64),
)
OBEYED = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")  # by a terminal
Edit = tuple[float, int, int, bytes]  # where (share of the file), how many bytes go, what is flipped, what comes


@dataclass(frozen=True)
class Target:
    """A reader: what it is fed, and the errors that it may raise."""

    samples: tuple[bytes, ...]  # valid input
    read: Callable[[Path], object]
    allowed: tuple[type[Exception], ...]
    name: str = "input"  # of the file it is fed by
    hostile: tuple[bytes, ...] = ()  # input that is meant ill
    seconds: float = SLOW  # that an input may take
    memory: int = HUNGRY  # bytes that an input may need at once


def mutated(data: bytes, edits: list[Edit]) -> bytes:
    """Some bytes with parts cut out, flipped and put in."""
    changed = bytearray(data)
    for where, gone, flip, added in edits:
        at = int(where * len(changed))
        changed[at : at + gone] = added
        if flip and at < len(changed):
            changed[at] ^= flip
    return bytes(changed)


def drawn(samples: tuple[bytes, ...], rng: np.random.Generator) -> bytes:
    """One input: most are valid ones with a few edits, near the start more often than not; some are random bytes."""
    if rng.random() < 0.1:
        return rng.bytes(int(rng.integers(0, 600)))
    edits = []
    for _ in range(int(rng.integers(1, 4))):
        where = rng.random() ** (1 if rng.random() < 0.5 else 4)
        gone = int(rng.choice([0, 0, 0, 0, 1, 1, 2, 4, 50, 10**7]))
        added = rng.bytes(int(rng.integers(1, 5))) if rng.random() < 0.5 else SPLICES[rng.integers(len(SPLICES))]
        edits.append(
            (
                float(where),
                gone,
                int(rng.integers(256)) * int(rng.random() < 0.5),
                added if rng.random() < 0.4 else added[:gone],
            )
        )
    return mutated(samples[rng.integers(len(samples))], edits)


def images() -> Target:
    """The image reader, over every format and some of their kinds."""
    from imaging.read import inspect
    from imaging.read_errors import ImageError

    rng = np.random.default_rng(0)
    noise = Image.fromarray(rng.integers(0, 256, (24, 32, 3), np.uint8))
    smooth = noise.resize((96, 64))
    kinds = [("PNG", "RGB", {}), ("PNG", "P", {}), ("PNG", "LA", {}), ("JPEG", "RGB", {}), ("JPEG", "CMYK", {}),
             ("JPEG", "L", {"progressive": True}), ("TIFF", "RGB", {}), ("TIFF", "RGB", {"compression": "tiff_lzw"}),
             ("TIFF", "RGB", {"compression": "jpeg"}), ("TIFF", "RGB", {"compression": "tiff_adobe_deflate"}),
             ("TIFF", "L", {"save_all": True, "append_images": [smooth.resize((48, 32)).convert("L")]}),
             ("BMP", "RGB", {}), ("BMP", "P", {}), ("WEBP", "RGB", {}),
             ("WEBP", "RGBA", {"lossless": True})]  # fmt: skip
    files = []
    for index, (kind, mode, options) in enumerate(kinds):
        (smooth if index % 2 else noise).convert(mode).save(file := io.BytesIO(), kind, **options)
        files.append(file.getvalue())
    return Target(tuple(files), inspect, (ImageError,), hostile=hostile.images(), seconds=3 * SLOW, memory=1 << 30)


NAMES = ("a/1.png", "a/2.png", "b/Größe 3.png", "b/4.png")


def tables() -> Target:
    """The table of a data set: its rows, its images beside it, and the labels for a cache."""
    from cohort.checks.file_checks import inspect_all
    from cohort.manifest import read_labels
    from cohort.read_dataset import read_dataset
    from cohort.samples import DatasetError

    def read(path: Path) -> None:
        for number, name in enumerate(NAMES):
            if not (path.parent / name).exists():
                (path.parent / name).parent.mkdir(exist_ok=True)
                Image.new("RGB", (number + 1, 2)).save(path.parent / name)
        dataset = read_dataset(path)
        dataset.summary(), dataset.warnings(), inspect_all(dataset.samples[:3], 1)
        read_labels(path, NAMES)

    rows = 'image,label,patient\na/1.png,x,p1\na/2.png,y,p2\nb/Größe 3.png,x,\n"b/4.png",y,"p\n4"\n'
    texts = [rows.encode(), rows.replace(",", ";").encode("utf-8-sig"), rows.replace(",", "\t").encode("utf-16")]
    ill = hostile.tables("image,label,patient", "a/1.png,x,p1")
    return Target(tuple(texts), read, (DatasetError,), "table.csv", ill)


def folds() -> Target:
    """The file of folds."""
    from cohort.folds import FoldError, check_folds
    from cohort.folds_file import read_folds

    def read(path: Path) -> None:
        check_folds(NAMES, ["x", "y", "x", "y"], ["p", "q", "", ""], read_folds(path, NAMES))

    rows = "image,fold,label\na/1.png,1,x\n2.png,1,y\ndata/b/Größe 3.png,2,x\nb/4.png,2,y\nb/5.png,3,y\n"
    ill = hostile.tables("image,fold,label", "a/1.png,1,x")
    return Target((rows.encode(), rows.replace(",", ";").encode("utf-16")), read, (FoldError,), hostile=ill)


def predictions() -> Target:
    """The file of predictions, as `report` reads it."""
    from cohort.predictions import PredictionsError, read_predictions

    rows = ["image,label,patient,fold,model,p_x,p_y"]
    rows += [f"{name},{'xy'[n % 2]},p{n},{n % 2 + 1},{m},0.25,0.75" for m in ("m", "n") for n, name in enumerate(NAMES)]
    ill = hostile.tables(rows[0], rows[1])
    return Target(("\n".join(rows).encode(),), read_predictions, (PredictionsError,), hostile=ill)


def run_files() -> dict[str, bytes]:
    """The files that cv leaves of a run with a learning curve, by name."""
    kept = ROOT / "tests" / "formats"
    names = ("predictions.csv", "settings.json", "images.csv", "learning_answers.csv")
    files = {name: (kept / name).read_bytes() for name in names}
    rows = ["without,image,label,patient,fold,model,p_x,p_y"]
    for number, name in enumerate(NAMES):
        rows += [f"{fold},{name},x,,{number % 2 + 1},fusion,0.25,0.75" for fold in (1, 2) if fold != number % 2 + 1]
    return files | {"nested_answers.csv": "\n".join(rows).encode()}


def settings() -> Target:
    """The settings beside predictions, and what a report says of them."""
    from imaging.errors import HistoboostError
    from report.chapters.methods import settings_sections
    from report.chapters.tripod import of_run
    from report.printing import markdown
    from workflow.run_folder import auc_of_run, read_settings
    from workflow.thumbnails import described_paths

    def read(path: Path) -> None:
        of_folder = read_settings(path.parent)
        markdown(settings_sections(of_folder))
        of_run(of_folder or {}), auc_of_run(of_folder), described_paths(of_folder or {})

    valid = run_files()["settings.json"]
    return Target((valid,), read, (HistoboostError,), "settings.json", hostile.settings(valid))


def run_images() -> Target:
    """The list of image files beside predictions, and the leaks that it tells of."""
    from boost.fusion import fuse
    from cohort.predictions import read_predictions
    from imaging.errors import HistoboostError
    from report.out_of_fold import out_of_fold_of
    from workflow.evidence import leaks_of
    from workflow.run_folder import read_files

    fusion = out_of_fold_of(fuse(read_predictions(ROOT / "tests" / "formats" / "predictions.csv")))
    valid = run_files()["images.csv"]
    first, second = valid.decode().split("\n")[:2]
    ill = hostile.tables(first, second)
    return Target((valid,), lambda path: leaks_of(fusion, read_files(path)), (HistoboostError,), "images.csv", ill)


def curves() -> Target:
    """The predictions of a learning curve beside those of its run."""
    from boost.fusion import fuse
    from cohort.predictions import read_predictions
    from imaging.errors import HistoboostError
    from report.measures.learning_curve import curve, learning_curve_points, read_learning
    from report.out_of_fold import out_of_fold_of

    fusion = out_of_fold_of(fuse(read_predictions(ROOT / "tests" / "formats" / "predictions.csv")))
    valid = run_files()["learning_answers.csv"]
    first, second = valid.decode().split("\n")[:2]

    def read(path: Path) -> None:
        curve(learning_curve_points(read_learning(path), fusion), np.arange(len(fusion.label)))

    return Target((valid,), read, (HistoboostError,), "learning.csv", hostile.tables(first, second))


def nested() -> Target:
    """The predictions of nested cross-validation beside those of its run."""
    from imaging.errors import HistoboostError
    from report.nested_answers import read_nested, wrong_without
    from report.out_of_fold import out_of_fold_of

    valid = run_files()["nested_answers.csv"]
    first, second = valid.decode().split("\n")[:2]
    fusion = out_of_fold_of(small_answers("fusion"))

    def read(path: Path) -> None:
        wrong_without(read_nested(path), fusion)

    return Target((valid,), read, (HistoboostError,), "nested.csv", hostile.tables(first, second))


def small_answers(model: str) -> pd.DataFrame:
    """A table of predictions of one model for four images in two folds."""
    answers = pd.DataFrame({"image": NAMES, "label": "x", "patient": "", "fold": [1, 2, 1, 2]})
    return answers.assign(model=model, p_x=0.5, p_y=0.5)


def kept() -> Target:
    """A kept prediction of a model: what is damaged counts as missing."""
    from boost.model_cache import PredictionCache

    views = np.random.default_rng(0).dirichlet([1, 1, 1], size=(5, 4))  # (image, view, class)
    with tempfile.TemporaryDirectory() as folder:
        cache = PredictionCache(Path(folder), "v", "0" * 64)
        cache.write(1, 0, SimpleNamespace(remarks=()), views)
        valid = cache.path(1, 0).read_bytes()

    def read(path: Path) -> None:
        cache = PredictionCache(path.parent, "v", "0" * 64)
        cache.path(1, 0).parent.mkdir(parents=True, exist_ok=True)
        path.replace(cache.path(1, 0))
        cache.read(1, 0, 5, 3)

    return Target((valid,), read, (), "kept.safetensors", hostile.kept(valid))


def stores() -> Target:
    """A cache file: opened, listed and read row by row."""
    from featurize.store.file_format import CacheError
    from featurize.store.store import Store

    def read(path: Path) -> None:
        store = Store(path)
        store.facts()
        for entry in store.entries:
            store.require_rows([entry.image], store.arrays())

    with tempfile.TemporaryDirectory() as folder:
        return Target((small_store(Path(folder) / "s.h5").read_bytes(),), read, (CacheError,), "store.h5")


def small_store(path: Path) -> Path:
    """A cache file of twelve images of three patients and two classes, full of random numbers."""
    from featurize.protocol import Protocol
    from featurize.store.open_store import open_store
    from featurize.store.store import Entry, Row

    protocol = Protocol("squeezenet1_1", "random", crop=64, scale=1.0, crops=2, views=10)
    entries = [Entry(f"{'xy'[n % 2]}/{n}.png", "xy"[n % 2], f"p{n // 4}", f"{n:064x}") for n in range(12)]
    store, rng = (
        open_store(path, protocol, {"name": "squeezenet1_1", "dim": 8, "file": "random"}, entries),
        np.random.default_rng(0),
    )
    for entry in entries:
        row = Row(rng.random((10, 8), np.float32), np.ones((10, 2)), np.zeros((10, 2, 3), np.int32),
                  np.array("ok", "S16"), np.zeros((3, 2)), np.ones(2))  # fmt: skip
        store.write_rows({entry.image: row})
    return path


def models() -> Target:
    """A model's text as bundles keep it: read, and asked about a row."""
    from boost.bundle.lightgbm_text import read_model
    from boost.settings import BoostError

    def read(path: Path) -> None:
        read_model(path.read_bytes().decode(), 2, 6).predict(np.zeros((2, 6)), num_threads=1)

    valid = small_model()
    return Target((valid.encode(),), read, (BoostError, UnicodeDecodeError), hostile=hostile.models(valid))


def small_model() -> str:
    """The text of a model of two classes and six columns."""
    from boost.bundle.lightgbm_text import compact_text
    from boost.ensemble import train_models
    from boost.settings import BoostSettings

    labels = np.arange(40) % 2
    descriptors = (labels[:, None, None] + np.random.default_rng(0).normal(size=(40, 3, 6))).astype(np.float32)
    return compact_text(next(train_models(descriptors, labels, 2, BoostSettings(rounds=3), [0])))


def bundles() -> Target:
    """A bundle of models: opened, and asked about a descriptor, its neighbours and their small copies."""
    from boost.bundle.archive import BundleError
    from boost.bundle.bundle import Bundle
    from boost.bundle.decision import DecisionRule
    from boost.bundle.facts import BundleFacts
    from boost.bundle.references import references_of
    from boost.bundle.stored_models import StoredModel
    from boost.bundle.written import write_bundle
    from boost.descriptors import Descriptors
    from boost.heads.choices import TREES
    from boost.uncertainty.out_of_distribution import fit_out_of_distribution
    from report.measures.mistakes import thumbnail

    def read(path: Path) -> None:
        bundle = Bundle.open(path)
        bundle.predict_proba({"v": np.zeros((1, 2, 6), np.float32)})
        for neighbour in bundle.nearest({"v": np.zeros((2, 6), np.float32)}):
            bundle.small_copy(neighbour.reference)

    rng, labels = np.random.default_rng(0), np.arange(8) % 2
    reading = DecisionRule.fit(("x", "y"), rng.dirichlet([1, 1], 8), labels, labels, 0.1, None)
    outliers = fit_out_of_distribution({"v": Descriptors.of(rng.random((8, 3, 6), np.float32))}, np.arange(8))
    facts = BundleFacts({"v": {"key": "0", "network": {"dim": 6}}})
    files = {name: f"{number:064}" for number, name in enumerate(NAMES)}
    images = [f"{number}.png" for number in range(8)]
    references = [references_of(images, ["x", "y"] * 4, images)]
    copies = {image: thumbnail(np.full((9, 9, 3), 200, np.uint8)) for image in images}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "small.zip"
        models = [StoredModel("v", TREES, 1, 0, small_model().encode())]
        table = small_answers("v")
        write_bundle(path, facts, models, reading, outliers, table, files, "", (), references, copies)
        valid = path.read_bytes()
    return Target((valid,), read, (BundleError,), "small.zip", hostile.bundles(valid))


def trained_bundles() -> Target:
    """A bundle of trained networks: opened, its networks built and asked about an image."""
    from benchmarks import trained_bundles
    from boost.bundle.archive import BundleError

    files = {name: f"{number:064}" for number, name in enumerate(NAMES)}
    with tempfile.TemporaryDirectory() as folder:
        table = small_answers(trained_bundles.VARIANT)
        valid = trained_bundles.write_small(Path(folder) / "small.zip", table, files)
    refused = (BundleError,)
    return Target((valid,), trained_bundles.answer, refused, "small.zip", trained_bundles.hostile(valid))


OPTIONS = {
    "cv": "folds groups unknown-patients name variants labels folds-file seed preset positive two-class sets "
    "cache seeds jobs",
    "fit": "folds groups unknown-patients name data-set variants labels preset positive two-class sets aim "
    "cache seeds jobs",
    "report": "positive two-class patients data figures out",
    "compare": "positive two-class margin",
    "predict": "views budget level weights format models jobs",
    "extract": "data encoders crops scale preset views crops-per-view mode precision seed weights device name limit "
    "on-error max-memory cache jobs",
}
VALUES = [
    *["0", "1", "2", "3", "255", "-1", "0.5", "1e3", "1e400", "nan", "inf", "-inf", "9" * 20],
    *["auto", "random", "none", "patient", "max", "sum", "dense", "fast", "cpu", "resnet50", "squeezenet1_1", "--help"],
    *["64", "64@1", "64,48@0.5", "@", "9@", ",", "x", "y", "x,y", "x,", "a,b,c", "*", "[", "[bold]", "-x", "", " "],
    *["fields", "fields/a", "cache", "p.csv", "t.csv", "f.csv", "nowhere", "../x", "/", "."],
    *["é", "🔬", "a\nb", "\udcff", "e\u0301" * 300],
    *hostile.NAMES,
]


def arguments(rng: np.random.Generator, place: Path) -> list[str]:
    """A command with some options; the files that it names are in `place`."""
    command = str(rng.choice(list(OPTIONS)))
    few = {"--cache": "cache", "--seeds": "1", "--jobs": "1", "--folds": "2"}
    pairs = {"cv": few, "fit": few, "report": {}, "compare": {}, "predict": {"--out": "a.csv", "--jobs": "1"},
             "extract": {"--data": "fields", "--weights": "random", "--encoders": "squeezenet1_1", "--crops": "32",
                         "--scale": "1", "--device": "cpu", "--jobs": "1"}}[command]  # fmt: skip
    pairs = dict(pairs)
    for option in rng.choice(OPTIONS[command].split(), int(rng.integers(0, 4))):
        value = VALUES[rng.integers(len(VALUES))]
        if option in ("seeds", "jobs") and len(value) > 3:
            value = "2"  # work without end would be what was asked for, and no fault
        pairs[f"--{option}"] = "out" if (option, value) == ("out", "/") else value
    one, other = (str(rng.choice(["p.csv", "t.csv", "fields", "nowhere", "x\n", "p.csv#a", "#"])) for _ in range(2))
    first = {"cv": ["cv"], "fit": ["fit"], "report": ["report", one], "compare": ["compare", one, other],
             "predict": ["predict", one, other], "extract": ["extract", "--dry-run"]}[command]  # fmt: skip
    return [*first, *(part for pair in pairs.items() for part in pair)]


def make_place(place: Path) -> Path:
    """A folder with images, a cache, tables and predictions, for the commands to work on."""
    for number in range(8):
        path = place / "fields" / "ab"[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.random.default_rng(number).integers(0, 256, (64, 80, 3), np.uint8)).save(path)
    (place / "cache" / "fields").mkdir(parents=True)
    made = small_store(place / "cache" / "fields" / "s.h5")
    from featurize.store.gather import store_path
    from featurize.store.store import Store

    right = store_path(place / "cache", "fields", Store(made).protocol)
    right.parent.mkdir(parents=True, exist_ok=True)
    made.replace(right)
    rows = [(f"{'xy'[n % 2]}/{n}.png", "xy"[n % 2], n % 3 + 1) for n in range(12)]
    (place / "t.csv").write_text("image,label\n" + "".join(f"{i},{label}\n" for i, label, _ in rows))
    (place / "f.csv").write_text("image,fold\n" + "".join(f"{i},{fold}\n" for i, _, fold in rows))
    (place / "p.csv").write_bytes(predictions().samples[0])
    return place


def run_command(words: list[str]) -> tuple[str, str]:
    """What became of a command, like `feed`: read is exit code 0, refused 1 to 3. Runs in the working folder."""
    from typer.testing import CliRunner

    from featurize.cost import Speed
    from pipeline import app

    def measured(protocols, engine, seconds=10.0):  # type: ignore[no-untyped-def]
        return Speed({protocol.encoder: 1.0 for protocol in protocols}, 1.0)

    with patch("featurize.cost.calibrate", measured):
        result = CliRunner().invoke(app, words)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        return "failed", "".join(traceback.format_exception(result.exception)[-3:])
    if result.exit_code not in (0, 1, 2, 3) or "Traceback" in result.output:
        return "failed", f"exit code {result.exit_code}: {result.output[-500:]}"
    obeyed = set(OBEYED.findall(result.output))
    if obeyed and result.exit_code != 2:  # typer shows what it cannot understand as it was given
        return "failed", f"a terminal would obey {''.join(obeyed)!a}"
    return "refused" if result.exit_code else "read", ""


TARGETS = {"images": images, "tables": tables, "folds": folds, "predictions": predictions, "stores": stores,
           "models": models, "bundles": bundles, "trained_bundles": trained_bundles,
           "settings": settings, "run_images": run_images, "curves": curves, "nested": nested,
           "kept": kept}  # fmt: skip


def feed(target: Target, data: bytes, folder: Path) -> tuple[str, str]:
    """What became of one input: ("read" or "refused", "") or ("failed", traceback)."""
    path = folder / target.name
    path.write_bytes(data)
    try:
        target.read(path)
    except target.allowed:
        return "refused", ""
    except Exception:  # noqa: BLE001 - whatever it is, it is what is looked for
        return "failed", "".join(traceback.format_exc().splitlines(keepends=True)[-6:])
    return "read", ""


def work(name: str, first: int, count: int) -> dict:
    """Try some inputs in this process, under limits; what came of them."""
    if name == "commands":
        run_command(["extract", "--data", str(ROOT)])  # imports PyTorch, which maps more than the limit
    limit_memory()
    counts = {"inputs": 0, "read": 0, "refused": 0, "failed": 0}
    failures: dict[str, str] = {}
    slowest, hungriest = 0.0, 0
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "here"  # what a command writes to ../x stays in the folder, too
        place.mkdir()
        target = Target((), print, ()) if name == "commands" else TARGETS[name]()
        attempt = partial(_attempt_file, target, place)
        if name == "commands":
            attempt = partial(_attempt_command, make_place(place))
        os.chdir(place)
        for number in range(first, first + count):
            faulthandler.dump_traceback_later(HANG, exit=True)
            before, started = forget_peak(), process_time()
            outcome, trouble, fed = attempt(number, np.random.default_rng([number, len(name)]))
            seconds, grown = process_time() - started, peak_bytes() - before
            slowest, hungriest = max(slowest, seconds), max(hungriest, grown)
            faulthandler.cancel_dump_traceback_later()
            if name != "commands" and (seconds > target.seconds or grown > target.memory):
                outcome, trouble = "failed", f"{outcome} after {seconds:.1f} s and {grown >> 20} MiB"
            counts["inputs"] += 1
            counts[outcome] += 1
            if trouble:
                failures.setdefault(trouble[-160:], f"input {number}: {fed}\n{trouble}")
        os.chdir(ROOT)
    worst = {"slowest_s": round(slowest, 3), "hungriest_mib": hungriest >> 20}
    return counts | worst | {"failures": list(failures.values())[:20]}


def forget_peak() -> int:
    """Let the peak of this process's memory begin anew, where the system can do that; the bytes it holds now."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return 0
    return peak_bytes()


def peak_bytes() -> int:
    """The most memory that this process held since `forget_peak`; 0 where the system does not say."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return 0
    peak = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(peak[1]) << 10 if peak else 0


def _attempt_file(target: Target, place: Path, number: int, rng: np.random.Generator) -> tuple[str, str, str]:
    if number < len(target.hostile):
        data = target.hostile[number]
    else:
        short = _short(target)
        data = drawn(short if short and rng.random() < 0.3 else target.samples, rng)
    return *feed(target, data, place), repr(data[:200])


def _short(target: Target) -> tuple[bytes, ...]:
    """The hostile input that is quickly changed."""
    return tuple(data for data in target.hostile if len(data) < 100_000)


def _attempt_command(place: Path, number: int, rng: np.random.Generator) -> tuple[str, str, str]:
    words = arguments(rng, place)
    return *run_command(words), " ".join(map(ascii, words))


def limit_memory() -> None:
    """Let this process grow by MEMORY, where the system can do that."""
    try:
        import resource
    except ImportError:  # Windows
        return
    import psutil

    limit = psutil.Process().memory_info().vms + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, resource.getrlimit(resource.RLIMIT_AS)[1]))


def fuzz(name: str, inputs: int, first: int = 0) -> dict:
    """Try inputs on a target in a process of its own; a process that dies is a failure too."""
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.fuzz", "--work", name, str(first), str(inputs)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        return {"inputs": inputs, "failed": 1, "failures": [f"exit code {done.returncode}\n{done.stderr[-2000:]}"]}
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    """Print what came of the inputs, target by target; exit code 1 where anything failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=2000, help="for each reader; the command line gets a tenth")
    parser.add_argument("--first", type=int, default=0, help="number of the first input, from which it is drawn")
    parser.add_argument("--only", help="one target")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--work", nargs=3, metavar=("TARGET", "FIRST", "COUNT"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.work:
        print(json.dumps(work(chosen.work[0], int(chosen.work[1]), int(chosen.work[2]))))
        return
    found = {}
    for name in [chosen.only] if chosen.only else [*TARGETS, "commands"]:
        found[name] = fuzz(name, chosen.inputs // 10 if name == "commands" else chosen.inputs, chosen.first)
        print(name, {key: value for key, value in found[name].items() if key != "failures"})
        print("".join(f"\n{failure}\n" for failure in found[name]["failures"]), end="")
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=1) + "\n")
    sys.exit(any(result["failed"] for result in found.values()))


if __name__ == "__main__":
    main()
