"""The command audit: can the classes be told from how the images were made?"""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from cohort.checks.by_class import counts_by_class, tells_the_class
from cohort.checks.patient_checks import patient_notices
from cohort.cohort import Cohort
from cohort.folds_file import write_folds
from cohort.read_dataset import read_dataset
from cohort.samples import Dataset, DatasetError
from commands.audit.audit_options import AuditOptions
from commands.audit.measure_and_tell import folder_of_measures, measured_images, print_lines, warn_in_a_line
from commands.options import takes
from commands.terminal import console, plainly, tell_skipped

FOLDS = "audit-folds.csv"  # as cv takes them with --folds-file


@plainly
@takes(AuditOptions)
def audit(asked: AuditOptions) -> None:
    """Ask, before any number is believed, whether the classes can be told from how the images were made.

    Small classifiers get colour, stain, size, JPEG traces, range, sharpness, background, metadata, file names or
    columns of the manifest alone, on folds by patient. A line for each finding; audit.html has tables and figures.
    """
    if asked.recipe is not None:
        from commands.audit.recipe import follow_recipe

        return follow_recipe(asked)
    from report.audited.across_classes import pairs_across
    from report.audited.audit_images import audit_images_of
    from report.audited.audit_page import write_audit
    from report.audited.extremes import extremes
    from workflow.audit.audit_cohort import audit_cohort
    from workflow.thumbnails import SMALL_SIDE, small_copies

    dataset, cohort, digests = _images_in_folds(asked)
    print_lines([dataset.summary()])
    folder = asked.out / (asked.name or asked.run or dataset.name)
    kept = folder_of_measures(asked.cache, dataset.name, folder)
    measured, refused = measured_images(dataset, asked.data, kept, asked.jobs)
    with console.status("testing the probes"):
        audited = audit_cohort(cohort, measured, asked.seed, dataset.name, jobs=asked.jobs or -1)
    images = audit_images_of(cohort, measured)
    audited = replace(audited, near_duplicates=pairs_across(images))
    paths = {sample.name: sample.path for sample in dataset.samples}
    chosen = [extreme.image for extreme in extremes(images)]
    small = small_copies(chosen, paths, [digests], SMALL_SIDE)
    lines = [*unread_words(dataset, refused), *audited.sentences()]
    page = write_audit(folder, dataset.name, audited, images, small, lines)
    write_folds(folder / FOLDS, cohort.images, cohort.fold)
    print_lines([*lines, f"written to {page}"])
    tell_skipped(folder / "skipped.csv", refused, dataset.not_taken, asked.raw_csv)


def _images_in_folds(asked: AuditOptions) -> tuple[Dataset, Cohort, dict[str, str]]:
    """The images, themselves in their folds, and the SHA-256 of their files where a run knows it."""
    if asked.run is not None:
        from workflow.audit.audited_run import audited_run

        return audited_run(asked.out / asked.run, asked.data)
    if asked.data is None:
        raise DatasetError("nothing is named that could be audited; name a run of cv, or give the images with --data")
    from workflow.audit.audit_folds import audit_cohort_of, relabelled

    columns = () if asked.groups in (None, "patient", "none") else (asked.groups,)
    dataset = read_dataset(asked.data, asked.patients_as_written, columns, asked.choice)
    if asked.labels is not None:
        dataset = relabelled(dataset, asked.labels, warn_in_a_line, asked.patients_as_written)
    warn_in_a_line([*dataset.notices, *patient_notices([sample.patient for sample in dataset.samples])])
    groups = _groups(asked, dataset, asked.data)
    cohort = audit_cohort_of(
        dataset, groups, asked.folds, asked.folds_file, asked.seed, asked.unknown_patients, warn_in_a_line
    )
    return dataset, cohort, {}


def _groups(asked: AuditOptions, dataset: Dataset, data: Path) -> list[str] | None:
    """What shares a fold, one for each image: its patient, what a column says of it, or nothing."""
    if asked.groups == "none":
        return None
    if asked.groups in (None, "patient"):
        return [sample.patient for sample in dataset.samples]
    from workflow.external_test import columns_of

    values = columns_of(data, dataset, [asked.groups])[asked.groups]
    return [values.get(sample.name, "") for sample in dataset.samples]


def unread_words(dataset: Dataset, refused: Iterable[str]) -> list[str]:
    """A line where more images of a class than of others cannot be read; none where luck would explain it."""
    unread = set(refused)
    labels = [sample.label for sample in dataset.samples]
    of_unread = [sample.label for sample in dataset.samples if sample.name in unread]
    if not tells_the_class(labels, of_unread):
        return []
    counts = counts_by_class(labels, of_unread)
    return [f"unreadable: {counts}; whether an image can be read tells its class: repair these images"]
