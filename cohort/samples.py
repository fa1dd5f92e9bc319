"""Images with their labels and patients: what every way of reading a data set ends in."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from cohort.checks.label_checks import label_warnings
from cohort.checks.notices import Notice
from cohort.files.offenders import refuse
from imaging.errors import HistoboostError


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


@dataclass(frozen=True)
class Dataset:
    """Labelled images and the order of their classes."""

    name: str
    classes: tuple[str, ...]
    samples: tuple[Sample, ...]

    def summary(self) -> str:
        """Images by class and patients, in a line."""
        counts = Counter(sample.label for sample in self.samples)
        by_class = ", ".join(f"{counts[label]} {label}" for label in self.classes)
        patients = [sample.patient for sample in self.samples if sample.patient]
        patient_count = len(set(patients)) or "no"
        text = f"{self.name}: {len(self.samples)} images ({by_class}), {patient_count} known patients"
        without_patient = len(self.samples) - len(patients)
        if patients and without_patient:
            text += f", {without_patient} images of unknown patients"
        return text

    def warnings(self) -> list[Notice]:
        """What is allowed but often a mistake in the labels and patients, each with what to do."""
        labels = [sample.label for sample in self.samples]
        patients = [sample.patient for sample in self.samples]
        return label_warnings(labels, patients)

    def without(self, images: Iterable[str]) -> "Dataset":
        """The data set but for some images; raises DatasetError where a class would be gone."""
        removed = set(images)
        remaining = tuple(sample for sample in self.samples if sample.name not in removed)
        remaining_labels = {sample.label for sample in remaining}
        lost = [label for label in self.classes if label not in remaining_labels]
        rule = "classes have no image left without those that cannot be used; repair some of theirs"
        refuse(DatasetError, lost, rule)
        return replace(self, samples=remaining)


def require_classes(name: str, classes: Iterable[str]) -> None:
    """Raise DatasetError unless there are two classes or more."""
    distinct = sorted(classes)
    if len(distinct) < 2:
        content = f"only one class ({distinct[0]})" if distinct else "no images"
        raise DatasetError(f"{name} has {content}; a classifier needs two classes or more")
