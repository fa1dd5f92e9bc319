"""Laws of votes: a run has one, whatever is averaged in it."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from boost.bundle.facts import BundleFacts
from boost.bundle.stored_models import compared_name, distance_members, network_member
from boost.bundle.voting import VotingRun, voting_runs
from boost.settings import BoostError

ANSWERS = np.random.default_rng(0).dirichlet([1, 2, 3], (4, 5))  # (model, image, class)


def test_probabilities_or_logits_are_averaged():
    assert_allclose(VotingRun("a", ("v",), ("trees",)).averaged(ANSWERS, 0), ANSWERS.mean(axis=0))
    geometric = np.exp(np.log(ANSWERS).mean(axis=0))
    geometric /= geometric.sum(axis=1, keepdims=True)
    logits = VotingRun("a", ("v",), ("networks",), "logits")
    assert_allclose(logits.averaged(ANSWERS, 0), geometric)
    assert_allclose(logits.averaged(np.array([[0.0, 1.0], [0.0, 1.0]]), 0), [0, 1], atol=1e-9)


def test_who_votes_is_said_or_is_everybody():
    (everybody,) = voting_runs((), ("v", "w"), ("trees", "logistic"))
    assert list(everybody.models) == ["v/trees", "v/logistic", "w/trees", "w/logistic"]
    runs = [VotingRun("a", ("v",), ("trees",)), VotingRun("b", ("w",), ("networks",), "logits")]
    facts = [run.to_facts() for run in runs]
    assert list(voting_runs(facts, ("w", "v"), ())) == runs


@pytest.mark.parametrize(
    "runs",
    [
        [{"name": "a", "variants": ["v"], "heads": ["trees"], "averaging": "probabilities"}],
        [{"name": "a", "variants": ["v", "w"], "heads": ["trees"], "averaging": "x"}],
        [{"name": "a", "variants": ["v", "v"], "heads": ["trees"], "averaging": "probabilities"}],
        [{"name": "a", "variants": ["v", "w"], "heads": ["networks", "trees"], "averaging": "probabilities"}],
        [{"name": "a", "variants": [name], "heads": ["trees"], "averaging": "probabilities"} for name in "vw"],
    ],
)
def test_votes_that_make_no_sense_are_refused(runs):
    with pytest.raises(ValueError, match=r"every|averaged|each once|by themselves"):
        voting_runs(runs, ("v", "w"), ("trees",))


def test_an_unknown_head_is_refused():
    with pytest.raises(BoostError, match="unknown head"):
        VotingRun("a", ("v",), ("forest",)).models  # noqa: B018


def test_where_networks_lie_does_not_depend_on_the_order_of_the_variants():
    network = {"network": {"dim": 6}}
    for order in ("vw", "wv"):
        variants = dict.fromkeys(order, network)
        run = VotingRun("a", ("w",), ("networks",)).to_facts()
        other = VotingRun("b", ("v",), ("trees",)).to_facts()
        compared = {compared_name("w"): {"network": {"dim": 9}}}
        facts = BundleFacts(variants, runs=[run, other], compared=compared)
        assert network_member(facts, "w", 0) == "networks/1/0.safetensors" and facts.trained == ("w",)
        assert list(distance_members(facts).values()) == [{compared_name("w"): 9}, {"v": 6}]
