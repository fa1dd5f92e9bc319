"""The command evaluate: the external test of a bundle, on new images whose labels are known."""

from pathlib import Path
from typing import Annotated

import typer

from cohort.checks.patient_checks import patient_notices
from cohort.layouts.found import Choice
from cohort.read_dataset import read_dataset
from cohort.samples import DatasetError
from commands import options
from commands.bundles.predict import BundleArgument, Weights, bundle_path, open_bundle
from commands.options import names
from commands.run_settings.written_settings import keep_settings
from commands.terminal import console, interrupted, plainly, show_report, tell, tell_skipped, track, warn
from imaging.errors import shown
from report.binary import checked_positive
from workflow.answering.prediction import predict
from workflow.bundles.seen_in_training import doubts_of, patients_of_training

Data = Annotated[
    Path, typer.Option(help="Labelled images, as for extract: a folder of class folders, or a CSV image,label,patient.")
]
Out = Annotated[Path | None, typer.Option(help="Folder to write to; default: results/NAME-on-DATA.")]
By = Annotated[
    str | None,
    typer.Option(help="Columns of the table of images, such as scanner: accuracy by value; patient: one answer each."),
]
Prevalence = Annotated[
    float | None,
    typer.Option(min=0, max=1, help="Share of positives where it will be used; default: as among these images."),
]


@plainly
def evaluate(
    name: BundleArgument,
    data: Data,
    layout: options.Layout = None,
    classes: options.Classes = None,
    magnification: options.Magnification = None,
    by: By = None,
    prevalence: Prevalence = None,
    positive: options.Positive = None,
    two_class: options.TwoClass = None,
    out: Out = None,
    figures: options.Figures = "png",
    raw_csv: options.RawCsv = False,
    verbose: options.Verbose = False,
    weights: Weights = None,
    offline: options.Offline = False,
    device: options.Device = "auto",
    models: options.Models = Path("models"),
    jobs: options.Jobs = 0,
    patients_as_written: options.PatientsAsWritten = False,
) -> None:
    """Test a bundle on new labelled images: is it as good there as cross-validation had promised?

    Nothing is learned or chosen on these images. One that cannot be read is listed and left out; the exit code is 3.
    """
    columns = [column for column in names(by) or [] if column != "patient"]
    dataset = read_dataset(data, patients_as_written, columns, Choice(layout, classes, magnification))
    if prevalence in (0, 1):
        raise DatasetError(f"a prevalence is a share between 0 and 1, of both kinds some; got {prevalence}")
    with console.status(f"opening {name} and its networks"):
        bundle = open_bundle(bundle_path(name, models))
        from workflow.answering.bundle_describer import describer_of
        from workflow.external_test import Asked, ExternalTest, columns_of, require_labels_of

        require_labels_of(bundle, dataset)
        if positive is not None:
            checked_positive(bundle.classes, names(positive) or ())
        by_patient = "patient" in (names(by) or [])
        asked = Asked(names(positive), two_class, columns, prevalence, by_patient)
        columns_of(data, dataset, asked.by)  # a column that is missing is told before the work
        describer = describer_of(bundle, weights, offline, device)
    console.print(dataset.summary())
    warn(dataset.notices)
    warn(describer.notices)
    warn(patient_notices([sample.patient for sample in dataset.samples]))
    paths = [sample.path for sample in dataset.samples]
    folder = out or Path("results") / f"{bundle.path.stem}-on-{dataset.name}"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with describer:
            answers = list(track("answering", predict(bundle, paths, describer, jobs=jobs), len(paths)))
    except KeyboardInterrupt as error:
        tell("interrupted; a test is of all images, so none of the answers are kept")
        raise interrupted(error) from error
    test = ExternalTest(bundle, dataset, answers)
    tables = test.write(folder, asked, data, figures, raw_csv, not verbose)
    keep_settings(folder)
    show_report(tables, folder, verbose)
    warn(doubts_of(bundle, test.samples(), patients_of_training(bundle)))
    for image, reason in test.refused.items():
        tell(f"left out: {shown(image)}: {reason}")
    tell_skipped(folder / "skipped.csv", test.refused, dataset.not_taken, raw_csv)
