"""Whether a model uses what a probe sees: pure data, made by an intervention and kept in an audit."""

from dataclasses import dataclass
from math import isnan

from cohort.audit.json_kinds import checked, text_of, whole_number
from cohort.audit.probe_list import probe_of


@dataclass(frozen=True)
class Share:
    """A share, or a difference of two, with its interval of 95 %; nan where it cannot be known."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """In per cent.

        >>> str(Share(0.82, 0.78, 0.8649)), str(Share(float("nan"), 0, 1))
        ('82 % [78, 86]', 'not known')
        """
        if isnan(self.value):
            return "not known"
        return f"{100 * self.value:.0f} % [{100 * self.low:.0f}, {100 * self.high:.0f}]"


@dataclass(frozen=True)
class ProbeUse:
    """How the answers of a model and of a probe go together, for the held-out images of both."""

    key: str  # of the probe
    images: int
    agreed: Share  # of the images that the model gets right, those that the probe gets right too
    where_wrong: Share  # the model's accuracy for the images that the probe gets wrong

    @property
    def sentence(self) -> str:
        """In a line."""
        probe = probe_of(self.key)
        return (
            f"{probe.family}: of the model's right answers {self.agreed} are given by {probe.title} too; accuracy of "
            f"the model where these are wrong: {self.where_wrong}"
        )


@dataclass(frozen=True)
class Intervention:
    """How many answers change when images are made anew in the way of another class, and in that of their own."""

    family: str  # of what was changed
    images: int
    flipped: Share  # made as another class is
    own: Share  # made as their own class is
    difference: Share  # of the two, by image

    @property
    def sentence(self) -> str:
        """In a line."""
        uses = "the model uses it" if self.difference.low > 0 else "it is not seen that the model uses it"
        points = str(self.difference).replace(" %", " points")
        return (
            f"{self.family}: of {self.images} images made as another class is, {self.flipped} change their answer, "
            f"made as their own is, {self.own}: {uses} (difference {points})"
        )


@dataclass(frozen=True)
class UsedBy:
    """What a model makes of the probes."""

    model: str  # its name, of a run or a bundle
    probes: tuple[ProbeUse, ...] = ()
    interventions: tuple[Intervention, ...] = ()

    def sentences(self) -> list[str]:
        """A line for each probe and intervention."""
        return [use.sentence for use in self.probes] + [change.sentence for change in self.interventions]


def used_by_from(facts: dict) -> UsedBy:
    """UsedBy from its fields as JSON gives them back, others left aside; raises KeyError, TypeError or ValueError."""
    probes = tuple(_probe_use(one) for one in facts["probes"])
    changed = tuple(_intervention(one) for one in facts["interventions"])
    for probe in probes:
        probe_of(probe.key)
    return UsedBy(text_of(facts["model"]), probes, changed)


def _probe_use(facts: dict) -> ProbeUse:
    agreed, where_wrong = (checked(Share, facts[name]) for name in ("agreed", "where_wrong"))
    return ProbeUse(text_of(facts["key"]), whole_number(facts["images"]), agreed, where_wrong)


def _intervention(facts: dict) -> Intervention:
    flipped, own, difference = (checked(Share, facts[name]) for name in ("flipped", "own", "difference"))
    return Intervention(text_of(facts["family"]), whole_number(facts["images"]), flipped, own, difference)
