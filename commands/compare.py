"""The command compare: is one model, or one run, better than another, or can they not be told apart?"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cohort.files.atomic import write_whole
from commands.options import PatientsAsWritten, Positive, TwoClass, names
from commands.run_settings.written_settings import keep_settings_beside
from commands.terminal import console, plainly, warn
from imaging.errors import shown

if TYPE_CHECKING:
    from report.out_of_fold import OutOfFold

RUN = "A results folder, its name in results/, or a predictions file; #MODEL picks one model instead of the fusion."

Margin = Annotated[
    float | None,
    typer.Option(
        min=0,
        max=100,
        help="Points of accuracy, balanced accuracy or AUC (0.01) by which SECOND may be worse than FIRST.",
    ),
]


@plainly
def compare(
    first: Annotated[str, typer.Argument(help=RUN)],
    second: Annotated[str, typer.Argument(help="The other.")],
    positive: Positive = None,
    two_class: TwoClass = None,
    margin: Margin = None,
    patients_as_written: PatientsAsWritten = False,
    beside: Annotated[list[str] | None, typer.Option(help="A further run; its AUC stands beside. Repeatable.")] = None,
    roc: Annotated[
        Path | None, typer.Option(help="A .png, .svg or .pdf to draw the ROC curves of all runs into, with their AUC.")
    ] = None,
) -> None:
    """Compare two models or runs on the same images, image by image: intervals of the differences, and p-values."""
    from report.comparison import compare as paired
    from report.comparison import comparison_section
    from report.out_of_fold import aligned
    from report.printing import for_terminal
    from report.statistics.patient_groups import PatientGroups
    from report.swapped_columns import swapped_columns
    from report.trained.optimistic import labelled_section, optimism_of

    one = read_run(first, names(positive), two_class, patients_as_written)
    other = read_run(second, names(positive), two_class, patients_as_written)
    for name, run in ((first, one), (second, other)):
        warn(swapped_columns(run, PatientGroups.of(run), name))
        warn(optimism_of(run, name))
    result = paired(one, other, (first, second))
    section = comparison_section(result, margin)
    if one.is_optimistic or other.is_optimistic:
        section = labelled_section(section)
    console.print(for_terminal(section))
    if beside or roc is not None:
        runs = {first: one, second: other}
        for name in beside or []:
            further = read_run(name, names(positive), two_class, patients_as_written)
            warn(optimism_of(further, name))
            runs[name] = aligned(one, further, (first, name))
        show_areas(runs, roc)


def show_areas(runs: "Mapping[str, OutOfFold]", path: Path | None) -> None:
    """Print the AUC of each run, and draw all ROC curves into a file, where one is asked for."""
    from report.page.figures import FORMATS, figure_bytes
    from report.printing import for_terminal
    from report.trained.roc_together import areas_section, roc_together

    console.print(for_terminal(areas_section(runs)))
    if path is None:
        return
    kind = path.suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        raise typer.BadParameter(f"--roc is a file that ends in {', '.join(FORMATS)}; got {path.name}")
    write_whole(path, figure_bytes(roc_together(runs), kind))  # type: ignore[arg-type]
    keep_settings_beside(path)
    console.print(f"written to {shown(path)}", soft_wrap=True)


def read_run(
    run: str, positive: list[str] | None, two_class: str | None, patients_as_written: bool = False
) -> "OutOfFold":
    """The predictions that a person means by PATH, NAME or either with #MODEL; raises PredictionsError."""
    from boost.fusion import is_fused
    from cohort.predictions import PredictionsError, read_predictions
    from report.out_of_fold import out_of_fold_of
    from report.published import is_published, read_published
    from workflow.run_folder import auc_of_run, read_settings
    from workflow.training.heads_side_by_side import fused_models

    where, model = (run, "") if _file_of(run) else (run.rpartition("#")[0] or run, run.rpartition("#")[2])
    path = _file_of(where)
    if path is None:
        raise PredictionsError(
            f"{where}: there is no such file, no folder of that name with a predictions.csv and no results/{where}; "
            "give a file of predictions, or the name of a data set that cv has been run on"
        )
    if is_published(path):
        if model:
            raise PredictionsError(f"{path} has predictions of one model only; leave #{model} out")
        return read_published(path, positive, two_class)
    table = read_predictions(path, None, warn, patients_as_written)
    models = table["model"].unique().tolist()
    settings = read_settings(path.parent)
    auc = auc_of_run(settings)
    if model and model not in models:
        raise PredictionsError(f"{path} has no model {model!r}; it has: {', '.join(models)}")
    if model:
        return out_of_fold_of(table[table["model"] == model].reset_index(drop=True), positive, two_class, auc)
    fused = table if is_fused(models) else fused_models(table, settings)
    return out_of_fold_of(fused, positive, two_class, auc)


def _file_of(where: str) -> Path | None:
    """The file of predictions that a path or a name means; None where there is none."""
    places = (Path(where), Path(where) / "predictions.csv", Path("results") / where / "predictions.csv")
    return next((path for path in places if path.is_file()), None)
