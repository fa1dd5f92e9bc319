"""Heads side by side: the default's row is the run's own, and choosing with hindsight looks at least as good."""

import numpy as np
import pytest

from report.choices.choices_numbers import of_choices
from report.choices.heads_chapter import other_choices
from report.choices.heads_compared import EVERY_VARIANT, INSIDE, HeadsCompared, beside_default, optimism
from report.comparison import compare
from report.evaluation import Evaluation
from report.measures.calibration import quality
from report.numbers import numbers
from report.printing import markdown
from report.section import cell_text

VARIANTS = (EVERY_VARIANT, "wide", "narrow")


@pytest.fixture(scope="module")
def compared():
    """Two heads on two variants; the answers chosen inside are a mixture of both heads' by fold."""
    from tests.report.conftest import make_answers, make_cohort

    fusion = make_cohort()
    truth = fusion.truth
    group = np.array([int(name[1:]) for name in fusion.patients])
    rng = np.random.default_rng(1)
    candidates = {("blend", EVERY_VARIANT): fusion}
    for head in ("blend", "trees"):
        for variant in VARIANTS:
            score = np.clip(fusion.score + 0.2 * rng.normal(size=len(truth)), 0.01, 0.99)
            candidates.setdefault((head, variant), make_answers(truth, score, group))
    of_fold = {1: ("trees", "wide"), 2: ("blend", EVERY_VARIANT), 3: ("trees", "wide"), 4: ("trees", EVERY_VARIANT),
               5: ("trees", "wide")}  # fmt: skip
    scores = np.array([candidates[of_fold[fold]].score[row] for row, fold in enumerate(fusion.fold)])
    return HeadsCompared("blend", candidates, make_answers(truth, scores, group), of_fold)


@pytest.fixture(scope="module")
def evaluation(compared):
    return Evaluation.of(compared.result, heads=compared)


def test_the_row_of_the_default_is_the_run_itself(compared, evaluation):
    own = evaluation.head_measures["blend"]
    for name, interval in own.measures.items():
        assert interval == evaluation.overall[name]
    expected = quality(evaluation.out_of_fold.probabilities, evaluation.out_of_fold, evaluation.groups,
                       evaluation.resamples, np.random.default_rng(evaluation.seed))  # fmt: skip
    assert own.quality == expected
    assert list(evaluation.head_measures) == ["blend", "trees", INSIDE]


def test_differences_are_those_of_compare(compared):
    found = beside_default(compared)
    assert list(found) == ["trees", INSIDE]
    expected = compare(compared.result, compared.heads["trees"], ("blend", "trees"))
    assert found["trees"].differences == expected.differences


def test_the_best_with_hindsight_is_never_worse_than_a_candidate_and_optimism_is_the_difference(compared):
    found = optimism(compared)
    for candidate in compared.candidates.values():
        right = np.mean(candidate.predicted == candidate.label)
        loss = -np.log(candidate.probabilities[np.arange(100), candidate.codes]).mean()
        assert found["accuracy"].hindsight >= right - 1e-12
        assert found["log-loss"].hindsight <= loss + 1e-12
    chosen = compared.chosen
    assert found["accuracy"].inside == np.mean(chosen.predicted == chosen.label)
    assert found["accuracy"].value == found["accuracy"].hindsight - found["accuracy"].inside
    best = compared.candidates[found["log-loss"].best]
    assert found["log-loss"].hindsight == pytest.approx(-np.log(best.probabilities[np.arange(100), best.codes]).mean())
    assert optimism(HeadsCompared("blend", compared.candidates)) == {}


def test_how_often_each_was_chosen_adds_up_to_the_folds(compared):
    times = compared.times_chosen()
    assert times == {("trees", "wide"): 3, ("blend", EVERY_VARIANT): 1, ("trees", EVERY_VARIANT): 1}
    assert next(iter(times)) == ("trees", "wide")


def test_the_chapter_says_what_may_be_quoted_and_shows_no_other_number_at_once(evaluation):
    chapter = other_choices(evaluation)
    text = markdown(chapter.sections)
    for section in chapter.sections[:1]:
        assert "Only the default and what is chosen inside may be quoted as the result" in section.sentence
    shown = [section.key for section in chapter.sections if not section.at_length]
    assert shown == ["chosen-inside"]
    assert "| blend (default) |" in text and "3 of 5" in text
    cells = chapter.sections[2].cells
    best, optimistic = cells.loc["best with hindsight"], cells.loc["optimism"]
    assert cell_text(best["accuracy"]) and cell_text(optimistic["accuracy"])[0] in "+-"
    assert other_choices(Evaluation.of(evaluation.out_of_fold)) is None


def test_where_nothing_could_be_chosen_the_row_is_left_out_with_the_reason(compared):
    without = HeadsCompared("blend", compared.candidates, why_not_chosen="two folds leave no third")
    evaluation = Evaluation.of(compared.result, heads=without)
    text = markdown(other_choices(evaluation).sections)
    assert "Left out: two folds leave no third. Only the default may be quoted" in text
    assert INSIDE not in evaluation.head_measures
    assert of_choices(evaluation)["chosen_inside"] is None


def test_numbers_hold_every_head_the_choices_and_the_optimism(compared, evaluation):
    content = numbers(evaluation)
    assert content["heads"]["blend"]["accuracy"] == content["accuracy"]
    assert content["heads"]["blend"]["log_loss"] == content["log_loss"]
    assert content["heads"]["blend"]["less_default"] is None
    less = content["heads"]["trees"]["less_default"]["accuracy"]["value"]
    assert less == pytest.approx(content["heads"]["trees"]["accuracy"]["value"] - content["accuracy"]["value"])
    inside = content["chosen_inside"]
    assert [row["fold"] for row in inside["folds"]] == [1, 2, 3, 4, 5]
    assert inside["folds"][0] == {"fold": 1, "head": "trees", "variant": "wide"}
    assert inside["folds"][1]["variant"] is None, "all variants together"
    found = inside["optimism"]["accuracy"]
    assert found["optimism"] == pytest.approx(found["hindsight"] - inside["accuracy"]["value"])
    nothing = numbers(Evaluation.of(compared.result))
    assert nothing["heads"] is nothing["chosen_inside"] is nothing["other_splits"] is None
