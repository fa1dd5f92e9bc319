"""What cv and report leave in results/: predictions, folds, settings, and the tables and figures made from them."""

import json
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Group
from threadpoolctl import threadpool_limits

from boost.heads.choices import HEADS
from boost.uncertainty.conformal import KINDS, MARGINAL
from cohort.files.atomic import write_whole
from cohort.files.csv_text import CsvText
from cohort.files.offenders import refuse, some
from cohort.folds_file import write_folds
from cohort.predictions import MAX_BYTES, write_table
from cohort.samples import Dataset
from featurize.store.image_index import known_image_info
from featurize.store.store import Store, versions
from imaging.errors import HistoboostError
from imaging.files.regular_file import FileTooLargeError, read_regular, sha256_of
from imaging.perceptual_hash import BLANK
from report.audited.extremes import extremes
from report.binary import POOLED, WITHIN_FOLDS
from report.choices.split_spread import splits_of
from report.evaluation import Evaluation
from report.first_look.short_report import short_report
from report.guess.plain_way import plain_way_of
from report.measures.learning_curve import learning_curve_points
from report.nested_answers import wrong_without
from report.out_of_fold import OutOfFold, out_of_fold_by_model
from report.page.figures import Format
from report.trained.training_history import TrainingHistory
from report.write import write_report
from workflow.audit.kept_audit import NO_AUDIT, KeptAudit
from workflow.evidence import evidence
from workflow.thumbnails import thumbnails
from workflow.training.heads_side_by_side import heads_compared, models_of_result
from workflow.training.tables_beside import BESIDE, CHOSEN, EPOCHS, FROZEN, LEARNED, NESTED, PLAIN, REPEATED, SEEDS
from workflow.what_happened import as_it_happened

LARGEST_SETTINGS, DEEPEST = 1 << 20, 12  # bytes, and objects within objects; those of a run have 10 kB and 4
FILE_FACTS = ("image", "sha256", "phash", "fold", "patient")
FILES = "images.csv"  # what is known of the image files, for the leak report
SETTINGS = "settings.json"  # what was asked of cv, and which software did it
LIBRARIES = ("histoboost", "lightgbm", "numpy", "pandas", "scikit-learn", "joblib")  # what a prediction may depend on


class RunError(HistoboostError):
    """A file beside the predictions of a run that cannot be used."""


def save(
    folder: Path,
    images: Sequence[str],
    fold: np.ndarray,
    table: pd.DataFrame,
    fused: pd.DataFrame,
    files: pd.DataFrame,
    settings: dict,
    beside: Mapping[str, pd.DataFrame],
) -> None:
    """Write the predictions, once all of them are there, what is needed to make them again, and the tables beside."""
    for name in BESIDE:  # those of an earlier run are not this one's
        (folder / name).unlink(missing_ok=True)
    write_table(folder / FILES, files)
    write_folds(folder / "folds.csv", images, fold)
    write_table(folder / "predictions.csv", table)
    write_table(folder / "fused.csv", fused)
    for name, further in beside.items():
        write_table(folder / name, further)
    write_whole(folder / SETTINGS, (json.dumps(settings, indent=1, sort_keys=True) + "\n").encode())


def read_settings(folder: Path) -> dict[str, Any] | None:
    """What `save` wrote of the settings into a folder, as it happened; None where it did not.

    The folder may be a stranger's: raises RunError for what no run writes.
    """
    path = folder / SETTINGS
    if not path.is_file():
        return None
    try:
        settings = json.loads(read_regular(path, LARGEST_SETTINGS))
        _require_settings(settings)
    except (FileTooLargeError, ValueError, RecursionError) as error:
        raise RunError(f"{path} is not what cv writes ({error}); get it again, or delete it") from error
    return as_it_happened(settings)


def _require_settings(settings: Any) -> None:
    """Raise ValueError unless these are settings that can be shown, with words where a report relies on them."""
    level = [settings]
    for _ in range(DEEPEST):
        below: list[Any] = []
        for value in level:
            below += value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
        level = below
    if not isinstance(settings, dict) or level:
        raise ValueError(f"settings are a JSON object of at most {DEEPEST} levels")
    words = {"auc": (WITHIN_FOLDS, POOLED), "sets": tuple(KINDS)}
    for key in ("name", "cache", *words):
        value = settings.get(key, "")
        if not isinstance(value, str) or (value and value not in words.get(key, (value,))):
            raise ValueError(f"{key} is {' or '.join(words.get(key, ('text',)))}")
    _require_lists(settings)


def _require_lists(settings: Mapping[str, Any]) -> None:
    """Raise ValueError unless the heads of a run are those of one choice, and lists and words are where they belong."""
    heads = settings.get("heads")
    if heads and heads not in [list(choice.members) for choice in HEADS.values()]:
        raise ValueError("heads are the members of one head, in their order")
    if not isinstance(settings.get("not_chosen_inside") or "", str):
        raise ValueError("not_chosen_inside is text")
    states = settings.get("image_states") or {}
    lists = list(states.values()) if isinstance(states, dict) else [None]
    if not all(isinstance(images, list) and all(isinstance(image, str) for image in images) for images in lists):
        raise ValueError("image_states are lists of images by state")


def read_files(path: Path) -> pd.DataFrame:
    """The table of image files that `save` wrote, `image` and what it has of `sha256,phash,fold,patient`, all text.

    Raises RunError.
    """
    table = CsvText(path, lambda column: column if column in FILE_FACTS else None, RunError, MAX_BYTES)
    if "image" not in table.positions:
        raise RunError(f"{path} has no column image; it has: {some(table.header, shown=20) or 'none'}; run cv again")
    files = pd.DataFrame(table.cells().columns, dtype=str)
    repeated = files["image"][files["image"].duplicated()].tolist()
    refuse(RunError, repeated, f"images are named twice in {path}; keep one row of each, or run cv again")
    return files


def auc_of_run(settings: Mapping[str, Any] | None) -> str:
    """How the AUC of a run is taken; within folds where its settings do not say."""
    return str((settings or {}).get("auc") or WITHIN_FOLDS)


def files_of(images: Sequence[str], stores: Mapping[str, Store], folder: Path) -> pd.DataFrame:
    """Content and look of each image file, `image,sha256,phash`, as stores and the catalogue beside them know them."""
    contents = {entry.image: entry.sha256 for store in stores.values() for entry in store.entries}
    known = known_image_info(folder)
    same = {image for image in images if image in known and known[image].sha256 == contents[image]}
    looks = [known[image].phash if image in same and known[image].phash != BLANK else "" for image in images]
    return pd.DataFrame({"image": list(images), "sha256": [contents[image] for image in images], "phash": looks})


def report_on(
    folder: Path,
    fusion: OutOfFold,
    table: pd.DataFrame | None = None,
    files: pd.DataFrame | None = None,
    beside: Mapping[str, pd.DataFrame] | None = None,
    settings: Mapping[str, Any] | None = None,
    data: Path | Dataset | None = None,
    figures: Format = "png",
    by_patient: bool = False,
    from_cache: bool = False,
    raw: bool = False,
    audit: KeptAudit = NO_AUDIT,
    brief: bool = False,
) -> list[Group]:
    """Write the tables and figures of some predictions, and of the models behind them in `table`; what to print.

    What needs the probabilities of all classes, calibration and prediction sets, is made here, out-of-fold.
    The `settings` say of which kind the sets are. Thumbnails are of the images in `data`, or, with `from_cache`, of
    those that the `settings` lead to: only for a run of one's own, or when somebody asks for it. Texts in table.csv are
    as they may stand in a spreadsheet, unless they are wanted raw. What to print is the result alone where it is to be
    `brief`, else all tables that a terminal has room for.
    """
    beside = beside or {}
    learning, nested, splits = beside.get(LEARNED), beside.get(NESTED), beside.get(REPEATED)
    plain, seeds = beside.get(PLAIN), beside.get(SEEDS)
    epochs, frozen = beside.get(EPOCHS), beside.get(FROZEN)
    further = [] if audit.images is None else [extreme.image for extreme in extremes(audit.images)]
    led_to = settings if from_cache else None
    with threadpool_limits(1, user_api="blas"):  # the matrices are small: threads would mostly wait for each other
        evaluation = Evaluation.of(
            fusion,
            **evidence(fusion, files, (settings or {}).get("sets") or MARGINAL),
            variants={} if table is None else models_of_result(table, fusion, settings),
            learning=[] if learning is None else learning_curve_points(learning, fusion),
            wrong_without=None if nested is None else wrong_without(nested, fusion),
            heads=None if table is None else heads_compared(table, fusion, beside.get(CHOSEN), settings),
            plain=None if plain is None else plain_way_of(plain, fusion),
            seeds={} if seeds is None else seeds_by_model(seeds, fusion),
            splits=None if splits is None else splits_of(splits, fusion),
            history=None if epochs is None else TrainingHistory(epochs),
            frozen=None if frozen is None else plain_way_of(frozen, fusion),
            settings=settings,
            audited=audit.audited,
            audit_images=audit.images,
            thumbnails=thumbnails(fusion, led_to, data, digests_of(files), further),
            by_patient=by_patient,
        )
        tables = write_report(folder, evaluation, figures, raw=raw)
        return short_report(evaluation) if brief else tables


def seeds_by_model(table: pd.DataFrame, fusion: OutOfFold) -> dict[str, list[OutOfFold]]:
    """Each seed's predictions by model, of a table `seed` and the columns of a predictions table."""
    seeds: dict[str, list[OutOfFold]] = {}
    for _, of_seed in table.groupby("seed"):
        for model, answers in out_of_fold_by_model(of_seed, fusion.positive, fusion.rule, fusion.auc).items():
            seeds.setdefault(model, []).append(answers)
    return seeds


def digests_of(files: pd.DataFrame | None) -> dict[str, str]:
    """The SHA-256 of each image's file, where the table of files knows it."""
    if files is None or "sha256" not in files.columns:
        return {}
    return {image: digest for image, digest in zip(files["image"], files["sha256"], strict=True) if digest}


def settings_of(chosen: dict, stores: Mapping[str, Store]) -> dict[str, Any]:
    """Everything that is needed to run a cross-validation again, as it happened."""
    variants = {name: store.facts() for name, store in stores.items()}
    machine = {"platform": platform.platform(), "python": platform.python_version()}
    settings = {"command": "cv", **chosen, "variants": variants, "versions": versions(LIBRARIES) | machine}
    return as_it_happened(settings)


def file_facts(path: Path | None) -> dict | None:
    """Name and content of a file that decided something; None for none."""
    return {"file": path.name, "sha256": sha256_of(path)} if path else None
