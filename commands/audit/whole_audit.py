"""The whole audit: images in folds, their measures, the probes, and what is printed and written of these."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from cohort.audit.measured import Measured
from cohort.audit.probe_list import MANIFEST
from cohort.checks.by_class import counts_by_class, tells_the_class
from cohort.checks.patient_checks import patient_notices
from cohort.folds_file import write_folds
from cohort.read_dataset import read_dataset
from cohort.samples import Dataset, DatasetError
from commands.audit.audit_options import AuditOptions
from commands.audit.measure_and_tell import folder_of_measures, measured_images, print_lines, warn_in_a_line
from commands.run_settings.written_settings import keep_settings
from commands.terminal import console, tell_skipped
from imaging.errors import shown
from report.audited.audit_images import audit_images_of
from report.audited.audit_page import write_audit
from report.audited.extremes import extremes
from report.audited.images_to_look_at import pairs_across
from workflow.audit.audit_cohort import audit_cohort
from workflow.audit.audit_folds import audit_cohort_of, relabelled
from workflow.audit.audited_run import ToAudit, audited_run
from workflow.external_test import columns_of
from workflow.robustness.used_by_files import read_used_by
from workflow.thumbnails import SMALL_SIDE, small_copies

FOLDS = "audit-folds.csv"  # as cv takes them with --folds-file
NO_COLUMN = (None, "patient", "none")  # groups that are no column of the table of images


def whole_audit(asked: AuditOptions) -> None:
    """Audit all images; a line for each finding."""
    to_audit = _images_in_folds(asked)
    dataset, cohort = to_audit.dataset, to_audit.cohort
    print_lines([dataset.summary()])
    folder = asked.out / (asked.name or asked.run or dataset.name)
    kept = folder_of_measures(asked.cache, dataset.name, folder)
    measured, refused = measured_images(dataset, to_audit.source, kept, asked.jobs)
    print_lines(probed_words(measured))
    with console.status("testing the probes"):
        audited = audit_cohort(cohort, measured, asked.seed, dataset.name, jobs=asked.jobs or -1)
    images = audit_images_of(cohort, measured)
    audited = replace(audited, near_duplicates=pairs_across(images), use=read_used_by(folder))
    chosen = [extreme.image for extreme in extremes(images)]
    small = small_copies(chosen, to_audit.paths, to_audit.digests, SMALL_SIDE)
    lines = [*unread_words(dataset, refused), *audited.sentences()]
    page = write_audit(folder, dataset.name, audited, images, small, lines)
    write_folds(folder / FOLDS, cohort.images, cohort.fold)
    keep_settings(folder)
    print_lines([*lines, f"written to {page}"])
    tell_skipped(folder / "skipped.csv", refused, dataset.not_taken, asked.raw_csv)


def _images_in_folds(asked: AuditOptions) -> ToAudit:
    """The images of a run, or of a data set in folds as asked for; says what looks wrong with them."""
    _require_use(asked)
    if asked.run is not None:
        return audited_run(asked.out / asked.run, asked.data)
    if asked.data is None:
        raise DatasetError("nothing is named that could be audited; name a run of cv, or give the images with --data")
    columns = () if asked.groups in NO_COLUMN else (asked.groups,)
    dataset = read_dataset(asked.data, asked.patients_as_written, columns, asked.choice)
    if asked.labels is not None:
        dataset = relabelled(dataset, asked.labels, warn_in_a_line, asked.patients_as_written)
    warn_in_a_line([*dataset.notices, *patient_notices([sample.patient for sample in dataset.samples])])
    groups = _groups(asked, dataset, asked.data)
    cohort = audit_cohort_of(
        dataset, groups, asked.folds, asked.folds_file, asked.seed, asked.unknown_patients, warn_in_a_line
    )
    return ToAudit(dataset, cohort, asked.data)


def _require_use(asked: AuditOptions) -> None:
    """Raise DatasetError for options that would be of no use."""
    if asked.test is not None:
        raise DatasetError("only a recipe has images to test on; give --recipe, or leave --test out")
    of_data = {"labels": asked.labels, "groups": asked.groups, "folds": asked.folds, "folds-file": asked.folds_file}
    useless = [f"--{name}" for name, value in of_data.items() if value is not None]
    if asked.run is not None and useless:
        raise DatasetError(f"a run has its own labels and folds; leave out {', '.join(useless)}, or name no run")


def _groups(asked: AuditOptions, dataset: Dataset, data: Path) -> list[str] | None:
    """What shares a fold, one for each image: its patient, what a column says of it, or nothing."""
    if asked.groups == "none":
        return None
    if asked.groups in NO_COLUMN:
        return [sample.patient for sample in dataset.samples]
    values = columns_of(data, dataset, [asked.groups])[asked.groups]
    return [values.get(sample.name, "") for sample in dataset.samples]


def probed_words(measured: Measured) -> list[str]:
    """A line with the further columns of the manifest, which nothing else uses, where there are any."""
    columns = [shown(key.removeprefix(MANIFEST)) for key in measured.keys if key.startswith(MANIFEST)]
    return [f"columns that are probes: {', '.join(columns)}"] if columns else []


def unread_words(dataset: Dataset, refused: Iterable[str]) -> list[str]:
    """A line where more images of a class than of others cannot be read; none where luck would explain it."""
    unread = set(refused)
    labels = [sample.label for sample in dataset.samples]
    of_unread = [sample.label for sample in dataset.samples if sample.name in unread]
    if not tells_the_class(labels, of_unread):
        return []
    counts = counts_by_class(labels, of_unread)
    return [f"unreadable: {counts}; whether an image can be read tells its class: repair these images"]
