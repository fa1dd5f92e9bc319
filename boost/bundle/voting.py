"""Who votes in a bundle: the variants and heads of each run, whose answers become the one vote of that run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from boost.fusion import LEAST, LOGITS
from boost.heads.choices import NETWORKS, find_head, model_name
from boost.heads.head import Head

PROBABILITIES = "probabilities"  # what is averaged, or LOGITS


@dataclass(frozen=True)
class VotingRun:
    """Models that were cross-validated together; however many they are, they have one vote in a bundle of several."""

    name: str
    variants: tuple[str, ...]
    heads: tuple[str, ...]
    averaging: str = PROBABILITIES

    def __post_init__(self) -> None:
        """Raise ValueError unless there are variants and heads, each once, and a way to average."""
        for what, names in (("heads", self.heads), ("variants", self.variants)):
            if not names or len(set(names)) < len(names):
                raise ValueError(f"{what} are one name or more, each once, not {names}")
        if NETWORKS.name in self.heads and len(self.heads) > 1:
            raise ValueError("trained networks answer by themselves, without another head")
        if self.averaging not in (PROBABILITIES, LOGITS):
            raise ValueError(f"answers are averaged as {PROBABILITIES} or {LOGITS}, not {self.averaging}")

    @property
    def models(self) -> dict[str, tuple[str, Head]]:
        """Variant and head of each name in `Bundle.models`; raises BoostError for an unknown head."""
        members = {}
        for variant in self.variants:
            for head in self.heads:
                members[model_name(variant, head, self.heads)] = (variant, find_head(head))
        return members

    def averaged(self, answers: np.ndarray, axis: int) -> np.ndarray:
        """The mean of probabilities over an axis; of logits, the softmax of their mean."""
        if self.averaging == PROBABILITIES:
            return answers.mean(axis=axis)
        logits = np.log(np.maximum(answers, LEAST)).mean(axis=axis)
        odds = np.exp(logits - logits.max(axis=-1, keepdims=True))
        return odds / odds.sum(axis=-1, keepdims=True)

    def to_facts(self) -> dict[str, Any]:
        """As plain values for JSON."""
        return {
            "name": self.name,
            "variants": list(self.variants),
            "heads": list(self.heads),
            "averaging": self.averaging,
        }


def voting_runs(
    runs: Sequence[Mapping[str, Any]], variants: Sequence[str], heads: Sequence[str]
) -> tuple[VotingRun, ...]:
    """The runs that a bundle lists, or the one that all its variants and heads are; raises ValueError or the like."""
    if not runs:
        return (VotingRun("", tuple(variants), tuple(heads)),)
    voting = []
    for run in runs:
        voting.append(VotingRun(str(run["name"]), tuple(run["variants"]), tuple(run["heads"]), run["averaging"]))
    named = [variant for run in voting for variant in run.variants]
    if sorted(named) != sorted(variants):
        raise ValueError("every variant votes in one run")
    if len({run.name for run in voting}) < len(voting):
        raise ValueError("every run has a name of its own")
    return tuple(voting)
