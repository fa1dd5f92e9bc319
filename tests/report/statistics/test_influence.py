import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, cohen_kappa_score, f1_score, recall_score, roc_auc_score
from statsmodels.stats.inter_rater import cohens_kappa

from benchmarks import intervals_before as metrics
from report.statistics import influence

RNG = np.random.default_rng(0)
LABEL, PREDICTED = RNG.choice(list("abc"), (2, 60))
TRUTH, SCORE = RNG.random(60) < 0.4, RNG.random(60).round(1)  # scores with many ties
CALLED = SCORE >= 0.5
WEIGHTS = np.vstack([np.ones(60), RNG.integers(0, 4, (3, 60))]).astype(float)


def f1_weighted(weights):
    return metrics.mean(weights, TRUTH & CALLED, (TRUTH.astype(float) + CALLED) / 2)


PAIRS = {  # a measure with its influence values, and the same under weights
    "accuracy": (influence.share(LABEL == PREDICTED, np.ones(60)), lambda w: metrics.mean(w, LABEL == PREDICTED)),
    "recall": (influence.share(CALLED, TRUTH), lambda w: metrics.mean(w, CALLED, TRUTH)),
    "balanced": (
        influence.balanced_accuracy(LABEL, PREDICTED),
        lambda w: metrics.balanced_accuracy(w, LABEL, PREDICTED),
    ),
    "kappa": (influence.kappa(LABEL, PREDICTED), lambda w: metrics.kappa(w, LABEL, PREDICTED)),
    "AUC": (influence.auc(TRUTH, SCORE), lambda w: metrics.auc(w, TRUTH, SCORE)),
    "F1": (influence.f1(TRUTH, CALLED), f1_weighted),
}


@pytest.mark.parametrize("weights", WEIGHTS)
def test_measures_are_those_of_scikit_learn_on_any_resample(weights):
    one = weights[None]
    sample = {"sample_weight": weights}
    assert metrics.mean(one, LABEL == PREDICTED)[0] == pytest.approx(np.average(LABEL == PREDICTED, weights=weights))
    assert metrics.balanced_accuracy(one, LABEL, PREDICTED)[0] == pytest.approx(
        balanced_accuracy_score(LABEL, PREDICTED, **sample)
    )
    assert metrics.kappa(one, LABEL, PREDICTED)[0] == pytest.approx(cohen_kappa_score(LABEL, PREDICTED, **sample))
    called = SCORE >= 0.5
    assert metrics.mean(one, called, TRUTH)[0] == pytest.approx(recall_score(TRUTH, called, **sample))  # sensitivity
    assert metrics.mean(one, ~called, ~TRUTH)[0] == pytest.approx(
        recall_score(TRUTH, called, pos_label=False, **sample)
    )
    assert metrics.auc(one, TRUTH, SCORE)[0] == pytest.approx(roc_auc_score(TRUTH, SCORE, **sample))


def test_the_auc_worked_by_hand():
    truth, score = np.array([False, False, True, True, True]), np.array([0.1, 0.4, 0.2, 0.4, 0.9])
    assert metrics.auc(np.ones((1, 5)), truth, score)[0] == pytest.approx(
        4.5 / 6
    )  # of the 6 pairs 4 in order and one tied


def test_a_weight_of_two_is_an_image_twice():
    twice = np.repeat(np.arange(60), WEIGHTS[1].astype(int))
    one = np.ones((1, len(twice)))
    assert metrics.auc(WEIGHTS[1:2], TRUTH, SCORE) == pytest.approx(metrics.auc(one, TRUTH[twice], SCORE[twice]))
    assert metrics.kappa(WEIGHTS[1:2], LABEL, PREDICTED) == pytest.approx(
        metrics.kappa(one, LABEL[twice], PREDICTED[twice])
    )


def test_a_resample_without_a_class_has_no_number():
    weights = np.array([[1.0, 1, 0, 0]])
    label, truth = np.array(list("aabb")), np.array([False, False, True, True])
    assert np.isnan(metrics.balanced_accuracy(weights, label, label)).all()
    assert np.isnan(metrics.auc(weights, truth, np.arange(4.0))).all()
    assert np.isnan(metrics.mean(weights, truth, truth)).all()


@pytest.mark.parametrize("name", PAIRS)
def test_an_influence_value_is_the_derivative_for_an_images_weight(name):
    measure, weighted = PAIRS[name]
    step = 1e-5
    derivative = (weighted(1 + step * np.eye(60)) - weighted(1 - step * np.eye(60))) / (2 * step)
    assert measure.influence == pytest.approx(derivative, abs=1e-7)
    assert measure.influence.sum() == pytest.approx(0, abs=1e-12)
    assert measure.value == pytest.approx(weighted(np.ones((1, 60)))[0])
    assert measure.weight.sum() == pytest.approx(1)


def test_f1_is_that_of_scikit_learn():
    assert influence.f1(TRUTH, CALLED).value == pytest.approx(f1_score(TRUTH, CALLED))
    assert influence.macro_f1(LABEL, PREDICTED).value == pytest.approx(f1_score(LABEL, PREDICTED, average="macro"))


def test_variances_are_those_of_statsmodels_and_delong():
    table = np.array([[np.sum((a == LABEL) & (b == PREDICTED)) for b in "abc"] for a in "abc"])
    variance = np.sum(influence.kappa(LABEL, PREDICTED).influence ** 2)
    assert variance == pytest.approx(cohens_kappa(table).var_kappa)
    difference = SCORE[TRUTH][:, None] - SCORE[~TRUTH]
    above = (np.sign(difference) + 1) / 2  # (positives, negatives)
    delong = sum(above.mean(axis=axis).var() / above.shape[1 - axis] for axis in (0, 1))
    assert np.sum(influence.auc(TRUTH, SCORE).influence ** 2) == pytest.approx(delong)


def test_an_auc_within_folds_is_the_mean_of_the_folds_and_leaves_out_those_of_one_class():
    fold = np.arange(60) % 4
    fold[TRUTH & (fold == 3)] = 2  # fold 3 has one class
    found = influence.auc_within_folds(TRUTH, SCORE, fold)
    each = [roc_auc_score(TRUTH[fold == number], SCORE[fold == number]) for number in range(3)]
    assert found.value == pytest.approx(np.mean(each))
    assert not found.weight[fold == 3].any() and not found.influence[fold == 3].any()
    assert found.influence.sum() == pytest.approx(0, abs=1e-12)


def test_what_cannot_be_measured_is_nan():
    nothing = np.full(60, False)
    assert np.isnan(influence.share(CALLED, nothing).value)
    assert np.isnan(influence.auc(nothing, SCORE).value)
    assert np.isnan(influence.auc_within_folds(TRUTH, SCORE, TRUTH.astype(int)).value)
    assert np.isnan(influence.kappa(np.full(60, "a"), np.full(60, "a")).value)


def test_scores_that_differ_by_fold_alone_put_the_pooled_auc_below_a_half():
    """12 patients of one class each in 10 folds; a model without any signal answers the share of positives it saw."""
    rng = np.random.default_rng(1)
    pooled, within = [], []
    for _ in range(300):
        truth = rng.permutation(12) < 6
        fold = np.arange(12) % 10
        learned = np.array([truth[fold != number].mean() for number in range(10)])  # (folds,)
        score = learned[fold] + 0.1 * rng.normal(size=12)
        pooled.append(influence.auc(truth, score).value)
        within.append(influence.auc_within_folds(truth, score, fold).value)
    assert np.mean(pooled) < 0.4
    assert np.nanmean(within) == pytest.approx(0.5, abs=0.06)  # often a single pair
