"""The whole line: image -> normalise -> jitter -> crops -> encode -> pool -> cache -> folds -> boost -> fuse -> tables.

The commands extract and cv below name the steps in that order; the others stand in commands/. What only one command
needs is imported there: extract needs no LightGBM, cv and report need no PyTorch, and --help needs neither.
"""

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import typer
from joblib import cpu_count

from boost.settings import FOLD_SEED, BoostSettings
from boost.settings import PRESETS as BOOST_PRESETS
from cohort.files.lock import writing
from cohort.read_dataset import read_dataset
from commands import options
from commands.cache import app as cache_app
from commands.cluster.dask import for_extract, machines
from commands.compare import compare
from commands.doctor import doctor
from commands.fit import fit
from commands.options import names
from commands.predict import predict_command
from commands.report import report
from commands.terminal import console, duration, plainly, show_report, tell_skipped, track, warn
from featurize.protocol import PRESETS, Protocol, parse_crops
from featurize.store.gather import find_stores, folder_of, require_same
from featurize.store.image_index import known_image_info, require_unchanged

if TYPE_CHECKING:
    from featurize.extract import Described

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False, help=(
    "Classify H&E histology images: deep descriptors of stain-normalised crops, decided by boosted trees. "
    "Try `demo` first; then `extract` your images and `cv` to cross-validate."))  # fmt: skip


@app.command()
@plainly
def extract(
    data: options.Data = Path("data"),
    encoders: options.Encoders = "resnet50,inception_v3,vgg16",
    crops: options.Crops = "400,650",
    scale: options.Scale = Protocol.scale,
    preset: options.Preset = "paper",
    views: options.Views = None,
    crops_per_view: options.CropsPerView = None,
    mode: options.Mode = "exact",
    precision: options.Precision = None,
    seed: options.Seed = Protocol.seed,
    weights: options.Weights = "auto",
    offline: options.Offline = False,
    device: options.Device = "auto",
    name: options.NewName = None,
    limit: options.Limit = None,
    on_error: options.OnError = "stop",
    max_memory: options.MaxMemory = None,
    dry_run: options.DryRun = False,
    cache: options.Cache = Path("cache"),
    out: options.Results = Path("results"),
    jobs: options.Jobs = 0,
    cluster: options.Cluster = None,
) -> None:
    """Describe every image by deep features and keep them in the cache; what is there already is skipped.

    The defaults are the protocol of Rakhlin et al. 2018. Interrupt at any time: the next run goes on.
    """
    from commands.dry_run import show_estimate
    from featurize.cost import affordable, cost_of
    from featurize.extract import extract as describe
    from featurize.extract import pending, progress_of, workers
    from featurize.plan import classes_in_turn, plan_extraction

    dataset = read_dataset(data)
    dataset = replace(dataset, name=name or dataset.name)
    variants = [(encoder.strip(), *pair) for encoder in encoders.split(",") for pair in parse_crops(crops, scale)]
    counts = {"views": views or PRESETS[preset][0], "crops": crops_per_view or PRESETS[preset][1]}
    protocol = counts | {"mode": mode, "precision": precision, "seed": seed}
    away, skip, folder = cluster not in (None, "local"), on_error == "skip", folder_of(cache, dataset.name)
    with console.status(f"checking {len(dataset.samples)} images and the weights"):
        prepared = plan_extraction(
            dataset, variants, weights, device, away, offline, skip, known_image_info(folder), **protocol
        )
    dataset = prepared.dataset
    chosen = classes_in_turn(dataset)[:limit]
    sizes, engine = prepared.sizes(chosen), prepared.pool
    if not away:
        jobs = affordable(workers(engine, jobs), prepared.protocols, sizes, max_memory)
    if dry_run:
        return show_estimate(prepared, sizes, jobs)
    console.print("\n".join([dataset.summary(), *(f"warning: {text}" for text in prepared.warnings)]), markup=False)
    with writing(folder):
        stores = prepared.open_stores(cache)
        for store in stores:
            console.print(f"  {progress_of(store, chosen)}", markup=False)
            if store.dropped:
                console.print(f"    {len(store.dropped)} damaged rows are made again", markup=False)
        left = pending(chosen, stores)
        if left:
            with machines(cluster, jobs) as there:
                jobs, send = for_extract(there, engine, left[0][0].path) if there else (jobs, False)
                _tell_work(left, engine.device, jobs, cost_of(prepared.protocols, sizes).disk)
                work = describe(chosen, stores, engine, jobs, send)
                for number, described in enumerate(track("describing", work, len(left))):
                    _tell_image(described, first=number == 0, rest=len(left) - 1, jobs=jobs)
    console.print(f"done: {len(chosen)} images x {len(stores)} variants in {folder}", markup=False)
    tell_skipped(out / dataset.name / "skipped.csv", prepared.refused)


@app.command()
@plainly
def cv(
    folds: options.Folds = 10,
    seeds: options.Seeds = BoostSettings.seeds,
    groups: options.Groups = None,
    unknown_patients: options.UnknownPatients = "own",
    name: options.Name = None,
    variants: options.Variants = "",
    labels: options.Labels = None,
    folds_file: options.FoldsFile = None,
    seed: options.FoldSeed = FOLD_SEED,
    preset: options.Trees = "fast",
    positive: options.Positive = None,
    two_class: options.TwoClass = None,
    learning_curve: options.LearningCurve = False,
    cache: options.Cache = Path("cache"),
    out: options.Results = Path("results"),
    jobs: options.Jobs = 0,
    cluster: options.Cluster = None,
) -> None:
    """Cross-validate boosted trees on the cached descriptors; print the paper's tables and write results/NAME/."""
    from boost.crossval import collect, cross_validate
    from boost.fusion import fuse
    from cohort.folds import held_out_folds
    from cohort.predictions import predictions_table
    from report.binary import checked_positive
    from report.out_of_fold import out_of_fold_by_model, out_of_fold_of
    from workflow.cohort_from_cache import descriptors_of, folds_of, gathered_from, unknown_patient_warnings
    from workflow.run_folder import file_facts, files_of, read_settings, report_on, save, settings_of
    from workflow.train_on_fewer import learned, learning_parts

    name, stores = find_stores(cache, name, names(variants) or [])
    gathered, warnings = gathered_from(stores, labels)
    warn(warnings)
    unseen = require_unchanged(cache / name, stores.values(), gathered.images)
    if unseen:
        console.print(f"{unseen} image files are not where they were: whether they have changed is not known")
    if positive:
        checked_positive(gathered.classes, names(positive) or [])
    fold = folds_of(gathered, groups, folds, folds_file, seed, unknown_patients)
    console.print(f"{name}: {gathered.summary(groups != 'none', alone=unknown_patients == 'own')}", markup=False)
    warn(unknown_patient_warnings(gathered, fold, unknown_patients))
    settings = replace(BOOST_PRESETS[preset], seeds=seeds)
    parts = learning_parts(gathered, fold, seed, settings) if learning_curve else []
    numbers = np.array([gathered.classes.index(label) for label in gathered.labels])
    jobs = jobs or cpu_count()
    described = descriptors_of(gathered, stores)
    kept = cache / name / "answers"
    with writing(out / name), machines(cluster, jobs):
        work = cross_validate(described, numbers, len(gathered.classes), fold, settings, jobs, kept)
        units = list(track("boosting", work, len(stores) * len(held_out_folds(fold))))
        smaller = learned(gathered, described, numbers, fold, parts, settings, jobs, kept, track) if parts else None
    require_same(stores)
    probabilities = collect(units, stores, fold)
    table = predictions_table(gathered.images, numbers, gathered.patients, fold, probabilities, gathered.classes)
    table = table[table["fold"].isin(held_out_folds(fold))]  # there are no answers to what is trained on only
    fused = fuse(table)
    fusion = out_of_fold_of(fused, names(positive), two_class)
    chosen = {
        "name": name, "groups": groups or "patient", "known patients": len(set(gathered.patients) - {""}),
        "images": len(gathered.images), "folds": len(held_out_folds(fold)), "seed": seed, "boost": asdict(settings),
        "folds_file": file_facts(folds_file), "labels": file_facts(labels), "cache": str(cache),
        "positive": fusion.positive, "two_class": fusion.rule if fusion.positive else None,
        "unknown_patients": unknown_patients, "learning_curve": learning_curve,
    }  # fmt: skip
    files = files_of(gathered.images, stores, cache / name).assign(fold=fold)
    save(out / name, gathered, fold, table, fused, files, settings_of(chosen, stores), smaller)
    answered = out_of_fold_by_model(table, names(positive), two_class)
    show_report(report_on(out / name, fusion, answered, files, smaller, read_settings(out / name)), out / name)


app.command()(report)
app.command()(compare)
app.command()(fit)
app.command("predict")(predict_command)
app.command()(doctor)
app.add_typer(cache_app, name="cache")


@app.command()
@plainly
def demo(
    weights: options.Weights = "random",
    out: options.Results = Path("results"),
    jobs: options.Jobs = 0,
) -> None:
    """Run the whole line on synthetic H&E fields; needs no data and no network, takes a minute or so."""
    from cohort.phantom_cohort import write_phantoms
    from imaging.phantom import phantoms

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


def _tell_work(left: list, device: str, jobs: int, disk: int) -> None:
    """What is about to be done, in a line."""
    crops = sum(store.protocol.views * store.protocol.crops for _, lacking in left for store in lacking)
    console.print(f"{crops:,} crops to do on {device} with {jobs} workers; {disk / 2**20:,.1f} MiB on disk")


def _tell_image(described: "Described", first: bool, rest: int, jobs: int) -> None:
    """What is worth saying of an image that is done: a stain that was left alone, and after the first the time left."""
    if described.status != "ok":
        console.print(f"warning: {described.image}: {described.status}, its stain is left as it is", markup=False)
    if first and rest:
        left = duration(described.seconds * rest / min(jobs, rest + 1))
        console.print(f"the first image took {described.seconds:.1f} s; about {left} left")


if __name__ == "__main__":
    app()
