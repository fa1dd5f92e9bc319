"""The command report: tables and figures from predictions alone."""

from pathlib import Path
from typing import Annotated

import typer

from commands.options import ByPatient, Figures, PatientsAsWritten, Positive, RawCsv, TwoClass, names
from commands.run_settings.written_settings import keep_settings
from commands.terminal import plainly, show_report, warn


@plainly
def report(
    predictions: Annotated[
        Path, typer.Argument(help="predictions.csv of cv, or a CSV or .xlsx of image, label and a column per class.")
    ],
    positive: Positive = None,
    two_class: TwoClass = None,
    patients: Annotated[
        Path | None, typer.Option(help="CSV image,patient: who is known beside, or instead of, those in the file.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="The images, as for extract, for thumbnails of the worst errors.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write to; default: results/FOLDER-FILE.")] = None,
    by: ByPatient = None,
    figures: Figures = "png",
    raw_csv: RawCsv = False,
    from_cache: Annotated[
        bool,
        typer.Option(
            "--thumbnails",
            help="Show the worst errors from the cache and files that settings.json leads to, if they are unchanged.",
        ),
    ] = False,
    patients_as_written: PatientsAsWritten = False,
) -> None:
    """Make the tables, figures and report.html from a file of out-of-fold predictions alone."""
    from cohort.checks.patient_checks import patient_notices
    from cohort.predictions import read_predictions
    from report.out_of_fold import out_of_fold_of
    from report.published import is_published, read_published
    from workflow.audit.kept_audit import read_audit
    from workflow.run_folder import FILES, auc_of_run, read_files, read_settings, report_on
    from workflow.training.heads_side_by_side import result_of
    from workflow.training.tables_beside import read_beside

    folder = out or Path("results") / f"{predictions.resolve().parent.name}-{predictions.stem}"
    wanted, by_patient = names(positive), by == "patient"
    if is_published(predictions):
        published = read_published(predictions, wanted, two_class, patients, warn, patients_as_written)
        warn(patient_notices([] if published.patients is None else published.patients.tolist()))
        tables = report_on(folder, published, data=data, figures=figures, by_patient=by_patient, raw=raw_csv)
        keep_settings(folder)
        return show_report(tables, folder)
    table = read_predictions(predictions, patients, warn, patients_as_written)
    warn(patient_notices(table.drop_duplicates("image")["patient"].tolist()))
    settings = read_settings(predictions.parent)
    beside = predictions.with_name(FILES)
    files = read_files(beside) if beside.is_file() else None
    further = read_beside(predictions.parent)
    fusion = out_of_fold_of(result_of(table, settings), wanted, two_class, auc_of_run(settings))
    if settings is not None and fusion.positive:  # as asked for here, whatever cv was asked for
        settings |= {"positive": list(fusion.positive), "two_class": fusion.rule}
    audit = read_audit(predictions.parent)
    tables = report_on(
        folder, fusion, table, files, further, settings, data, figures, by_patient, from_cache, raw_csv, audit
    )
    keep_settings(folder)
    show_report(tables, folder)
