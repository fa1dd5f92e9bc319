"""Does a model use how images were made? Images re-rendered as others were made, and the answers that change.

Each held-out image gets the making (imaging.alter.making) of an image of another class and patient, and, to know what
any other making does, that of another image of its own class, of another patient. Only by how many more answers the
first changes than the second says that answers hang on what the making tells of the class. Where a size is taken over,
crops are drawn anew for each making: a new size does that anyway, and so the own class's makings do it as well. Colour
and size may belong to the tissue, so that a model which uses them need not be wrong; pixels cannot tell which it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from cohort.audit.used_by import Intervention, ProbeUse, Share, UsedBy
from imaging.alter.making import JPEG, MAGNIFICATION, RANGE, SIZE, STAIN, TRAITS, Making, made_as, making_of
from imaging.read import content_of
from report.statistics.clustered import clustered_interval, difference_interval
from report.statistics.influence import mean, share
from report.statistics.intervals import Interval
from workflow.robustness.altered_answers import UNALTERED, Answered, Rendering, as_it_is
from workflow.robustness.robustness_of import decided
from workflow.robustness.tested_images import TestedImages, Voter

ALL = "all together"
FAMILIES: dict[str, tuple[str, ...]] = {  # what is taken over
    **{trait: (trait,) for trait in TRAITS},
    ALL: (SIZE, STAIN, RANGE, JPEG),  # at the image's own magnification
}
DRAWS = 2  # donors of each kind for an image
OWN, OTHER = "own", "other"


@dataclass(frozen=True)
class Donors:
    """The images whose making one image is given, by position: as many of its own class as of another."""

    own: tuple[int, ...]
    other: tuple[int, ...]

    def pairs(self) -> list[tuple[str, int, int]]:
        """Kind, draw and position of each."""
        of_kind = {OWN: self.own, OTHER: self.other}
        return [(kind, draw, row) for kind, rows in of_kind.items() for draw, row in enumerate(rows)]


def donors_of(tested: TestedImages, draws: int = DRAWS, seed: int = 0) -> dict[int, Donors]:
    """Donors of each image, of other patients than its own: another class, a patient and an image of it at random.

    An image is left out where no other patient has its class, or another.
    """
    labels, groups = tested.labels, tested.groups
    found = {}
    for row in range(len(tested)):
        rng = np.random.default_rng([seed, row])
        is_elsewhere = groups != groups[row]
        of_own = np.flatnonzero(is_elsewhere & (labels == labels[row]))
        of_others = np.flatnonzero(is_elsewhere & (labels != labels[row]))
        if len(of_own) and len(of_others):
            own = [drawn(of_own, [groups], rng) for _ in range(draws)]
            other = [drawn(of_others, [labels, groups], rng) for _ in range(draws)]
            found[row] = Donors(tuple(own), tuple(other))
    return found


def drawn(rows: np.ndarray, levels: Sequence[np.ndarray], rng: np.random.Generator) -> int:
    """One of the rows: at each level one of the values that are left, all alike, then one row of what is left."""
    for values in levels:
        names = np.unique(values[rows])
        rows = rows[values[rows] == rng.choice(names)]
    return int(rng.choice(rows))


@dataclass(frozen=True, eq=False)
class Makings:
    """How images were made, each looked at once."""

    tested: TestedImages
    seen: dict[int, Making] = field(default_factory=dict)

    def of(self, row: int) -> Making:
        """Of one image; raises ImageError."""
        if row not in self.seen:  # two threads may look at once: both see the same
            path = self.tested.samples[row].path
            with content_of(path) as content:
                self.seen[row] = making_of(path, content)
        return self.seen[row]


def name_of_making(tested: TestedImages, family: str, donor: int) -> str:
    """What the answer for an image that was made as another is kept under."""
    return f"{family} of {tested.samples[donor].sha256}"


def interventions_for(
    tested: TestedImages, donors: Mapping[int, Donors], families: Sequence[str] = tuple(FAMILIES)
) -> dict[int, list[Rendering]]:
    """What is to be answered for each image that has donors, by its position."""
    makings = Makings(tested)
    work = {}
    for row, of_image in donors.items():
        renderings = [as_it_is()]
        for family in families:
            for donor in sorted({donor for _, _, donor in of_image.pairs()}):
                renderings.append(_rendering(tested, makings, family, donor))
        work[row] = renderings
    return work


def _rendering(tested: TestedImages, makings: Makings, family: str, donor: int) -> Rendering:
    def render(image: np.ndarray) -> np.ndarray:
        return made_as(image, makings.of(donor), FAMILIES[family])

    is_of_size = bool({SIZE, MAGNIFICATION} & set(FAMILIES[family]))
    other_draws = tested.samples[donor].sha256 if is_of_size else ""
    return Rendering(name_of_making(tested, family, donor), render, other_draws)


def used_by(
    tested: TestedImages,
    voter: Voter,
    answered: Sequence[Answered],
    donors: Mapping[int, Donors],
    probes: Mapping[str, np.ndarray],
    families: Sequence[str] = tuple(FAMILIES),
) -> UsedBy:
    """What the answers come to.

    probes: by key which of all `tested` images a probe gets right out-of-fold, (image,) bool.
    """
    complete = [one for one in answered if not one.refused]
    rows = np.array([one.row for one in complete])
    images = tested.take(rows)
    before = _predicted(images, voter, [one.votes[UNALTERED] for one in complete])
    _, group = np.unique(images.groups, return_inverse=True)
    interventions = []
    for family in families:
        flipped = {}
        for kind in (OWN, OTHER):
            flipped[kind] = _flipped(tested, images, voter, complete, donors, before, family, kind)
        interventions.append(_intervention(family, flipped[OWN], flipped[OTHER], group))
    is_right = before == images.labels
    uses = []
    for key, of_all in probes.items():
        uses.append(probe_use(key, is_right, of_all[rows], group))
    return UsedBy(tested.name, tuple(uses), tuple(interventions))


def _flipped(
    tested: TestedImages, images: TestedImages, voter: Voter, answered: Sequence[Answered],
    donors: Mapping[int, Donors], before: np.ndarray, family: str, kind: str,
) -> np.ndarray:  # fmt: skip
    """The share of an image's donors of one kind by whose making its answer becomes another, (image,)."""
    changes = []
    for draw in range(max(len(of_image.own) for of_image in donors.values())):
        votes = []
        for one in answered:
            of_kind = donors[one.row].own if kind == OWN else donors[one.row].other
            votes.append(one.votes[name_of_making(tested, family, of_kind[draw])])
        changes.append(_predicted(images, voter, votes) != before)
    return np.mean(changes, axis=0)


def _predicted(images: TestedImages, voter: Voter, votes: Sequence[np.ndarray]) -> np.ndarray:
    """The class of each image, (image,)."""
    return decided(images, voter, np.stack(votes)).predicted


def _intervention(family: str, own: np.ndarray, other: np.ndarray, group: np.ndarray) -> Intervention:
    """Shares of answers that change, (image,) each, with intervals by patient."""
    return Intervention(
        family=family,
        images=len(own),
        flipped=_as_share(clustered_interval(mean(other), group)),
        own=_as_share(clustered_interval(mean(own), group)),
        difference=_as_share(difference_interval(mean(own), mean(other), group)),
    )


def probe_use(key: str, model_right: np.ndarray, probe_right: np.ndarray, group: np.ndarray) -> ProbeUse:
    """What model and probe have in common, of (image,) bool each, the images of patients `group` (image,) int."""
    return ProbeUse(
        key=key,
        images=len(model_right),
        agreed=_as_share(clustered_interval(share(probe_right, model_right), group)),
        where_wrong=_as_share(clustered_interval(share(model_right, ~probe_right), group)),
    )


def _as_share(interval: Interval) -> Share:
    return Share(interval.value, interval.low, interval.high)
