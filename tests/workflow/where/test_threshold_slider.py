"""Laws of the threshold that can be moved: each position says what the out-of-fold predictions say there."""

import doctest
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

import workflow.where.threshold_slider
from boost.bundle.bundle import Bundle
from report.measures.all_images import intervals_of, point_measures
from report.out_of_fold import OutOfFold
from workflow.where.threshold_slider import ThresholdSlider


def slider_of(truth, score, patients):
    label = np.where(truth, "tumour", "normal")
    images = np.array([f"{number}.png" for number in range(len(truth))])
    predicted = np.where(score >= 0.5, "tumour", "normal")
    out_of_fold = OutOfFold(
        images, label, np.ones(len(truth), int), predicted, ("normal", "tumour"), positive=("tumour",), rule="sum",
        score=score, patients=patients,
    )  # fmt: skip
    return ThresholdSlider(out_of_fold, 0.5, "Youden")


@pytest.fixture(scope="module")
def slider():
    rng = np.random.default_rng(0)
    truth = np.repeat([True, False], [150, 250])
    score = np.clip(rng.normal(np.where(truth, 0.7, 0.3), 0.2), 0, 1)
    return slider_of(truth, score, np.array([f"p{number // 8}" for number in range(400)]))


@pytest.mark.parametrize("threshold", [0.0, 0.2, 0.5, 0.77, 1.0])
def test_every_position_says_what_the_report_would_say_there(slider, threshold):
    at = slider.at(threshold)
    called = slider.out_of_fold.called(threshold)
    expected = intervals_of(point_measures(slider.truth, called), slider.groups.group)
    assert (at.sensitivity, at.specificity) == (expected["sensitivity"], expected["specificity"])
    assert at.prevalence == slider.prevalence == 150 / 400
    for name, value in {"PPV": at.positive_value, "NPV": at.negative_value}.items():
        assert_allclose(value.value, expected[name].value)
    assert at.true_positives + at.false_negatives == slider.positives == 150
    assert at.true_positives + at.false_positives == called.sum() and at.false_positives + at.true_negatives == 250


def test_the_prevalence_moves_predictive_values_alone(slider):
    rare, usual = slider.at(0.5, 0.01), slider.at(0.5, 0.5)
    assert rare.positive_value.high < usual.positive_value.low and rare.negative_value.low > usual.negative_value.high
    assert (rare.sensitivity, rare.specificity) == (usual.sensitivity, usual.specificity)
    assert slider.at(0.5, 0).positive_value.value == 0 and slider.at(0.5, 1).negative_value.value == 0


def test_beyond_all_scores_nobody_is_called(slider):
    nobody = slider.at(1.0000001)
    assert (nobody.true_positives, nobody.false_positives) == (0, 0)
    assert np.isnan(nobody.positive_value.value) and nobody.negative_value.value == pytest.approx(250 / 400)
    everybody = slider.at(0)
    assert np.isnan(everybody.negative_value.value) and everybody.positive_value.value == pytest.approx(150 / 400)


def test_the_curve_goes_through_every_position(slider):
    for threshold, sensitivity, specificity in list(zip(*slider.curve(), strict=True))[::40]:
        at = slider.at(threshold)
        assert_allclose([sensitivity, specificity], [at.sensitivity.value, at.specificity.value])


def test_one_patient_has_no_interval(slider):
    alone = slider_of(slider.truth, slider.out_of_fold.score, np.full(400, "p")).at(0.5, 0.1)
    assert alone.positive_value.value > 0 and np.isnan([alone.sensitivity.low, alone.positive_value.high]).all()


@pytest.mark.parametrize(("threshold", "prevalence"), [(np.nan, 0.1), (0.5, -0.1), (0.5, 1.5), (0.5, np.nan)])
def test_what_is_no_position_is_refused(slider, threshold, prevalence):
    with pytest.raises(ValueError, match=r"a (threshold|prevalence)"):
        slider.at(threshold, prevalence)


def test_a_bundle_has_the_slider_of_its_own_predictions(place):
    bundle = Bundle.open(place.bundle)
    slider = ThresholdSlider.of(bundle)
    assert slider.positive == ("insitu", "invasive") and slider.chosen == bundle.decision.operating.threshold
    assert slider.at(slider.chosen).sensitivity.value > 0.9, "it was chosen for that"
    assert "3 patients" in slider.sentence and "Bayes" in slider.sentence
    without = replace(bundle, decision=replace(bundle.decision, operating=None))
    assert ThresholdSlider.of(without) is None
    assert doctest.testmod(workflow.where.threshold_slider, extraglobs={"bundle": bundle}).failed == 0
