"""Laws of reading a vote: what is kept reads as before, and what makes no sense is refused."""

import json
from copy import deepcopy

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from boost.bundle.decision import DecisionRule, OperatingPoint
from boost.settings import BoostError
from boost.uncertainty.calibrate import RECALIBRATED

CLASSES = ("a", "b", "c")


@pytest.fixture(scope="module")
def votes():
    return np.random.default_rng(0).dirichlet([1, 2, 3], 90)


@pytest.fixture(scope="module")
def reading(votes):
    labels = np.array([np.random.default_rng(i).choice(3, p=vote) for i, vote in enumerate(votes)])
    point = OperatingPoint(("b",), "sum", "Youden", 0.4)
    return DecisionRule.fit(CLASSES, votes, labels, np.arange(90) // 3, 0.1, point)


def test_what_is_kept_reads_to_the_bit_as_before(reading, votes):
    again = DecisionRule.of_facts(json.loads(json.dumps(reading.to_facts())))
    assert again == reading
    assert_array_equal(again.calibrated(votes), reading.calibrated(votes))


def class_conditional(votes, patients=90):
    labels = np.array([np.random.default_rng(i).choice(3, p=vote) for i, vote in enumerate(votes)])
    return DecisionRule.fit(CLASSES, votes, labels, np.arange(90) % patients, 0.1, None, "class")


def test_class_conditional_sets_are_kept_too(votes):
    rule = class_conditional(votes)
    again = DecisionRule.of_facts(json.loads(json.dumps(rule.to_facts())))
    assert again == rule and again.set_kind == "class" and len(again.limits["0.80"]) == 3
    assert_array_equal(again.sets(votes, "0.80"), rule.sets(votes, "0.80"))


def test_facts_of_earlier_versions_are_of_marginal_sets(reading):
    facts = reading.to_facts()
    del facts["set_kind"]
    assert DecisionRule.of_facts(facts) == reading and reading.set_kind == "marginal"


def test_recalibrated_probabilities_decide_and_are_kept(votes, reading):
    labels = np.array([np.random.default_rng(i).choice(3, p=vote) for i, vote in enumerate(votes)])
    too_sure = votes**4 / (votes**4).sum(axis=1, keepdims=True)
    rule = DecisionRule.fit(CLASSES, too_sure, labels, np.arange(90) // 3, 0.1, None, method=RECALIBRATED)
    assert DecisionRule.of_facts(json.loads(json.dumps(rule.to_facts()))) == rule
    assert rule.is_recalibrated and rule.calibration.temperature > 1
    assert_array_equal(rule.decisive(too_sure), rule.calibrated(too_sure))
    assert not reading.is_recalibrated
    assert_array_equal(reading.decisive(too_sure), too_sure)


def test_facts_of_earlier_versions_have_no_shares(reading):
    facts = json.loads(json.dumps(reading.to_facts()))
    del facts["calibration"]["share_weight"], facts["calibration"]["shares"]
    assert DecisionRule.of_facts(facts) == reading


def test_classes_that_every_set_holds_are_named(reading, votes):
    assert reading.always_in_sets("0.90") == () and class_conditional(votes, 3).always_in_sets("0.90") == CLASSES
    few_of_a = class_conditional(votes)
    assert few_of_a.always_in_sets("0.95") == ("a",) and few_of_a.always_in_sets("0.80") == ()
    assert few_of_a.sets(votes, "0.95")[:, 0].all()


def test_calibrated_probabilities_sum_to_one_and_keep_the_order(reading, votes):
    calibrated = reading.calibrated(votes)
    assert calibrated.sum(axis=1) == pytest.approx(1)
    assert_array_equal(calibrated.argsort(axis=1), votes.argsort(axis=1))


def test_sets_grow_with_the_level_and_hold_the_likeliest(reading, votes):
    calibrated = reading.calibrated(votes)
    some, more, most = (reading.sets(calibrated, level) for level in ("0.80", "0.90", "0.95"))
    assert (some <= more).all() and (more <= most).all()
    assert some[np.arange(90), calibrated.argmax(axis=1)].all()


def test_an_unknown_level_is_refused(reading, votes):
    with pytest.raises(BoostError, match=r"0\.99.*0\.80, 0\.90, 0\.95"):
        reading.sets(votes, "0.99")


def test_there_may_be_no_operating_point(reading):
    facts = reading.to_facts() | {"operating": None}
    assert DecisionRule.of_facts(facts).operating is None


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (["classes"], ["a"]),
        (["classes"], ["a", "a", "b"]),
        (["classes"], ["a", "b"]),
        (["classes"], [1, 2, 3]),
        (["classes"], 5),
        (["calibration"], {}),
        (["calibration", "method"], "magic"),
        (["calibration", "temperature"], -1),
        (["calibration", "temperature"], float("inf")),
        (["calibration", "bias"], [0, 0, "x"]),
        (["calibration", "bias"], [0, 0, float("nan")]),
        (["limits"], {"0.90": "x"}),
        (["limits"], {"0.90": float("nan")}),
        (["limits"], {"0.90": [0.1, 0.2, 0.3]}),
        (["set_kind"], "each"),
        (["set_kind"], "class"),
        (["spread"], None),
        (["operating", "threshold"], float("nan")),
        (["operating", "threshold"], "x"),
        (["operating", "positive"], ["a", "b", "c"]),
        (["operating", "positive"], ["x"]),
        (["operating", "positive"], []),
        (["operating"], {"positive": ["a"]}),
    ],
)
def test_facts_that_make_no_sense_are_refused(reading, place, value):
    facts = deepcopy(reading.to_facts())
    *path, last = place
    inner = facts
    for name in path:
        inner = inner[name]
    inner[last] = value
    with pytest.raises((ValueError, KeyError, TypeError)):
        DecisionRule.of_facts(facts)


@pytest.mark.parametrize("level", ["x", "0", "1.5", "nan", "0.9", ""])
def test_levels_are_different_shares(reading, level):
    facts = json.loads(json.dumps(reading.to_facts()))
    for limits in ({"0.90": 0.5, level: 0.5}, [level]):
        with pytest.raises((ValueError, TypeError, AttributeError)):
            DecisionRule.of_facts(facts | {"limits": limits})


@pytest.mark.parametrize("change", [{"rule": 5}, {"aim": None}, {"threshold": "x"}, {"threshold": 10**400}])
def test_an_operating_point_is_of_words_and_a_number(reading, change):
    facts = json.loads(json.dumps(reading.to_facts()))
    with pytest.raises((ValueError, TypeError, ArithmeticError)):
        DecisionRule.of_facts(facts | {"operating": facts["operating"] | change})
