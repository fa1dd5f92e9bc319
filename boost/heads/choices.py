"""The heads that can be asked for; a head of several members is the mean of their answers, as the variants' is."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from boost.heads.centroid import Centroid
from boost.heads.head import NONE, Head
from boost.heads.logistic import Logistic
from boost.heads.nearest import Nearest
from boost.heads.shares import Shares
from boost.heads.trained_networks import TrainedNetworks
from boost.heads.trees import Trees
from boost.settings import BoostError

TREES = Trees()
NETWORKS = TrainedNetworks()  # of bundles alone: nobody can ask cv for it
MEMBERS: dict[str, type[Head]] = {head.name: head for head in (Trees, Logistic, Nearest, Centroid, Shares)}
BLEND = "blend"


@dataclass(frozen=True)
class Choice:
    """What can be asked for: one head, or several that vote."""

    name: str
    sentence: str
    members: tuple[str, ...]  # names of MEMBERS

    def heads(self, class_weights: str = NONE) -> tuple[Head, ...]:
        """The members, told how classes are weighted."""
        return tuple(MEMBERS[name](class_weights) for name in self.members)


HEADS: dict[str, Choice] = {name: Choice(name, head.sentence, (name,)) for name, head in MEMBERS.items()}
HEADS[BLEND] = Choice(BLEND, "the mean of trees and logistic", (Trees.name, Logistic.name))


def find_head(name: str, class_weights: str = NONE) -> Head:
    """The head of a name; raises BoostError for an unknown one."""
    if name == NETWORKS.name:
        return NETWORKS
    if name not in MEMBERS:
        raise BoostError(f"unknown head {name!r}; known: {', '.join(MEMBERS)}")
    return MEMBERS[name](class_weights)


def model_name(variant: str, head: str, heads: Collection[str]) -> str:
    """What a head's answers on a variant are called in predictions: as the variant where all heads are trees, or none.

    >>> model_name("vgg16-400@0.5", "trees", ["trees"]), model_name("vgg16-400@0.5", "trees", ["trees", "logistic"])
    ('vgg16-400@0.5', 'vgg16-400@0.5/trees')
    """
    return variant if set(heads) in ({Trees.name}, {NETWORKS.name}) else f"{variant}/{head}"


def names_of(heads: Sequence[Head]) -> list[str]:
    """The heads' names."""
    return [head.name for head in heads]
