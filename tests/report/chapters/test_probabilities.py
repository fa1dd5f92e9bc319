from dataclasses import replace

import numpy as np
import pytest

from report.chapters.probabilities import calibration_section, conformal_section, risk_section
from report.chapters.two_class import threshold_section
from report.comparison import compare, comparison_section
from report.evaluation import Evaluation
from report.measures.risk_coverage import SHARES
from report.section import cell_text


@pytest.fixture(scope="module")
def answers(cohort):
    return cohort()


def test_each_aim_has_the_hindsight_beside_the_out_of_fold_and_the_gap_is_printed(answers):
    evaluation = Evaluation.of(answers)
    part = threshold_section(evaluation)
    assert list(part.cells.index) == [
        "sensitivity ≥ 95 %, on all", "sensitivity ≥ 95 %, out-of-fold", "Youden, on all", "Youden, out-of-fold"
    ]  # fmt: skip
    for choice in evaluation.threshold_choices:
        assert part.cells.loc[f"{choice.aim}, out-of-fold", "sensitivity"].interval == choice.held_out["sensitivity"]
        assert f"{choice.aim}: sensitivity {100 * choice.gap('sensitivity'):+.1f}" in part.sentence
    assert "-0.0" not in part.sentence
    assert "--positive" in threshold_section(Evaluation.of(replace(answers, positive=None, score=None))).sentence


def test_calibration_shows_each_table_and_its_change(answers):
    flat = np.full((100, 2), 0.5)
    calibrated = {"temperature": answers.probabilities, "flat": flat}
    cells = calibration_section(Evaluation.of(answers, calibrated=calibrated)).cells.map(cell_text)
    assert list(cells.index) == ["as they are", "temperature", "flat"]
    assert cells["change"].to_list()[:2] == ["–", "+0.000 [+0.000, +0.000]"]
    assert cells.loc["flat", "log-loss"] == "0.693 [0.693, 0.693]"
    assert cells.loc["flat", "Brier"] == "0.500 [0.500, 0.500]"


def test_sets_are_shown_by_level_or_left_out_with_a_sentence(answers):
    part = conformal_section(Evaluation.of(answers, sets={0.8: np.full((100, 2), True)}))
    assert part.cells.index.to_list() == ["80 %"]
    assert "no sets were made" in conformal_section(Evaluation.of(answers)).sentence
    none = Evaluation.of(replace(answers, probabilities=None))
    assert "only the predicted class" in conformal_section(none).sentence


def test_shares_answered_end_with_half_and_begin_with_the_accuracy(answers):
    cells = risk_section(Evaluation.of(answers)).cells
    assert len(cells) == len(SHARES) and cells["images"].to_list() == [100, 90, 80, 70, 60, 50]
    right = (answers.label == answers.predicted).mean()
    assert cells.loc["100 %", "accuracy"].interval.value == pytest.approx(right)


def test_a_comparison_says_its_verdict_and_each_measure(answers):
    part = comparison_section(compare(answers, answers, ("one", "two")))
    assert part.cells["better"].to_list() == ["cannot be told apart"] * 4
    assert str(part.cells["difference"]["accuracy"]) == "+0.0 [-4.2, +4.2]"  # no disagreement is no proof of equality
    assert "one and two cannot be told apart" in part.sentence and "First: one. Second: two." in part.sentence
