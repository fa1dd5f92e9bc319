"""What the audit and its recipes share at the terminal: measuring under a bar, and lines that are never wrapped."""

from collections.abc import Iterable
from os import W_OK, access
from pathlib import Path

from cohort.audit.kept_measures import MEASURES
from cohort.audit.measured import Measured, measured_from
from cohort.audit.measuring import measure_images
from cohort.checks.notices import Notice
from cohort.samples import Dataset
from commands.terminal import console, track


def measured_images(dataset: Dataset, source: Path | None, folder: Path, jobs: int) -> tuple[Measured, dict[str, str]]:
    """Measure the images of a data set, and why those that cannot be read cannot.

    What is measured is kept in the folder at once, and not measured again; source: where a table of the images may
    have further columns.
    """
    from workflow.audit.short_audit import columns_in  # with it comes much of SciPy

    work = measure_images(dataset.samples, jobs, folder / MEASURES)
    outcomes = dict(track("measuring", work, len(dataset.samples)))
    columns = {} if source is None else columns_in(source, dataset.samples)
    refused = {name: outcome for name, outcome in outcomes.items() if isinstance(outcome, str)}
    return measured_from(dataset.samples, outcomes, columns), refused


def folder_of_measures(cache: Path, name: str, results: Path) -> Path:
    """Where measures are kept: beside the descriptors of the data set where there are any, so that cv has them too.

    Among the results where the cache is another's, that is, cannot be written.
    """
    beside = cache / name
    return beside if beside.is_dir() and access(beside, W_OK) else results


def print_lines(lines: Iterable[str]) -> None:
    """A line each, however narrow the terminal, so that a program can read them too."""
    for line in lines:
        console.print(line, soft_wrap=True)


def warn_in_a_line(notices: Iterable[Notice]) -> None:
    """Warnings, a line each as well."""
    print_lines(f"{notice.level}: {notice}" for notice in notices)
