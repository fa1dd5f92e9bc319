"""What came out of one probe: how well it tells the classes, or groups such as patients and centres, apart."""

from dataclasses import dataclass

from cohort.audit.probe_list import probe_of
from cohort.audit.used_by import Share
from imaging.errors import shown

PATIENT = "patient"  # the group that folds are made by anyway


@dataclass(frozen=True)
class ProbeResult:
    """How well the classes can be told from one probe, in images of patients that its classifier never saw."""

    key: str
    family: str
    title: str
    accuracy: float  # of the probe, 0..1; nan where it cannot be tested
    low: float  # of its interval of 95 %
    high: float
    guess: float  # accuracy of naming the commonest class of the other folds
    p: float  # of a permutation between whole patients
    p_adjusted: float  # for the number of probes
    told: bool  # whether the probe tells the classes apart, family-wise error 1 %
    cannot: str = ""  # why it cannot be tested, with the smallest accuracy that could have been seen

    @property
    def of_tissue(self) -> bool:
        """Whether tissue that differs would show in it too."""
        return probe_of(self.key).of_tissue

    @property
    def sentence(self) -> str:
        """In a line."""
        if self.cannot:
            return f"{self.family}: {self.title} cannot be tested: {self.cannot}"
        verb = "tell" if self.told else "do not tell"
        return f"{self.family}: {self.title} {verb} the classes apart: {_accuracy(self)}"


@dataclass(frozen=True)
class GroupResult:
    """How well a group of images, such as a patient or centre, can be told from one probe, in images never seen."""

    column: str
    groups: int
    key: str  # of the probe; "" where there are no folds to test any
    accuracy: float
    low: float
    high: float
    guess: float
    p: float
    p_adjusted: float
    told: bool
    cannot: str = ""

    @property
    def sentence(self) -> str:
        """In a line."""
        title = probe_of(self.key).title if self.key else "colours"
        column = shown(self.column)
        if self.cannot:
            return f"{column}: whether {title} tell the {column} cannot be tested: {self.cannot}"
        if not self.told:
            return f"{column}: {title} do not tell the {self.groups} of them apart: {_accuracy(self)}"
        line = f"{column}: {title} tell the {self.groups} of them apart: {_accuracy(self)}"
        if self.column == PATIENT:
            return f"{line}; images of a patient must share a fold"
        return f"{line}; folds by patient are not enough: leave one {column} out at a time (--groups {column})"


def _accuracy(result: ProbeResult | GroupResult) -> str:
    interval = Share(result.accuracy, result.low, result.high)
    return f"{interval}, guessing {100 * result.guess:.0f} %"
