from dataclasses import replace

import numpy as np
import pytest

from report.chapters.probabilities import calibration_section, conformal_section, risk_section
from report.chapters.two_class import threshold_section
from report.comparison import compare, comparison_section
from report.measures.risk_coverage import SHARES
from report.measures.thresholds import threshold_points
from report.section import signed
from report.statistics.bootstrap import resample
from report.statistics.intervals import Interval


@pytest.fixture
def answers(cohort):
    return cohort()


@pytest.fixture
def drawn(answers):
    return resample(answers, np.random.default_rng(0))


def test_each_aim_has_the_hindsight_beside_the_honest_and_the_gap_is_printed(answers, drawn):
    part = threshold_section(answers, drawn)
    assert list(part.cells.index) == [
        "sensitivity ≥ 95 %, on all", "sensitivity ≥ 95 %, honest", "Youden, on all", "Youden, honest"
    ]  # fmt: skip
    for result in threshold_points(answers, drawn):
        assert part.cells.loc[f"{result.aim}, honest", "sensitivity"] == result.honest["sensitivity"].text()
        assert f"{result.aim}: sensitivity {100 * result.gap('sensitivity'):+.1f}" in part.sentence
    assert "-0.0" not in part.sentence
    assert "--positive" in threshold_section(replace(answers, positive=None, score=None), drawn).sentence


def test_calibration_shows_each_table_and_its_change(answers, drawn):
    flat = np.full((100, 2), 0.5)
    cells = calibration_section(answers, {"temperature": answers.probabilities, "flat": flat}, drawn).cells
    assert list(cells.index) == ["as they are", "temperature", "flat"]
    assert cells["change"].to_list()[:2] == ["–", "+0.000 [+0.000, +0.000]"]
    assert cells.loc["flat", "log-loss"] == "0.693 [0.693, 0.693]"
    assert cells.loc["flat", "Brier"] == "0.500 [0.500, 0.500]"


def test_sets_are_shown_by_level_or_left_out_with_a_sentence(answers, drawn):
    part = conformal_section(answers, {0.8: np.full((100, 2), True)}, drawn)
    assert part.cells.index.to_list() == ["80 %"]
    assert "no sets were made" in conformal_section(answers, {}, drawn).sentence
    assert "only the class" in conformal_section(replace(answers, probabilities=None), {}, drawn).sentence


def test_shares_answered_end_with_half_and_begin_with_the_accuracy(answers, drawn):
    cells = risk_section(answers, drawn).cells
    assert len(cells) == len(SHARES) and cells["images"].to_list() == ["100", "90", "80", "70", "60", "50"]
    right = 100 * (answers.label == answers.predicted).mean()
    assert cells.loc["100 %", "accuracy"].startswith(f"{right:.1f} [")


def test_a_comparison_says_its_verdict_and_each_measure(answers):
    part = comparison_section(compare(answers, answers, np.random.default_rng(0), ("one", "two")))
    assert part.cells["better"].to_list() == ["cannot be told apart"] * 4
    assert part.cells["difference"]["accuracy"] == "+0.0 [+0.0, +0.0]"
    assert "one and two cannot be told apart" in part.sentence and "First: one. Second: two." in part.sentence


def test_a_difference_has_its_sign():
    assert signed(Interval(-0.02, -0.05, 0.01), 1, 100) == "-2.0 [-5.0, +1.0]"
    assert signed(Interval(0.01, -1e-9, 0.02), 1) == "+0.0 [+0.0, +0.0]"
    assert signed(Interval(0.5, np.nan, np.nan), 2) == "+0.50 [–, –]"
