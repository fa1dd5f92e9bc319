"""The command report: tables and figures from predictions alone."""

from pathlib import Path
from typing import Annotated

import typer

from commands.options import ByPatient, Figures, Positive, TwoClass, names
from commands.terminal import plainly, show_report


@plainly
def report(
    predictions: Annotated[
        Path, typer.Argument(help="predictions.csv of cv, or image,label,fold,predicted,p_carcinoma.")
    ],
    positive: Positive = None,
    two_class: TwoClass = None,
    patients: Annotated[
        Path | None, typer.Option(help="CSV image,patient: who is known beside, or instead of, those in the file.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="The images, as for extract, where the cache does not lead to them: thumbnails.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write to; default: results/FOLDER-FILE.")] = None,
    by: ByPatient = None,
    figures: Figures = "png",
) -> None:
    """Make the tables, figures and report.html from a file of out-of-fold predictions alone."""
    from cohort.files.text_columns import require_columns
    from cohort.predictions import read_predictions, read_text_table
    from report.out_of_fold import out_of_fold_of
    from report.published import is_published, read_published
    from workflow.run_folder import FILES, auc_of_run, read_settings, report_on
    from workflow.training.heads_side_by_side import result_of
    from workflow.training.tables_beside import read_beside

    folder = out or Path("results") / f"{predictions.resolve().parent.name}-{predictions.stem}"
    wanted, by_patient = names(positive), by == "patient"
    if is_published(predictions):
        published = read_published(predictions, wanted, two_class, patients)
        return show_report(report_on(folder, published, data=data, figures=figures, by_patient=by_patient), folder)
    table = read_predictions(predictions, patients)
    settings = read_settings(predictions.parent)
    beside = predictions.with_name(FILES)
    files = read_text_table(beside) if beside.is_file() else None
    if files is not None:
        require_columns(files, ["image"], beside)
    further = read_beside(predictions.parent)
    fusion = out_of_fold_of(result_of(table, settings), wanted, two_class, auc_of_run(settings))
    if settings is not None and fusion.positive:  # as asked for here, whatever cv was asked for
        settings |= {"positive": list(fusion.positive), "two_class": fusion.rule}
    tables = report_on(folder, fusion, table, files, further, settings, data, figures, by_patient)
    show_report(tables, folder)
