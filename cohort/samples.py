"""Images with their labels and patients: what every way of reading a data set ends in."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from cohort.checks.class_names import class_name_warnings
from cohort.checks.label_checks import label_warnings
from cohort.checks.notices import Notice
from cohort.files.offenders import refuse, some
from imaging.errors import HistoboostError

MOST_NAMED = 10  # classes in a line, and classes of a single image that a data set may have


class DatasetError(HistoboostError):
    """A data set that cannot be used as it is; the message lists the offenders."""


@dataclass(frozen=True)
class Sample:
    """One labelled image."""

    name: str  # unique; the path relative to the data set with forward slashes, or the file name (ICIAR 2018)
    path: Path
    label: str
    patient: str = ""  # "" where unknown
    content: bytes = field(default=b"", repr=False)  # of the file, for a worker that does not see the path
    sha256: str = ""  # of the file that was checked, for a worker that reads it later


class NotTaken(NamedTuple):
    """A file of a data set's folder that is none of its images."""

    name: str  # relative to the folder, with forward slashes
    reason: str  # what it is and where, as in "file beside the class folders"
    ending: str  # of its name, in lower case


@dataclass(frozen=True)
class Dataset:
    """Labelled images and the order of their classes."""

    name: str
    classes: tuple[str, ...]
    samples: tuple[Sample, ...]
    notices: tuple[Notice, ...] = ()  # what was seen while it was read
    not_taken: tuple[NotTaken, ...] = ()  # further files of its folder

    @property
    def rows(self) -> list[tuple[str, str, str]]:
        """Name, label and patient of every image."""
        return [(sample.name, sample.label, sample.patient) for sample in self.samples]

    def summary(self) -> str:
        """Images by class and patients, in a line."""
        counts = Counter(sample.label for sample in self.samples)
        by_class = some([f"{counts[label]} {label}" for label in self.classes], MOST_NAMED)
        patients = [sample.patient for sample in self.samples if sample.patient]
        patient_count = len(set(patients)) or "no"
        text = f"{self.name}: {len(self.samples)} images ({by_class}), {patient_count} known patients"
        without_patient = len(self.samples) - len(patients)
        if patients and without_patient:
            text += f", {without_patient} images of unknown patients"
        return text

    def warnings(self) -> list[Notice]:
        """What was seen while it was read, and what is often a mistake in labels and patients; each with what to do."""
        labels = [sample.label for sample in self.samples]
        patients = [sample.patient for sample in self.samples]
        names = class_name_warnings([sample.name for sample in self.samples], labels)
        return [*self.notices, *names, *label_warnings(labels, patients)]

    def without(self, images: Iterable[str]) -> "Dataset":
        """The data set but for some images; raises DatasetError where a class would be gone."""
        removed = set(images)
        remaining = tuple(sample for sample in self.samples if sample.name not in removed)
        remaining_labels = {sample.label for sample in remaining}
        lost = [label for label in self.classes if label not in remaining_labels]
        rule = "classes have no image left without those that cannot be used; repair some of theirs"
        refuse(DatasetError, lost, rule)
        return replace(self, samples=remaining)


def require_classes(name: str, classes: Iterable[str], images: int = 0) -> None:
    """Raise DatasetError unless there are two classes or more, and fewer than images where these are counted.

    A few classes of one image each are only warned of.
    """
    distinct = sorted(set(classes))
    if len(distinct) < 2:
        content = f"only one class ({distinct[0]})" if distinct else "no images"
        raise DatasetError(f"{name} has {content}; a classifier needs two classes or more")
    if len(distinct) == images and images > MOST_NAMED:
        raise DatasetError(
            f"{name} has as many classes as images ({images:,}), such as {some(distinct, shown=3)}; are these names of "
            "images rather than classes? A class needs several images"
        )
