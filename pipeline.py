"""The whole line: image -> normalise -> jitter -> crops -> encode -> pool -> cache -> folds -> boost -> fuse -> tables.

Each command below names the steps in that order. What only one command needs is imported there: extract needs no
LightGBM, cv and report need no PyTorch, and --help needs neither.
"""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import typer
from joblib import cpu_count

from featurize.cache import Gathered, find_stores, gather
from featurize.dataset import Dataset, Sample, read_dataset, read_labels
from featurize.protocol import Protocol, parse_crops
from featurize.store import Store, versions
from report.terminal import console, duration, plainly, progress

LIBRARIES = ("histoboost", "lightgbm", "numpy", "scikit-learn", "joblib")  # what a prediction may depend on

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False, help=(
    "Classify H&E histology images: deep descriptors of stain-normalised crops, decided by boosted trees. "
    "Try `demo` first; then `extract` your images and `cv` to cross-validate."))  # fmt: skip

Cache = Annotated[Path, typer.Option(help="Folder of the descriptor cache.")]
Jobs = Annotated[int, typer.Option(min=0, help="Images or models worked on at once; 0: one per core.")]
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
    data: Annotated[Path, typer.Option(help="Folder of class folders, the ICIAR 2018 layout, or a CSV.")] = Path(
        "data"
    ),
    encoders: Annotated[str, typer.Option(help="Networks, from the registry.")] = "resnet50,inception_v3,vgg16",
    crops: Annotated[
        str, typer.Option(help="Crop sizes in pixels after scaling: 400,650 or 400@0.5,1300@1.")
    ] = "400,650",
    scale: Annotated[float, typer.Option(help="Images are resampled by this first.")] = Protocol.scale,
    views: Annotated[int, typer.Option(min=1, help="Stain jitters per image.")] = Protocol.views,
    crops_per_view: Annotated[int, typer.Option(min=1, help="Random crops per view and size.")] = Protocol.crops,
    seed: Annotated[int, typer.Option(min=0, help="Every draw follows from this, the image's name and the view.")] = 13,
    weights: Annotated[str, typer.Option(help="auto (download), random (to try things out), or a folder.")] = "auto",
    device: Annotated[Literal["auto", "cpu", "cuda"], typer.Option(help="Where the networks run.")] = "auto",
    name: Annotated[str | None, typer.Option(help="Name of the data set in the cache; default: the folder's.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many images, taken from all classes.")] = None,
    cache: Cache = Path("cache"),
    jobs: Jobs = 0,
) -> None:
    """Describe every image by deep features and keep them in the cache; what is there already is skipped.

    The defaults are the protocol of Rakhlin et al. 2018. Interrupt at any time: the next run goes on.
    """
    from featurize.extract import extract as describe
    from featurize.extract import pending
    from featurize.prepare import classes_in_turn, prepare

    dataset = read_dataset(data)
    dataset = replace(dataset, name=name or dataset.name)
    variants = [(encoder.strip(), *pair) for encoder in encoders.split(",") for pair in parse_crops(crops, scale)]
    stores, engine = prepare(dataset, variants, weights, device, cache, crops=crops_per_view, views=views, seed=seed)
    jobs = jobs or (1 if engine.device == "cuda" else cpu_count())
    chosen = classes_in_turn(dataset)[:limit]
    _announce(dataset, chosen, stores, engine.device, jobs)
    todo = len(pending(chosen, stores))
    with progress("describing", todo) as advance:
        for number, described in enumerate(describe(chosen, stores, engine, jobs), start=1):
            advance()
            if described.status != "ok":
                console.print(
                    f"warning: {described.image}: {described.status}, so its stain is left as it is", markup=False
                )
            if number == 1:
                left = described.seconds * (todo - 1) / min(jobs, todo)
                console.print(f"the first image took {duration(described.seconds)}; about {duration(left)} left")
    console.print(f"done: {len(chosen)} images x {len(stores)} variants in {cache / dataset.name}")


@app.command()
@plainly
def cv(
    folds: Annotated[int, typer.Option(min=2, help="Parts that are held out in turn.")] = 10,
    seeds: Annotated[int, typer.Option(min=1, help="Models per fold that differ in their columns, averaged.")] = 5,
    groups: Annotated[
        Literal["patient", "none"] | None,
        typer.Option(help="Keep a patient's images in one fold (where patients are known), or ignore patients."),
    ] = None,
    name: Annotated[str | None, typer.Option(help="Data set in the cache, when there are several.")] = None,
    variants: Annotated[str, typer.Option(help="Only these, for example resnet50-400@0.5; default: all.")] = "",
    labels: Annotated[Path | None, typer.Option(help="CSV image,label[,patient] used instead of the cache's.")] = None,
    folds_file: Annotated[Path | None, typer.Option(help="CSV image,fold: use these folds.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the division into folds.")] = 13,
    max_bin: Annotated[int, typer.Option(min=2, help="Histogram bins; 255 is the paper's.")] = 63,
    positive: Positive = None,
    two_class: TwoClass = None,
    cache: Cache = Path("cache"),
    out: Results = Path("results"),
    jobs: Jobs = 0,
) -> None:
    """Cross-validate boosted trees on the cached descriptors; print the paper's tables and write results/NAME/."""
    from boost.crossval import collect, cross_validate
    from boost.ensemble import BoostSettings
    from boost.folds import check_folds, make_folds, read_folds, write_folds
    from boost.fusion import fuse
    from boost.table import predictions_table, write_table

    name, stores = find_stores(cache, name, [part.strip() for part in variants.split(",") if part.strip()])
    known = [entry.image for entry in next(iter(stores.values())).entries]
    gathered = gather(stores, read_labels(labels, known) if labels else None)
    patients = None if groups == "none" else gathered.patients
    fold = (
        read_folds(folds_file, gathered.images)
        if folds_file
        else make_folds(gathered.images, gathered.labels, patients, folds, seed)
    )
    check_folds(gathered.images, gathered.labels, patients, fold)
    _announce_cv(name, gathered, groups)
    settings = BoostSettings(seeds=seeds, max_bin=max_bin)
    numbers = np.array([gathered.classes.index(label) for label in gathered.labels])
    units = []
    with progress("boosting", len(stores) * len(np.unique(fold))) as advance:
        work = cross_validate(gathered.descriptors, numbers, len(gathered.classes), fold, settings, jobs or cpu_count())
        for unit in work:
            units.append(unit)
            advance()
    probabilities = collect(units, stores, fold)
    table = predictions_table(gathered.images, numbers, gathered.patients, fold, probabilities, gathered.classes)
    fused = fuse(table)
    folder = out / name
    write_folds(folder / "folds.csv", gathered.images, fold)
    write_table(folder / "predictions.csv", table)
    write_table(folder / "fused.csv", fused)
    _write_settings(folder / "settings.json", {
        "command": "cv", "name": name, "groups": groups or "patient", "folds": len(np.unique(fold)), "seed": seed,
        "folds_file": folds_file and folds_file.name, "labels": labels and labels.name, "images": len(gathered.images),
        "boost": asdict(settings), "positive": positive, "two_class": two_class, "versions": versions(LIBRARIES),
        "variants": {v: asdict(s.protocol) | {"key": s.protocol.key, "network": s.encoder} for v, s in stores.items()},
    })  # fmt: skip
    _show(folder, table, fused, positive, two_class)


@app.command()
@plainly
def report(
    predictions: Annotated[
        Path, typer.Argument(help="predictions.csv of cv, or image,label,fold,predicted,p_carcinoma.")
    ],
    positive: Positive = None,
    two_class: TwoClass = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write to; default: results/ and the file's name.")] = None,
) -> None:
    """Make the tables and figures from a file of out-of-fold predictions alone."""
    from boost.fusion import FUSION, fuse
    from report.predictions import read_predictions
    from report.published import is_published, read_published
    from report.write import write_report

    name = predictions.resolve().parent.name if predictions.stem == "predictions" else predictions.stem
    folder = out or Path("results") / name
    if is_published(predictions):
        for group in write_report(folder, read_published(predictions, _classes(positive), two_class)):
            console.print(group)
        return
    table = read_predictions(predictions)
    _show(folder, table, table if set(table["model"]) == {FUSION} else fuse(table), positive, two_class)


@app.command()
@plainly
def demo(
    weights: Annotated[str, typer.Option(help="random, auto (download), or a folder.")] = "random",
    out: Results = Path("results"),
    cache: Cache = Path("cache"),
    jobs: Jobs = 0,
) -> None:
    """Run the whole line on synthetic H&E fields; needs no data and no network, takes a minute or two."""
    from featurize.phantom import phantoms, write_phantoms

    with console.status("drawing 48 synthetic H&E fields of 6 patients"):
        manifest = write_phantoms(out / "demo" / "images", phantoms(per_class=12, patients=6))
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


def _announce(dataset: Dataset, chosen: list[Sample], stores: list[Store], device: str, jobs: int) -> None:
    """What extract is about to do: images, variants, crops, disk."""
    lacking = {sample.name for sample in chosen}
    todo = [
        sum(not done for image, done in zip(store.rows, store.done, strict=True) if image in lacking)
        for store in stores
    ]
    crops = sum(n * store.protocol.views * store.protocol.crops for n, store in zip(todo, stores, strict=True))
    size = sum(store.path.stat().st_size for store in stores)
    counts = ", ".join(f"{sum(s.label == label for s in dataset.samples)} {label}" for label in dataset.classes)
    patients = len({sample.patient for sample in dataset.samples} - {""})
    console.print(f"{dataset.name}: {len(dataset.samples)} images ({counts}), {patients or 'no'} known patients")
    for count, store in zip(todo, stores, strict=True):
        left = f"{count} of {len(chosen)} images to do" if count else "all done, skipped"
        console.print(f"  {store.protocol.variant}  weights {store.encoder['file']}  {left}", highlight=False)
    console.print(f"{crops:,} crops to encode on {device} with {jobs} workers; {size / 2**20:,.1f} MiB on disk")


def _announce_cv(name: str, gathered: Gathered, groups: str | None) -> None:
    """What cv learns from, and who is kept together."""
    patients = [patient for patient in gathered.patients if patient]
    console.print(f"{name}: {len(gathered.images)} images, {len(gathered.descriptors)} variants: "
                  f"{', '.join(gathered.descriptors)}")  # fmt: skip
    if gathered.left_out:
        console.print(
            f"warning: {gathered.left_out} images have no descriptors yet and are left out; extract adds them"
        )
    if groups == "none" or not patients:
        why = "patients are ignored as asked" if patients else "no patients are known"
        console.print(f"warning: {why}; if a patient has several images, these numbers are too good")
    else:
        alone = len(gathered.images) - len(patients)
        console.print(f"the images of each of {len(set(patients))} patients share a fold"
                      + (f"; {alone} images of unknown patients stand alone" if alone else ""))  # fmt: skip


def _show(folder: Path, table: Any, fused: Any, positive: str | None, two_class: str | None) -> None:
    """Write the tables and figures of a predictions table and print them."""
    from report.answers import answers_by_model, answers_of
    from report.write import write_report

    wanted = _classes(positive)
    fusion = answers_of(fused, wanted, two_class)
    for group in write_report(folder, fusion, answers_by_model(table, wanted, two_class)):
        console.print(group)
    console.print(f"written to {folder}")


def _classes(positive: str | None) -> list[str] | None:
    return [part.strip() for part in positive.split(",")] if positive else None


def _write_settings(path: Path, settings: dict) -> None:
    path.write_text(json.dumps(settings, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    app()
