"""Images with their labels and patients: what every way of reading a data set ends in."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from cohort.files.csv_text import DatasetError, refuse
from cohort.label_checks import label_warnings


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
        counts = ", ".join(f"{sum(s.label == label for s in self.samples)} {label}" for label in self.classes)
        known = [sample.patient for sample in self.samples if sample.patient]
        text = f"{self.name}: {len(self.samples)} images ({counts}), {len(set(known)) or 'no'} known patients"
        alone = len(self.samples) - len(known)
        return f"{text}, {alone} images of unknown patients" if known and alone else text

    def warnings(self) -> list[str]:
        """What is allowed but often a mistake in the labels and patients, each with what to do."""
        return label_warnings([s.label for s in self.samples], [s.patient for s in self.samples])

    def without(self, images: Iterable[str]) -> "Dataset":
        """The data set but for some images; raises DatasetError where a class would be gone."""
        gone = set(images)
        left = tuple(sample for sample in self.samples if sample.name not in gone)
        lost = [label for label in self.classes if label not in {sample.label for sample in left}]
        refuse(lost, "classes have no image left without those that cannot be used; repair some of theirs")
        return replace(self, samples=left)


def require_classes(name: str, classes: Iterable[str]) -> None:
    """Raise DatasetError unless there are two classes or more."""
    found = sorted(classes)
    if len(found) < 2:
        held = f"only one class ({found[0]})" if found else "no images"
        raise DatasetError(f"{name} has {held}; a classifier needs two classes or more")
