"""Scores that rank the wrong way round are warned of, and scores that rank nothing are not."""

from dataclasses import replace

import numpy as np
import pytest

from report.out_of_fold import OutOfFold
from report.statistics.patient_groups import PatientGroups
from report.swapped_columns import rankings, swapped_columns


def warned(answers, source=""):
    return swapped_columns(answers, PatientGroups.of(answers), source)


def of_four(order, seed=0):
    """Good answers to four classes, with the columns of probabilities in another order."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(4, size=200)
    probabilities = rng.dirichlet([1, 1, 1, 1], size=200) + 3 * np.eye(4)[codes]
    probabilities = (probabilities / probabilities.sum(axis=1, keepdims=True))[:, order]
    classes = ("a", "b", "c", "d")
    names = np.array(classes)
    return OutOfFold(
        images=np.array([f"i{number}" for number in range(200)]),
        label=names[codes],
        fold=np.arange(200) % 5,
        predicted=names[probabilities.argmax(axis=1)],
        classes=classes,
        probabilities=probabilities,
    )


def test_two_classes_the_wrong_way_round_are_one_warning(cohort):
    (notice,) = warned(cohort(separation=-3), "t.csv")
    assert notice.kind == "swapped-columns" and notice.startswith("t.csv: columns may be swapped: AUC of malignant 0.0")
    assert warned(replace(cohort(separation=-3), positive=None, score=None)) != []


@pytest.mark.parametrize("separation", [0, 0.3, 3])
def test_scores_that_rank_little_or_well_are_no_warning(cohort, separation):
    assert not any(warned(cohort(separation=separation, seed=seed)) for seed in range(20))


def test_few_images_are_no_evidence(answered):
    assert warned(answered(np.array([True, False, False]), np.array([0.1, 0.9, 0.8]))) == []


@pytest.mark.parametrize(("order", "swapped"), [([1, 0, 2, 3], "ab"), ([0, 3, 2, 1], "bd")])
def test_of_several_classes_the_two_that_changed_places_are_named(order, swapped):
    (notice,) = warned(of_four(order))
    one, other = swapped
    assert f"AUC of {one} against {other} 0.0" in notice


def test_of_several_classes_that_moved_along_some_are_named():
    (notice,) = warned(of_four([1, 2, 3, 0]))
    assert notice.count(" against ") >= 2 and warned(of_four([0, 1, 2, 3])) == []


def test_guessing_among_several_classes_is_no_warning():
    guesses = of_four([0, 1, 2, 3])
    for seed in range(20):
        rng = np.random.default_rng(seed)
        answers = replace(guesses, probabilities=rng.dirichlet([1, 1, 1, 1], size=200))
        assert not [words for words in warned(answers) if " against " in words]


def test_each_class_is_ranked_and_two_have_one_ranking_between_them(cohort):
    names = [ranking.name for ranking in rankings(of_four([0, 1, 2, 3]))]
    assert names[:5] == ["a", "b", "c", "d", "a against b"] and len(names) == 10
    assert [ranking.name for ranking in rankings(cohort())] == ["malignant"]


def test_pairs_across_folds_do_not_count():
    """Leaving one patient out, an AUC over all pairs is below 0.5 without any signal."""
    truth = np.repeat([True, False], 20)
    score = np.where(truth, 0.4, 0.6)
    answers = OutOfFold(
        images=np.arange(40).astype(str),
        label=np.where(truth, "b", "a"),
        fold=np.arange(40),
        predicted=np.where(score > 0.5, "b", "a"),
        classes=("a", "b"),
        probabilities=np.column_stack([1 - score, score]),
        positive=("b",),
        score=score,
    )
    assert warned(answers) == []
