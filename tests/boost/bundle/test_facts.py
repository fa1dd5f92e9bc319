"""Laws of what a bundle says of its making: it comes back, and what is of another kind is refused."""

import doctest

import pytest

import boost.bundle.facts
from boost.bundle.facts import BundleFacts

VARIANTS = {"v": {"key": "0", "network": {"dim": 6}}}


def test_facts_come_back():
    facts = BundleFacts(VARIANTS, name="x", counts={"a": 3}, folds=[1, 2], unknown_patients="one-group")
    assert BundleFacts.from_json(facts.to_json()) == facts


@pytest.mark.parametrize("dim", [0, -1, 1e400, float("nan"), 10**400, 1 << 17, "6", None, [6], 6.0])
def test_a_network_has_a_sensible_number_of_outputs(dim):
    with pytest.raises(ValueError, match=r"dim|outputs"):
        BundleFacts({"v": {"network": {"dim": dim}}})


@pytest.mark.parametrize("wrong", [None, 5, 1e400, "x", [[]], {"a": []}, {"a": -1}, {"a": 10**400}])
@pytest.mark.parametrize("name", ["counts", "folds", "patients", "groups", "name", "versions", "variants"])
def test_other_kinds_of_facts_are_refused(name, wrong):
    fine = {("patients", 5), ("groups", "x"), ("name", "x")}
    if (name, str(wrong)) in {(key, str(value)) for key, value in fine} or (name == "versions" and wrong == {"a": []}):
        return
    with pytest.raises((ValueError, TypeError)):
        BundleFacts(**{"variants": VARIANTS} | {name: wrong})


def test_the_documented_example():
    assert doctest.testmod(boost.bundle.facts).failed == 0
