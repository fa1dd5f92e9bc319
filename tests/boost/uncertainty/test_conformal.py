import json
from itertools import product

import numpy as np
import pytest
from mapie.classification import SplitConformalClassifier
from mapie.conformity_scores import LACConformityScore
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from benchmarks.conformal_sets import one_cohort
from boost.bundle.decision import DecisionRule
from boost.settings import BoostError
from boost.uncertainty.calibrate import calibrate
from boost.uncertainty.conformal import (
    CLASS,
    KINDS,
    LEVELS,
    class_limits_of,
    fit_sets,
    limit_of,
    limits,
    prediction_sets,
    sets_out_of_fold,
)


def patients_of(rng, patients, classes=3):
    """Patients with 1-8 images each, some of them hard throughout."""
    group = np.repeat(np.arange(patients), rng.integers(1, 9, patients))
    labels = rng.integers(0, classes, len(group))
    ease = rng.normal(1.5, 1.5, patients)[group]
    scores = rng.normal(size=(len(group), classes)) + ease[:, None] * np.eye(classes)[labels]
    return softmax(scores, axis=1), labels, group


def test_worked_by_hand():
    """Four patients weigh 1/5 each; the second has two images of 1/10."""
    true = np.array([0.9, 0.8, 0.3, 0.6, 0.5])
    table, labels, groups = np.column_stack([true, 1 - true]), np.zeros(5, int), np.array(list("abbcd"))
    # from the most certain on the weights add up to .2 (.9), .3 (.8), .5 (.6), .7 (.5), .8 (.3)
    for level, limit in ((0.2, 0.9), (0.3, 0.8), (0.45, 0.6), (0.7, 0.5), (0.8, 0.3), (0.81, None)):
        assert limit_of(table, labels, groups, level) == (limit if limit is None else pytest.approx(limit))


def test_with_one_image_a_patient_it_is_the_usual_split_conformal_quantile():
    rng = np.random.default_rng(0)
    table, labels = rng.dirichlet(np.ones(3), 99), rng.integers(0, 3, 99)
    score = 1 - table[np.arange(99), labels]
    usual = np.sort(score)[int(np.ceil(100 * 0.9)) - 1]
    assert 1 - limit_of(table, labels, np.arange(99), 0.9) == pytest.approx(usual)


@pytest.mark.parametrize(("level", "fewest"), [(0.8, 4), (0.9, 9), (0.95, 19)])
def test_a_level_needs_patients_and_without_them_the_set_is_full(level, fewest):
    table, labels, groups = patients_of(np.random.default_rng(0), fewest)
    assert limit_of(table, labels, groups, level) is not None
    few = groups < fewest - 1
    assert limit_of(table[few], labels[few], groups[few], level) is None
    assert prediction_sets(table, None).all()


def test_sets_hold_the_true_class_of_a_new_patients_image_at_the_level():
    """One random image of a new patient, over many draws of 20 patients: at least the level, and not far above."""
    rng, held = np.random.default_rng(1), {0.8: [], 0.9: []}
    for _ in range(1000):
        table, labels, groups = patients_of(rng, 21)
        old, new = groups < 20, rng.choice(np.flatnonzero(groups == 20))
        for level, covered in held.items():
            limit = limit_of(table[old], labels[old], groups[old], level)
            covered.append(table[new, labels[new]] >= limit)
    for level, covered in held.items():
        assert level - 0.02 < np.mean(covered) < level + 0.07


def test_a_set_is_never_empty_and_grows_with_the_level():
    table, labels, groups = patients_of(np.random.default_rng(2), 60)
    sizes = []
    for level in LEVELS:
        sets = prediction_sets(table, limit_of(table, labels, groups, level))
        assert sets[np.arange(len(table)), table.argmax(axis=1)].all()
        sizes.append(sets.sum(axis=1).mean())
    assert sizes == sorted(sizes)


def test_the_order_of_images_and_the_names_of_patients_do_not_matter():
    table, labels, groups = patients_of(np.random.default_rng(3), 30)
    turn = np.random.default_rng(4).permutation(len(labels))
    names = np.array([f"p{(7 * group) % 30}" for group in groups])
    for level in LEVELS:
        one = limit_of(table, labels, groups, level)
        assert limit_of(table[turn], labels[turn], names[turn], level) == pytest.approx(one)


@pytest.mark.parametrize("kind", KINDS)
def test_out_of_fold_a_folds_sets_never_see_its_labels(kind):
    table, labels, groups = patients_of(np.random.default_rng(5), 40)
    fold = groups % 5 + 1
    here = fold == 2
    one = sets_out_of_fold(table, labels, groups, fold, kind)[0.8]
    changed = sets_out_of_fold(table, np.where(here, (labels + 1) % 3, labels), groups, fold, kind)[0.8]
    assert np.array_equal(one[here], changed[here]) and not np.array_equal(one, changed)


def rare_positive(rng, patients):
    """Patients with 1-8 images of one class each, a quarter of them positive and harder to tell."""
    group = np.repeat(np.arange(patients), rng.integers(1, 9, patients))
    labels = (rng.random(patients) < 0.25).astype(int)[group]
    ease = rng.normal(np.where(labels == 1, 0.3, 2.0), 1 + rng.random(patients)[group])
    logit = np.where(labels == 1, ease, -ease) - 1
    p = 1 / (1 + np.exp(-logit))
    return np.column_stack([1 - p, p]), labels, group


def test_class_limits_hold_the_level_in_each_class_where_one_limit_does_not():
    """One random image of a new patient of each class, over many draws of 60 patients."""
    rng, covered = np.random.default_rng(1), {kind: ([], []) for kind in KINDS}
    for _ in range(400):
        table, labels, groups = rare_positive(rng, 160)
        old = groups < 60
        for kind, of_classes in covered.items():
            limit = limits(table[old], labels[old], groups[old], kind)["0.80"]
            for number in (0, 1):
                new = np.flatnonzero(~old & (labels == number))
                image = new[groups[new] == rng.choice(groups[new])][:1]
                of_classes[number].append(prediction_sets(table[image], limit)[0, number])
    negative, positive = (np.mean(held) for held in covered[CLASS])
    assert min(negative, positive) > 0.8 - 0.04 and np.mean(covered["marginal"][1]) < 0.7


def test_what_is_measured_holds_for_new_patients_and_the_vote_of_all_folds():
    with threadpool_limits(1):  # small matrices: threads would wait for each other
        found = [one_cohort(seed) for seed in range(12)]
    for kind, level in product(KINDS, LEVELS):
        mean = np.mean([rows[kind, level] for rows in found], axis=0)
        measured, deployed = mean[0], mean[5:9]  # of all classes; and of each of three
        assert level - 0.03 < measured < deployed[0] + 0.03 and deployed[0] < measured + 0.06
        assert kind != CLASS or deployed.min() > level


@pytest.mark.parametrize("kind", KINDS)
def test_sets_of_either_kind_grow_with_the_level(kind):
    table, labels, groups = patients_of(np.random.default_rng(8), 120)
    low, middle, high = (prediction_sets(table, limit) for limit in limits(table, labels, groups, kind).values())
    assert (low <= middle).all() and (middle <= high).all() and low.sum() < high.sum()


def test_a_class_limit_is_the_limit_of_the_images_of_that_class():
    table, labels, groups = patients_of(np.random.default_rng(9), 60)
    found = class_limits_of(table, labels, groups, 0.8)
    for number, limit in enumerate(found):
        here = labels == number
        assert limit == limit_of(table[here], labels[here], groups[here], 0.8)
    relabelled = np.where(labels == 2, 1, labels)
    assert class_limits_of(table, relabelled, groups, 0.8)[2] is None  # nobody has it: every set does
    assert prediction_sets(table, class_limits_of(table, relabelled, groups, 0.8))[:, 2].all()


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_measured_out_of_fold_is_the_rule_that_a_bundle_keeps(kind):
    table, labels, groups = patients_of(np.random.default_rng(10), 80)
    fold = groups % 4 + 1
    measured = sets_out_of_fold(table, labels, groups, fold, kind)
    for number in range(1, 5):
        here = fold == number
        rule = DecisionRule.fit(("a", "b", "c"), table[~here], labels[~here], groups[~here], 0.1, None, kind)
        for level, sets in measured.items():
            assert np.array_equal(sets[here], rule.sets(rule.calibrated(table[here]), f"{level:.2f}"))


def test_limits_are_those_of_calibrated_probabilities():
    table, labels, groups = patients_of(np.random.default_rng(11), 40)
    calibration, found = fit_sets(table, labels, groups)
    assert found == limits(calibrate(calibration, table), labels, groups) != limits(table, labels, groups)


def test_another_kind_is_refused():
    with pytest.raises(BoostError, match="'each'; known: marginal, class"):
        limits(*patients_of(np.random.default_rng(0), 5), "each")


def test_limits_survive_json():
    table, labels, groups = patients_of(np.random.default_rng(6), 12)
    found = limits(table, labels, groups)
    assert json.loads(json.dumps(found)) == found
    assert list(found) == ["0.80", "0.90", "0.95"] and found["0.95"] is None and 0 < found["0.90"] < found["0.80"]


@pytest.mark.parametrize("level", [0, 1, 90])
def test_a_level_is_a_share(level):
    with pytest.raises(BoostError, match="between 0 and 1"):
        limit_of(np.eye(2), np.array([0, 1]), ["a", "b"], level)


def test_agrees_with_mapie_where_every_patient_has_one_image():
    rng = np.random.default_rng(7)
    labels = rng.integers(0, 3, 300)
    features = rng.normal(size=(300, 3)) + np.eye(3)[labels]
    model = LogisticRegression().fit(features[:100], labels[:100])
    theirs = SplitConformalClassifier(model, LEVELS, conformity_score=LACConformityScore())
    theirs.conformalize(features[100:200], labels[100:200])
    wanted = theirs.predict_set(features[200:])[1]  # (image, class, level)
    said = model.predict_proba(features)
    for level, sets in zip(LEVELS, np.moveaxis(wanted, 2, 0), strict=True):
        limit = limit_of(said[100:200], labels[100:200], np.arange(100), level)
        assert np.array_equal(said[200:] >= limit - 1e-12, sets)
