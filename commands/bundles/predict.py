"""The command predict: answers for new images, from a bundle of models, with what tells whether to believe them."""

import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from boost.uncertainty.conformal import LEVELS
from cohort.files.spreadsheet import for_spreadsheet
from cohort.predictions import write_table
from cohort.samples import DatasetError
from commands import options
from commands.bundles.image_arguments import find_images, has_labels, patients_of
from commands.bundles.told_doubts import tell_doubts, tell_sets
from commands.options import OneOf
from commands.run_settings.written_settings import keep_settings_beside
from commands.terminal import SKIPPED, console, interrupted, plainly, tell, track, warn
from workflow.answering.calls import patient_table
from workflow.answering.prediction import LEVEL, predict
from workflow.answers_csv import FORMATS, Answer, require_iciar

if TYPE_CHECKING:
    from boost.bundle.bundle import Bundle
    from workflow.answering.describer import AllDescribers

Images = Annotated[
    list[str], typer.Argument(help="Image files, folders of them, CSV tables, or - for a list on stdin.")
]
Views = Annotated[int | None, typer.Option(min=1, help="Stain jitters per image; default: as many as in training.")]
UntilSure = Annotated[bool, typer.Option("--until-sure", help="Stop at fewer views once the class is settled.")]
Budget = Annotated[float | None, typer.Option(min=0, help="Seconds per image: no further views are begun after them.")]
Level = OneOf[
    str, (f"{level:.2f}" for level in LEVELS), typer.Option(help="Share of the sets that hold the true class.")
]
Weights = Annotated[
    str | None,
    typer.Option(help="auto (download), random, or a folder or file; default: random if the bundle's are, else auto."),
]
BundleArgument = Annotated[str, typer.Argument(help="Name of the bundle, or the path of its file.")]
Out = Annotated[Path, typer.Option(help="CSV file to write.")]
AllowOutside = Annotated[
    bool,
    typer.Option("--allow-outside", help="Let a CSV table name images outside of its folder."),
]
Maps = Annotated[
    Path | None,
    typer.Option(help="Folder for evidence maps: a picture of where in each image its answer comes from, and a table."),
]
Format = OneOf[str, FORMATS, typer.Option(help="All that is known of each image, or the ICIAR 2018 submission.")]


@plainly
def predict_command(
    name: BundleArgument,
    images: Images,
    views: Views = None,
    until_sure: UntilSure = False,
    budget: Budget = None,
    level: Level = LEVEL,
    out: Out = Path("answers.csv"),
    format: Format = "table",
    by: options.ByPatient = None,
    maps: Maps = None,
    allow_outside: AllowOutside = False,
    raw_csv: options.RawCsv = False,
    weights: Weights = None,
    offline: options.Offline = False,
    device: options.Device = "auto",
    models: options.Models = Path("models"),
    jobs: options.Jobs = 0,
    patients_as_written: options.PatientsAsWritten = False,
) -> None:
    """Answer for new images by all models of a bundle that `fit` made, and write one row each.

    An image that cannot be read is recorded and the rest is done; the exit code is then 3.
    """
    paths = find_images(images, allow_outside)
    patients = patients_of(images, patients_as_written) if by == "patient" else {}
    if out.is_dir():
        raise DatasetError(f"{out} is a folder; give --out the name of a file in it")
    if maps is not None and maps.exists() and not maps.is_dir():
        raise DatasetError(f"{maps} is not a folder; give --maps a folder, which is made where there is none")
    with console.status(f"opening {name} and its networks"):
        bundle = open_bundle(bundle_path(name, models))
        if format == "iciar":
            require_iciar(paths, bundle.classes)
        from workflow.answering.bundle_describer import describer_of

        describer = describer_of(bundle, weights, offline, device)
        if maps is not None:
            from workflow.where.map_windows import WindowModels

            WindowModels.of(bundle, describer)  # what can have no maps is told before the work
    warn(describer.notices)
    answers: list[Answer] = []
    without_map = 0
    with describer:
        try:
            work = predict(bundle, paths, describer, views, until_sure, budget, level, jobs)
            for answer in track("answering", work, len(paths)):
                answers.append(answer)
        except KeyboardInterrupt as error:
            FORMATS[format](out, answers, bundle.classes, raw_csv)
            tell(f"interrupted; {len(answers)} of {len(paths)} images are answered in {out}")
            raise interrupted(error) from error
        FORMATS[format](out, answers, bundle.classes, raw_csv)
        keep_settings_beside(out)
        if maps is not None:
            without_map = draw_maps(bundle, describer, paths, answers, maps, raw_csv, jobs)
    if patients:
        by_patient = out.with_name(f"{out.stem}-patients.csv")
        pooled = patient_table(bundle, answers, patients)
        write_table(by_patient, pooled if raw_csv else for_spreadsheet(pooled))
        console.print(f"one answer for each patient in {by_patient}")
    tell_doubts(answers)
    tell_sets(bundle, level)
    answered = sum(not answer.error for answer in answers)
    console.print(f"{answered} of {len(answers)} images answered in {out}")
    labelled = next((argument for argument in images if has_labels(argument, bundle.classes)), None)
    if labelled is not None:
        console.print(f"{labelled} has labels: `evaluate {name} --data {labelled}` tells how right this is")
    if without_map or any(answer.error for answer in answers):
        raise typer.Exit(SKIPPED)


def draw_maps(
    bundle: "Bundle",
    describer: "AllDescribers",
    paths: Sequence[Path],
    answers: Sequence[Answer],
    folder: Path,
    raw: bool,
    jobs: int,
) -> int:
    """Write an evidence map for each answered image; how many could not be made."""
    from report.where.evidence_map import MEANING
    from workflow.where.map_files import write_maps

    wanted = sum(not answer.error for answer in answers)
    failed = 0
    work = write_maps(bundle, describer, paths, answers, folder, raw, jobs)
    for done in track("mapping", work, wanted):
        if done.error:
            failed += 1
            tell(f"no map: {done.error}")
    made = wanted - failed
    console.print(f"{made} evidence map{'s' * (made != 1)} in {folder}. {MEANING}")
    return failed


def bundle_path(name: str, models: Path) -> Path:
    """The file of a bundle that is called by its name or by its path."""
    return Path(name) if name.endswith(".zip") else models / f"{name}.zip"


def open_bundle(path: Path) -> "Bundle":
    """Read a bundle while PyTorch is imported, which takes as long; raises BundleError."""
    # LightGBM, some versions of it, would import these for nothing that predicting needs
    with not_installed("sklearn"), not_installed("matplotlib"):
        import_module("lightgbm")
    from boost.bundle.bundle import Bundle

    with ThreadPoolExecutor(1) as beside:
        opening = beside.submit(Bundle.open, path)
        import_module("workflow.answering.bundle_describer")
        return opening.result()


@contextmanager
def not_installed(optional: str) -> Iterator[None]:
    """Let libraries that are imported here do without an optional one, unless it is imported already."""
    if optional in sys.modules:
        yield
        return
    sys.modules[optional] = None  # type: ignore[assignment]  # as Python marks what cannot be imported
    try:
        yield
    finally:
        del sys.modules[optional]
