"""What a bundle says of its making."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from boost.bundle.voting import VotingRun, voting_runs
from boost.heads.choices import NETWORKS

LARGEST_DIM = 1 << 16  # outputs of a network
TRAINING = "training"  # of a variant's facts: how its networks were trained
LARGEST_COUNT = 1 << 31  # images, patients and folds are fewer


@dataclass(frozen=True)
class BundleFacts:
    """What the models of a bundle were made of and how; what nobody has said is empty."""

    variants: Mapping[str, Mapping[str, Any]]  # of each the protocol, its key, and the network
    name: str = ""  # of the bundle
    data_set: str = ""  # as it was called in the cache
    counts: Mapping[str, int] = field(default_factory=dict)  # images of each class
    patients: int = 0  # that were known
    folds: Sequence[int] = ()  # that were held out in turn
    groups: str = "patient"  # whose images shared a fold; or none
    unknown_patients: str = "own"  # what became of images of unknown patients, see cohort.folds
    chosen: Mapping[str, Any] = field(default_factory=dict)  # seed of the folds, files of folds and labels
    heads: Sequence[str] = ("trees",)  # whose answers are averaged; bundles of 0.1.0 do not say
    class_weights: str = "none"  # or balanced
    boost: Mapping[str, Any] = field(default_factory=dict)  # boost.settings.BoostSettings
    stain: Mapping[str, Any] = field(default_factory=dict)  # what images were normalised to and jittered by
    versions: Mapping[str, str] = field(default_factory=dict)  # of libraries
    runs: Sequence[Mapping[str, Any]] = ()  # whose answers are averaged as one vote each; none: all variants are one
    compared: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # by which images are compared with those
    # of training where trained networks answer: their networks before they were trained
    training: Mapping[str, Any] = field(default_factory=dict)  # how networks were trained and tested, for the card

    def __post_init__(self) -> None:
        """Raise ValueError for what is of another kind than here: the facts may come from a stranger's file."""
        _require("variants", self.variants, Mapping, (Mapping,))
        _require("counts", self.counts, Mapping, (int,))
        _require("folds", list(self.folds), list, (int,))
        for name in ("chosen", "boost", "stain", "versions", "training"):
            _require(name, getattr(self, name), Mapping, ())
        _require("runs", list(self.runs), list, (Mapping,))
        _require("compared", self.compared, Mapping, (Mapping,))
        for name in ("name", "data_set", "groups", "unknown_patients"):
            _require(name, getattr(self, name), str, ())
        _require("patients", self.patients, int, ())
        if set(self.compared) & set(self.variants):
            raise ValueError("what images are compared by has names of its own")
        for name, variant in (*self.variants.items(), *self.compared.items()):
            dim = variant["network"]["dim"] if "network" in variant else 1
            _require("dim", dim, int, ())
            if not 0 < dim <= LARGEST_DIM:
                raise ValueError(f"a network has 1 to {LARGEST_DIM} outputs; that of {name} has {dim}")

    @property
    def voting(self) -> tuple[VotingRun, ...]:
        """The runs that have a vote each; raises ValueError, LookupError, TypeError or BoostError where none can be."""
        return voting_runs(self.runs, tuple(self.variants), self.heads)

    @property
    def trained(self) -> tuple[str, ...]:
        """The variants that are trained networks, in their order."""
        return tuple(name for run in self.voting if NETWORKS.name in run.heads for name in run.variants)

    def to_json(self) -> dict[str, Any]:
        """As plain values, named as here but with spaces: "data set"; what only networks have, where there are some."""
        values = {_key(entry.name): getattr(self, entry.name) for entry in fields(self)}
        for name in ("runs", "compared", "training"):
            if not values[name]:
                del values[name]
        return values

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> "BundleFacts":
        """From the values of `to_json`, whatever else is among them; raises TypeError where there are no variants.

        >>> facts = BundleFacts({"resnet50-400@0.5": {}}, data_set="biopsies")
        >>> facts.to_json()["data set"], BundleFacts.from_json(facts.to_json() | {"models": {}}) == facts
        ('biopsies', True)
        """
        values = {entry.name: facts[_key(entry.name)] for entry in fields(cls) if _key(entry.name) in facts}
        return cls(**values)


def _key(name: str) -> str:
    return name.replace("_", " ")


def _require(name: str, value: Any, kind: type, of: tuple[type, ...]) -> None:
    """Raise ValueError unless a fact, and all that is in it where that is of one kind, is of its kind."""
    inner = list(value.values()) if isinstance(value, Mapping) else value if isinstance(value, list) else []
    numbers = [number for number in [value, *inner] if isinstance(number, int)]
    of_another_kind = not isinstance(value, kind) or not all(isinstance(one, of) for one in inner if of)
    if of_another_kind or not all(0 <= number < LARGEST_COUNT for number in numbers):
        raise ValueError(f"{name} is not what a bundle says there")
