from dataclasses import replace

import pytest
from matplotlib import _pylab_helpers

from report.chapters.more_patients import learning_figure
from report.chapters.probabilities import probabilities, reliability_figure, risk_figure
from report.evaluation import Evaluation
from report.measures.calibration import bins_of
from report.measures.learning_curve import learning_curve_points


@pytest.fixture(scope="module")
def answers(cohort):
    return cohort()


@pytest.fixture(scope="module")
def evaluation(answers):
    return Evaluation.of(answers)


def words(figure):
    axes = figure.axes[0]
    return [text.get_text() for text in [*axes.texts, *axes.get_legend().get_texts()]]


def test_reliability_shows_before_and_after_with_a_point_for_each_bin(answers, evaluation):
    calibrated = {"temperature": answers.probabilities, "other": answers.probabilities}
    figure = reliability_figure(Evaluation.of(answers, calibrated=calibrated))
    assert words(figure) == ["perfectly calibrated", "as they are", "temperature"]
    bins = bins_of(answers.probabilities, answers.codes).inside.shape[1]
    assert [len(part[0].get_xdata()) for part in figure.axes[0].containers] == [bins, bins]
    assert words(reliability_figure(evaluation)) == ["perfectly calibrated", "as they are"]


def test_the_risk_curve_says_its_accuracies_and_nothing_leaves_the_picture(evaluation):
    curve = evaluation.risk_coverage
    figure = risk_figure(curve, "out-of-fold")
    assert f"{100 * curve.accuracy[-1]:.1f} %" in words(figure)
    low, high = figure.axes[0].get_ylim()
    shown = curve.share >= 0.1
    assert (
        low <= 100 * min(curve.intervals[point].low for point in curve.intervals if shown[point])
        and high >= 100 * curve.accuracy[shown].max()
    )


def test_the_learning_curve_has_a_point_per_size_and_nothing_leaves_the_picture(answers, learned):
    evaluation = Evaluation.of(answers, learning=learning_curve_points(learned(answers), answers))
    axes = learning_figure(evaluation).axes[0]
    names = {text.get_text() for text in axes.get_legend().get_texts()}
    assert names == {"accuracy", "AUC", "accuracy, each draw"}
    assert [label.get_text() for label in axes.get_xticklabels()] == ["4", "8", "16"]
    low, high = axes.get_ylim()
    for points in evaluation.learning_curve.values():
        assert all(low <= 100 * end <= high for point in points for end in (point.low, point.high))


def test_without_probabilities_there_is_no_figure(answers):
    chapter = probabilities(Evaluation.of(replace(answers, probabilities=None)))
    assert [section.picture for section in chapter.sections] == [None, None, None]


def test_drawing_leaves_no_global_state(evaluation):
    reliability_figure(evaluation)
    assert _pylab_helpers.Gcf.get_num_fig_managers() == 0
