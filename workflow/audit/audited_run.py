"""The images of a run of cv, with its labels, patients and folds, for an audit of just these."""

from pathlib import Path

from cohort.cohort import Cohort
from cohort.files.offenders import some
from cohort.prediction_tables.prediction_columns import PREFIX
from cohort.predictions import probability_columns, read_predictions
from cohort.read_dataset import read_dataset
from cohort.samples import Dataset, Sample
from workflow.run_folder import FILES, RunError, digests_of, read_files, read_settings
from workflow.thumbnails import described_paths

FUSED = "fused.csv"


def audited_run(folder: Path, data: Path | None) -> tuple[Dataset, Cohort, dict[str, str]]:
    """The images of a run, and them in its folds, and the SHA-256 of their files as far as they are known.

    Images are looked for where they were described, or in the data set given. Raises RunError where the folder holds no
    run, or none of its images is at hand.
    """
    settings = read_settings(folder)
    if settings is None or not (folder / FUSED).is_file():
        raise RunError(f"{folder} holds no run of cv; name one, or give the images with --data")
    table = read_predictions(folder / FUSED)
    paths = described_paths(settings)
    if data is not None:
        paths = {sample.name: sample.path for sample in read_dataset(data).samples}
    there = table[table["image"].isin(paths)]
    if there.empty:
        names = some(table["image"].tolist(), shown=2)
        raise RunError(f"none of the images of {folder} is at hand, such as {names}; give the folder with --data")
    samples = []
    for image, label, patient in there[["image", "label", "patient"]].itertuples(index=False):
        samples.append(Sample(image, paths[image], label, patient))
    classes = tuple(column.removeprefix(PREFIX) for column in probability_columns(table))
    dataset = Dataset(str(settings.get("name") or folder.name), classes, tuple(samples))
    cohort = Cohort.of(
        [sample.name for sample in samples],
        [sample.label for sample in samples],
        classes,
        [sample.patient for sample in samples],
        there["fold"].to_numpy(),
    )
    beside = folder / FILES
    digests = digests_of(read_files(beside)) if beside.is_file() else {}
    return dataset, cohort, digests
