import numpy as np
import pytest

from cohort.layouts.iciar2018 import ICIAR_CLASSES
from report.binary import PositiveError, checked_positive, default_positive, default_rule, positive_score

CARCINOMA = ("insitu", "invasive")


@pytest.fixture
def probabilities() -> np.ndarray:
    return np.random.default_rng(0).dirichlet(np.ones(4), size=5000)  # (n, classes)


def test_max_rule_passes_one_half_exactly_where_the_argmax_is_positive(probabilities):
    for positive in (("insitu", "invasive"), ("benign",), ("normal", "benign", "invasive")):
        answered = np.isin(np.array(ICIAR_CLASSES)[probabilities.argmax(axis=1)], positive)
        assert np.array_equal(positive_score(probabilities, ICIAR_CLASSES, positive, "max") > 0.5, answered)


def test_sum_rule_does_not_follow_the_argmax(probabilities):
    answered = probabilities.argmax(axis=1) >= 2
    assert (answered != (positive_score(probabilities, ICIAR_CLASSES, CARCINOMA, "sum") > 0.5)).any()


@pytest.mark.parametrize("rule", ["max", "sum"])
def test_the_other_classes_have_the_other_score(probabilities, rule):
    score = positive_score(probabilities, ICIAR_CLASSES, CARCINOMA, rule)
    others = positive_score(probabilities, ICIAR_CLASSES, ("normal", "benign"), rule)
    np.testing.assert_allclose(score + others, 1)
    assert score.min() >= 0 and score.max() <= 1


@pytest.mark.parametrize("rule", ["max", "sum"])
def test_of_two_classes_both_rules_give_the_probability(probabilities, rule):
    two = probabilities[:, :2] / probabilities[:, :2].sum(axis=1, keepdims=True)
    np.testing.assert_allclose(positive_score(two, ("0", "1"), ("1",), rule), two[:, 1])


def test_worked_by_hand():
    row = np.array([[0.4, 0.0, 0.3, 0.3]])
    assert positive_score(row, ICIAR_CLASSES, CARCINOMA, "max") == pytest.approx(3 / 7)
    assert positive_score(row, ICIAR_CLASSES, CARCINOMA, "sum") == pytest.approx(0.6)


def test_order_of_the_positive_classes_does_not_matter(probabilities):
    assert checked_positive(ICIAR_CLASSES, ["invasive", "insitu"]) == CARCINOMA
    one, other = (
        positive_score(probabilities, ICIAR_CLASSES, chosen, "max") for chosen in (CARCINOMA, CARCINOMA[::-1])
    )
    assert np.array_equal(one, other)


@pytest.mark.parametrize("positive", [(), ICIAR_CLASSES, ("in situ",), ("insitu", "cancer")])
def test_none_all_or_unknown_positive_classes_are_refused(probabilities, positive):
    with pytest.raises(PositiveError, match=r"choose .*normal, benign, insitu, invasive"):
        positive_score(probabilities, ICIAR_CLASSES, positive, "max")


def test_an_unknown_rule_is_refused(probabilities):
    with pytest.raises(PositiveError, match="'mean'; choose from max, sum"):
        positive_score(probabilities, ICIAR_CLASSES, CARCINOMA, "mean")


def test_defaults():
    assert default_positive(sorted(ICIAR_CLASSES)) == CARCINOMA
    assert default_positive(("0", "1")) == ("1",)
    for denied in ("no cancer", "non-Cancer", "not_cancer", "noncancer", "without cancer"):
        assert default_positive(("cancer", denied)) == default_positive((denied, "cancer")) == ("cancer",)
    for others in (("type1", "not typed"), ("dule", "nodules"), ("normal", "no cancer")):
        assert default_positive(others) == {"normal": ("no cancer",)}.get(others[0]), (
            "what denies the other class alone"
        )
    assert default_positive(("a", "b", "c")) is None
    assert (default_rule(ICIAR_CLASSES), default_rule(("0", "1"))) == ("max", "sum")
