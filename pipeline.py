"""The whole line: image -> normalise -> jitter -> crops -> encode -> pool -> cache -> folds -> boost -> fuse -> tables.

Each command below names the steps in that order. What only one command needs is imported there: extract needs no
LightGBM, cv and report need no PyTorch, and --help needs neither.
"""

import hashlib
import json
import platform
from dataclasses import asdict, replace
from itertools import product
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import typer
from joblib import cpu_count
from rich.table import Table

from boost.settings import BoostSettings
from featurize.cache import Gathered, find_stores, gather
from featurize.dataset import read_dataset, read_labels
from featurize.encoders import ENCODERS
from featurize.protocol import MODES, PRESETS, Protocol, parse_crops
from featurize.store import Store, versions
from report.terminal import console, duration, plainly, track

LIBRARIES = ("histoboost", "lightgbm", "numpy", "pandas", "scikit-learn", "joblib")  # what a prediction may depend on

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False, help=(
    "Classify H&E histology images: deep descriptors of stain-normalised crops, decided by boosted trees. "
    "Try `demo` first; then `extract` your images and `cv` to cross-validate."))  # fmt: skip

Cache = Annotated[Path, typer.Option(help="Folder of the descriptor cache.")]
Jobs = Annotated[int, typer.Option(min=0, help="Images or models worked on at once; 0: one per core (GPU).")]
Results = Annotated[Path, typer.Option(help="Folder that gets a folder of results per data set.")]
Positive = Annotated[
    str | None,
    typer.Option(help="Classes that count as positive in the two-class task, for example insitu,invasive."),
]
TwoClass = Annotated[
    Literal["max", "sum"] | None,
    typer.Option(help="Two-class score: the paper's maximum per side, or the sum. Default: max for ICIAR 2018."),
]


@app.command()
@plainly
def extract(
    data: Annotated[
        Path,
        typer.Option(
            help="Folder of class folders (and a patients.csv), the ICIAR 2018 layout, or a CSV image,label,patient."
        ),
    ] = Path("data"),
    encoders: Annotated[str, typer.Option(help=f"Networks, of {', '.join(ENCODERS)}.")] = "resnet50,inception_v3,vgg16",
    crops: Annotated[
        str, typer.Option(help="Crop sizes in pixels after scaling: 400,650 or 400@0.5,1300@1.")
    ] = "400,650",
    scale: Annotated[float, typer.Option(help="Images are resampled by this first.")] = Protocol.scale,
    preset: Annotated[Literal["paper", "fast", "draft"], typer.Option(help="Views and crops per view.")] = "paper",
    views: Annotated[int | None, typer.Option(min=1, help="Stain jitters per image; default: the preset's.")] = None,
    crops_per_view: Annotated[int | None, typer.Option(min=1, help="Random crops per view and size; likewise.")] = None,
    mode: Annotated[
        Literal["exact", "dense"],
        typer.Option(help="Encode each crop, or (ten times faster, other descriptors) each view once."),
    ] = "exact",
    precision: Annotated[
        Literal["float32", "bfloat16"] | None, typer.Option(help="Default: float32 on a CPU, bfloat16 on a GPU.")
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, help="Every draw follows from this, the image's name and the view.")
    ] = Protocol.seed,
    weights: Annotated[str, typer.Option(help="auto (download), random (to try things out), or a folder.")] = "auto",
    device: Annotated[Literal["auto", "cpu", "cuda"], typer.Option(help="Where the networks run.")] = "auto",
    name: Annotated[str | None, typer.Option(help="Name of the data set in the cache; default: the folder's.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many images, taken from all classes.")] = None,
    max_memory: Annotated[float | None, typer.Option(min=0, help="GiB for all workers; default: what is free.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only estimate work, disk and time, per preset.")] = False,
    cache: Cache = Path("cache"),
    jobs: Jobs = 0,
) -> None:
    """Describe every image by deep features and keep them in the cache; what is there already is skipped.

    The defaults are the protocol of Rakhlin et al. 2018. Interrupt at any time: the next run goes on.
    """
    from featurize.estimate import affordable, cost_of
    from featurize.extract import extract as describe
    from featurize.extract import pending, progress_of, workers
    from featurize.prepare import classes_in_turn, prepare

    dataset = read_dataset(data)
    dataset = replace(dataset, name=name or dataset.name)
    variants = [(encoder.strip(), *pair) for encoder in encoders.split(",") for pair in parse_crops(crops, scale)]
    counts = {"views": views or PRESETS[preset][0], "crops": crops_per_view or PRESETS[preset][1]}
    with console.status(f"checking {len(dataset.samples)} images and the weights"):
        prepared = prepare(dataset, variants, weights, device, **counts, mode=mode, precision=precision, seed=seed)
    chosen = classes_in_turn(dataset)[:limit]
    sizes = prepared.sizes(chosen)
    jobs = affordable(workers(prepared.engine, jobs), prepared.protocols, sizes, max_memory)
    if dry_run:
        return _estimate(prepared, sizes, jobs)
    console.print(dataset.summary(), markup=False)
    stores = prepared.open_stores(cache)
    for store in stores:
        console.print(f"  {progress_of(store, chosen)}", markup=False)
    left = pending(chosen, stores)
    crops = sum(store.protocol.views * store.protocol.crops for _, lacking in left for store in lacking)
    disk = cost_of(prepared.protocols, sizes).disk / 2**20
    console.print(f"{crops:,} crops to do on {prepared.engine.device} with {jobs} workers; {disk:,.1f} MiB on disk")
    todo = len(left)
    for number, described in enumerate(track("describing", describe(chosen, stores, prepared.engine, jobs), todo)):
        if described.status != "ok":
            console.print(f"warning: {described.image}: {described.status}, its stain is left as it is", markup=False)
        if number == 0 and todo > 1:
            rest = duration(described.seconds * (todo - 1) / min(jobs, todo))
            console.print(f"the first image took {described.seconds:.1f} s; about {rest} left")
    console.print(f"done: {len(chosen)} images x {len(stores)} variants in {cache / dataset.name}")


@app.command()
@plainly
def cv(
    folds: Annotated[int, typer.Option(min=2, help="Parts that are held out in turn.")] = 10,
    seeds: Annotated[
        int, typer.Option(min=1, help="Models per fold that differ in their columns, averaged.")
    ] = BoostSettings.seeds,
    groups: Annotated[
        Literal["patient", "none"] | None,
        typer.Option(help="Keep a patient's images in one fold (where patients are known), or ignore patients."),
    ] = None,
    name: Annotated[str | None, typer.Option(help="Data set in the cache, when there are several.")] = None,
    variants: Annotated[str, typer.Option(help="Only these, for example resnet50-400@0.5; default: all.")] = "",
    labels: Annotated[Path | None, typer.Option(help="CSV image,label[,patient] used instead of the cache's.")] = None,
    folds_file: Annotated[Path | None, typer.Option(help="CSV image,fold: use these folds.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the division into folds.")] = 13,
    max_bin: Annotated[
        int, typer.Option(min=2, max=65535, help="Histogram bins; 255 is the paper's.")
    ] = BoostSettings.max_bin,
    positive: Positive = None,
    two_class: TwoClass = None,
    cache: Cache = Path("cache"),
    out: Results = Path("results"),
    jobs: Jobs = 0,
) -> None:
    """Cross-validate boosted trees on the cached descriptors; print the paper's tables and write results/NAME/."""
    from boost.crossval import collect, cross_validate
    from boost.fusion import fuse
    from boost.table import predictions_table
    from report.answers import answers_by_model, answers_of
    from report.twoclass import checked_positive

    name, stores = find_stores(cache, name, _names(variants) or [])
    gathered = _gathered(stores, labels)
    if positive:
        checked_positive(gathered.classes, _names(positive) or [])
    fold = _folds(gathered, groups, folds, folds_file, seed)
    console.print(f"{name}: {gathered.summary(patients=groups != 'none')}", markup=False)
    settings = BoostSettings(seeds=seeds, max_bin=max_bin)
    numbers = np.array([gathered.classes.index(label) for label in gathered.labels])
    work = cross_validate(gathered.descriptors, numbers, len(gathered.classes), fold, settings, jobs or cpu_count())
    units = list(track("boosting", work, len(stores) * len(np.unique(fold))))
    probabilities = collect(units, stores, fold)
    table = predictions_table(gathered.images, numbers, gathered.patients, fold, probabilities, gathered.classes)
    fused = fuse(table)
    fusion = answers_of(fused, _names(positive), two_class)
    chosen = {
        "name": name, "groups": groups or "patient", "known patients": len(set(gathered.patients) - {""}),
        "images": len(gathered.images), "folds": len(np.unique(fold)), "seed": seed, "boost": asdict(settings),
        "folds_file": _file_facts(folds_file), "labels": _file_facts(labels), "cache": str(cache),
        "positive": fusion.positive, "two_class": fusion.rule if fusion.positive else None,
    }  # fmt: skip
    _save(out / name, gathered, fold, table, fused, _settings(chosen, stores))
    _show(out / name, fusion, answers_by_model(table, _names(positive), two_class))


@app.command()
@plainly
def report(
    predictions: Annotated[
        Path, typer.Argument(help="predictions.csv of cv, or image,label,fold,predicted,p_carcinoma.")
    ],
    positive: Positive = None,
    two_class: TwoClass = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write to; default: results/FOLDER-FILE.")] = None,
) -> None:
    """Make the tables and figures from a file of out-of-fold predictions alone."""
    from boost.fusion import FUSION, fuse
    from report.answers import answers_by_model, answers_of
    from report.predictions import read_predictions
    from report.published import is_published, read_published

    folder = out or Path("results") / f"{predictions.resolve().parent.name}-{predictions.stem}"
    wanted = _names(positive)
    if is_published(predictions):
        return _show(folder, read_published(predictions, wanted, two_class))
    table = read_predictions(predictions)
    fused = table if set(table["model"]) == {FUSION} else fuse(table)
    _show(folder, answers_of(fused, wanted, two_class), answers_by_model(table, wanted, two_class))


@app.command()
@plainly
def demo(
    weights: Annotated[str, typer.Option(help="random, auto (download), or a folder.")] = "random",
    out: Results = Path("results"),
    jobs: Jobs = 0,
) -> None:
    """Run the whole line on synthetic H&E fields; needs no data and no network, takes a minute or so."""
    from featurize.phantom import phantoms, write_phantoms

    folder = out / "demo"
    with console.status("drawing 48 synthetic H&E fields of 6 patients"):
        manifest = write_phantoms(folder / "images", phantoms(per_class=12, patients=6))
    cache = folder / "cache" / Path(weights).name  # of its own, so that it never stands in the way of real work
    extract(manifest, encoders="squeezenet1_1", crops="160,256", scale=1.0, views=6, crops_per_view=6,
            weights=weights, name="demo", cache=cache, jobs=jobs)  # fmt: skip
    cv(folds=6, name="demo", cache=cache, out=out, jobs=jobs)
    console.print(
        "The encoder's weights are random, so the descriptors are those of an untrained network: these numbers show "
        "that the line works, not how well it does."
        if weights == "random"
        else "The encoder's weights were trained on ImageNet, but the fields are synthetic: these numbers say nothing "
        "about real tissue."
    )


def _estimate(prepared: Any, sizes: list[tuple[int, int]], jobs: int) -> None:
    """The work, disk and time of these images under each preset and mode, from a calibration on this machine."""
    from featurize.estimate import calibrate, cost_of

    with console.status("measuring this machine for ten seconds"):
        speed = calibrate(prepared.protocols, prepared.engine)
    title = f"{len(sizes)} images, {len(prepared.protocols)} variants, {jobs} workers on {prepared.engine.device}"
    table = Table("preset", "mode", "views", "crops/view", "crops", "encoded", "disk", "time", box=None, title=title)
    for preset, mode in product(PRESETS, MODES):
        views, crops = PRESETS[preset]
        cost = cost_of([replace(p, views=views, crops=crops, mode=mode) for p in prepared.protocols], sizes)
        work = f"{sum(cost.encoded.values()):,.0f} Mpx", f"{cost.disk / 2**20:,.0f} MiB"
        time = duration(cost.seconds(speed, jobs))
        table.add_row(preset, mode, str(views), str(crops), f"{cost.crops:,}", *work, time)
    console.print(table)
    console.print("estimates from a short calibration; nothing was written")


def _gathered(stores: dict[str, Store], labels: Path | None) -> Gathered:
    """The cached images with their labels, or those of a table; says what is left out."""
    known = [entry.image for entry in next(iter(stores.values())).entries]
    given = read_labels(labels, known) if labels else None
    if given is not None and len(given) < len(known):
        console.print(
            f"warning: {labels} names {len(given)} of the {len(known)} images in the cache; the rest is left out"
        )
    gathered = gather(stores, given)
    if gathered.left_out:
        console.print(
            f"warning: {gathered.left_out} images have no descriptors yet and are left out; extract adds them"
        )
    return gathered


def _folds(gathered: Gathered, groups: str | None, folds: int, given: Path | None, seed: int) -> np.ndarray:
    """The fold of each image, made or given; a split patient is refused unless patients are to be ignored."""
    from boost.folds import check_folds, make_folds, read_folds

    patients = None if groups == "none" else gathered.patients
    if given is None:
        return make_folds(gathered.images, gathered.labels, patients, folds, seed)
    fold = read_folds(given, gathered.images)
    check_folds(gathered.images, gathered.labels, patients, fold)
    return fold


def _show(folder: Path, fusion: Any, variants: Any = None) -> None:
    """Write the tables and figures of some answers, and of the variants behind them, and print them."""
    from report.write import write_report

    for group in write_report(folder, fusion, variants):
        console.print(group)
    console.print(f"written to {folder}")


def _save(folder: Path, gathered: Gathered, fold: np.ndarray, table: Any, fused: Any, settings: dict) -> None:
    """Write the predictions, once all of them are there."""
    from boost.folds import write_folds
    from boost.table import write_table
    from report.write import replace_file

    write_folds(folder / "folds.csv", gathered.images, fold)
    write_table(folder / "predictions.csv", table)
    write_table(folder / "fused.csv", fused)
    replace_file(folder / "settings.json", (json.dumps(settings, indent=1, sort_keys=True) + "\n").encode())


def _settings(chosen: dict, stores: dict[str, Store]) -> dict:
    """Everything that is needed to run a cross-validation again."""
    variants = {name: store.facts() for name, store in stores.items()}
    machine = {"platform": platform.platform(), "python": platform.python_version()}
    return {"command": "cv", **chosen, "variants": variants, "versions": versions(LIBRARIES) | machine}


def _file_facts(path: Path | None) -> dict | None:
    return path and {"file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


def _names(text: str | None) -> list[str] | None:
    return [part.strip() for part in text.split(",") if part.strip()] if text else None


if __name__ == "__main__":
    app()
