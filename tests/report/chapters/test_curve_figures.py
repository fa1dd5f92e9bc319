from dataclasses import replace

import numpy as np
import pytest
from matplotlib import _pylab_helpers

from report.chapters.more_patients import learning_figure
from report.chapters.probabilities import reliability_figure, risk_figure
from report.measures.calibration import bins_of
from report.measures.learning_curve import curve, learning_curve_points
from report.measures.risk_coverage import risk_coverage
from report.statistics.bootstrap import resample


@pytest.fixture
def answers(cohort):
    return cohort()


@pytest.fixture
def drawn(answers):
    return resample(answers, np.random.default_rng(0), times=200)


def words(figure):
    axes = figure.axes[0]
    return [text.get_text() for text in [*axes.texts, *axes.get_legend().get_texts()]]


def test_reliability_shows_before_and_after_with_a_point_for_each_bin(answers, drawn):
    figure = reliability_figure(answers, drawn, {"temperature": answers.probabilities, "other": answers.probabilities})
    assert words(figure) == ["perfectly calibrated", "as they are", "temperature"]
    bins = bins_of(answers.probabilities, answers.codes).inside.shape[1]
    assert [len(part[0].get_xdata()) for part in figure.axes[0].containers] == [bins, bins]
    alone = reliability_figure(answers, drawn)
    assert words(alone) == ["perfectly calibrated", "as they are"]


def test_the_risk_curve_says_its_accuracies_and_nothing_leaves_the_picture(answers, drawn):
    figure, curve = risk_figure(answers, drawn), risk_coverage(answers, drawn)
    assert f"{100 * curve.accuracy[-1]:.1f} %" in words(figure)
    axes = figure.axes[0]
    low, high = axes.get_ylim()
    told = curve.share >= 0.1
    assert low <= 100 * np.nanmin(curve.low[told]) and high >= 100 * curve.accuracy[told].max()


def test_the_learning_curve_has_a_point_per_size_and_nothing_leaves_the_picture(answers, drawn, learned):
    sizes = learning_curve_points(learned(answers), answers)
    axes = learning_figure(sizes, drawn).axes[0]
    names = {text.get_text() for text in axes.get_legend().get_texts()}
    assert names == {"accuracy", "AUC", "accuracy, each draw"}
    assert [label.get_text() for label in axes.get_xticklabels()] == ["4", "8", "16"]
    low, high = axes.get_ylim()
    for found in curve(sizes, drawn).values():
        assert all(low <= 100 * end <= high for point in found for end in (point.low, point.high))


def test_without_probabilities_there_is_no_figure(answers, drawn):
    none = replace(answers, probabilities=None)
    assert reliability_figure(none, drawn) is None and risk_figure(none, drawn) is None


def test_drawing_leaves_no_global_state(answers, drawn):
    reliability_figure(answers, drawn)
    risk_figure(answers, drawn)
    assert _pylab_helpers.Gcf.get_num_fig_managers() == 0
