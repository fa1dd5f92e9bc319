"""The command fit: the models of a cross-validation become one file that answers for new images."""

from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
import typer
from joblib import cpu_count

from boost.settings import FOLD_SEED, PRESETS, BoostError, BoostSettings
from cohort.files.lock import writing
from commands import options
from commands.options import names
from commands.terminal import console, plainly, track, warn
from featurize.store.gather import find_stores, require_same
from featurize.store.image_index import require_unchanged
from workflow.compatibility import stain_facts

if TYPE_CHECKING:
    from boost.bundle.decision import OperatingPoint
    from report.out_of_fold import OutOfFold

AIMS = {
    "sensitive": "sensitivity ≥ 95 %",
    "youden": "Youden",
    "half": "the likelier side",
}  # as report.measures.thresholds has them

BundleName = Annotated[str | None, typer.Option(help="Name of the bundle, MODELS/NAME.zip; default: the data set's.")]
DataSet = Annotated[
    str | None, typer.Option(help="Data set in the cache; default: the one called NAME, or the only one.")
]
Models = Annotated[Path, typer.Option(help="Folder of the bundles.")]
Aim = Annotated[
    Literal["sensitive", "youden", "half"],
    typer.Option(help="Operating point: sensitivity of 95 % or more, the largest sensitivity + specificity, or 0.5."),
]


@plainly
def fit(
    name: BundleName = None,
    data_set: DataSet = None,
    folds: options.Folds = 10,
    seeds: options.Seeds = BoostSettings.seeds,
    groups: options.Groups = None,
    unknown_patients: options.UnknownPatients = "own",
    variants: options.Variants = "",
    labels: options.Labels = None,
    folds_file: options.FoldsFile = None,
    seed: options.FoldSeed = FOLD_SEED,
    preset: options.Trees = "fast",
    positive: options.Positive = None,
    two_class: options.TwoClass = None,
    aim: Aim = "sensitive",
    cache: options.Cache = Path("cache"),
    models: Models = Path("models"),
    jobs: options.Jobs = 0,
) -> None:
    """Keep the models of all folds, seeds and variants as one file, models/NAME.zip, for `predict`.

    The models are those of cv under the same options; what was trained before an interruption is not trained again.
    """
    from boost.bundle.bundle import write_bundle
    from boost.bundle.decision import DecisionRule
    from boost.crossval import HeldOut, collect
    from boost.fusion import fuse
    from boost.model_cache import cached_models, fit_models, model_caches, views_of
    from boost.uncertainty.adaptive_views import usual_spread
    from boost.uncertainty.out_of_distribution import fit_out_of_distribution
    from cohort.folds import groups_of, held_out_folds
    from cohort.predictions import predictions_table
    from featurize.store.store import versions
    from report.binary import checked_positive
    from report.out_of_fold import out_of_fold_of
    from workflow.cohort_from_cache import descriptors_of, folds_of, gathered_from, unknown_patient_warnings
    from workflow.model_card import card
    from workflow.run_folder import LIBRARIES, file_facts, files_of

    data_set, stores = find_stores(cache, data_set or _data_set(cache, name), names(variants) or [])
    path = _bundle_path(models, name or data_set)
    gathered, warnings = gathered_from(stores, labels)
    warn(warnings)
    require_unchanged(cache / data_set, stores.values(), gathered.images)
    if positive:
        checked_positive(gathered.classes, names(positive) or [])
    fold = folds_of(gathered, groups, folds, folds_file, seed, unknown_patients)
    console.print(f"{data_set}: {gathered.summary(groups != 'none', alone=unknown_patients == 'own')}", markup=False)
    warn(unknown_patient_warnings(gathered, fold, unknown_patients))
    held_out, settings = held_out_folds(fold), replace(PRESETS[preset], seeds=seeds)
    numbers = np.array([gathered.classes.index(label) for label in gathered.labels])  # (image,)
    described = descriptors_of(gathered, stores)
    kept = model_caches(described, numbers, len(gathered.classes), fold, settings, cache / data_set)
    with writing(models, path.stem):
        work = fit_models(described, numbers, len(gathered.classes), fold, settings, kept, jobs or cpu_count())
        units = list(track("fitting", work, len(stores) * len(held_out)))
        require_same(stores)
        said = collect([HeldOut(unit.variant, unit.fold, unit.probabilities) for unit in units], stores, fold)
        table = predictions_table(gathered.images, numbers, gathered.patients, fold, said, gathered.classes)
        table = table[table["fold"].isin(held_out)]  # there are no answers to what is trained on only
        fusion = out_of_fold_of(fuse(table), names(positive), two_class)
        facts = {
            "name": path.stem,
            "data set": data_set,
            "counts": {label: gathered.labels.count(label) for label in gathered.classes},
            "patients": len(set(gathered.patients) - {""}),
            "folds": held_out,
            "groups": groups or "patient",
            "unknown patients": unknown_patients,
            "chosen": {"seed": seed, "folds file": file_facts(folds_file), "labels": file_facts(labels)},
            "boost": asdict(settings),
            "variants": {variant: store.facts() for variant, store in stores.items()},
            "stain": stain_facts(),
            "versions": versions(LIBRARIES),
        }
        with console.status(f"writing {path}"):
            answers, point = np.asarray(fusion.probabilities), operating_point(fusion, aim)  # (image, class)
            spread = usual_spread(views_of(units))
            reading = DecisionRule.fit(fusion.classes, answers, fusion.codes, fusion.groups, spread, point)
            outliers = fit_out_of_distribution(described, groups_of(gathered.images, gathered.patients))
            files = files_of(gathered.images, stores, cache / data_set).assign(fold=fold)
            texts = cached_models(kept, held_out, settings.seeds)
            digests = dict(zip(files["image"], files["sha256"], strict=True))
            write_bundle(path, facts, texts, reading, outliers, table, digests, card(facts, fusion, reading, files))
    for models_of in kept.values():  # the bundle has them now
        rmtree(models_of.folder, ignore_errors=True)
        with suppress(OSError):  # another run's are still there
            models_of.folder.parent.rmdir()
    count = len(stores) * len(held_out) * settings.seeds
    console.print(f"{count} models in {path}, {path.stat().st_size / 2**20:.1f} MiB", markup=False)


def operating_point(fusion: "OutOfFold", aim: str) -> "OperatingPoint | None":
    """What counts as positive, and from which score on; None where there is no two-class task.

    The threshold is chosen on all out-of-fold answers; the report of cv says how much too good it looks on them.
    """
    from boost.bundle.decision import OperatingPoint
    from report.measures.thresholds import choose, why_not_two_class

    if fusion.positive is None or fusion.score is None or why_not_two_class(fusion):
        return None
    threshold = 0.5 if aim == "half" else choose(fusion.truth, fusion.score, AIMS[aim])
    return OperatingPoint(fusion.positive, fusion.rule, AIMS[aim], threshold)


def _data_set(cache: Path, name: str | None) -> str | None:
    """The data set that is called like the bundle; None, to be looked for, where there is none."""
    return name if name and any((cache / name).glob("*.h5")) else None


def _bundle_path(models: Path, name: str) -> Path:
    if name in ("", ".", "..") or Path(name).name != name:
        raise BoostError(f"a bundle cannot be named {name!r}: it becomes a file in {models}; give another --name")
    return models / f"{name}.zip"
