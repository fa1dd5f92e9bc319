from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest
from scipy.stats import bootstrap
from statsmodels.stats.contingency_tables import mcnemar

from report.comparison import compare, comparison_section, margin_verdict, standing, verdict
from report.out_of_fold import ComparisonError
from report.statistics.clustered import clustered_interval
from report.statistics.influence import mean
from report.statistics.intervals import Interval
from report.statistics.paired import Difference, exchange_test


def with_more_right(answers, more):
    """The same answers with so many of the wrong ones put right."""
    wrong = np.flatnonzero(answers.predicted != answers.label)[:more]
    table, predicted = answers.probabilities.copy(), answers.predicted.copy()
    predicted[wrong], table[wrong] = answers.label[wrong], table[wrong][:, ::-1]
    return replace(answers, predicted=predicted, probabilities=table, score=table[:, 1])


def test_a_model_cannot_be_told_apart_from_itself(cohort):
    result = compare(cohort(), cohort(), ("A", "B"))
    assert (result.mcnemar, result.by_patient) == (1, 1)
    assert all(found.better is None and found.change.value == 0 for found in result.differences)
    assert "A and B cannot be told apart" in verdict(result)
    assert [found.measure for found in result.differences] == ["accuracy", "balanced accuracy", "AUC", "log-loss"]


def test_many_more_right_answers_are_told_apart_and_one_more_is_not(cohort):
    first = cohort(40, 5)
    better = compare(first, with_more_right(first, 25), ("A", "B"))
    assert {found.better for found in better.differences} == {"B"}
    assert "B is better by accuracy" in verdict(better)
    one = compare(first, with_more_right(first, 1))
    assert one.differences[0].better is None and one.only_second == 1


def test_changing_places_changes_signs_and_nothing_else(cohort):
    first = cohort(40, 5)
    other = with_more_right(first, 25)
    there, back = compare(first, other, ("A", "B")), compare(other, first, ("B", "A"))
    assert (there.mcnemar, there.by_patient) == (back.mcnemar, back.by_patient)
    for one, turned in zip(there.differences, back.differences, strict=True):
        assert one.better == turned.better
        assert one.change.value == pytest.approx(-turned.change.value)
        assert one.change.low == pytest.approx(-turned.change.high)


def test_the_order_of_the_images_does_not_matter(cohort):
    first, second = cohort(), with_more_right(cohort(), 4)
    one, other = compare(first, second), compare(first, second.take(np.arange(100)[::-1]))
    assert one.differences == other.differences and verdict(one) == verdict(other)


def test_mcnemar_is_that_of_statsmodels(cohort):
    first, second = cohort(seed=1), cohort(seed=2)
    second = replace(first, predicted=np.where(np.arange(100) < 50, second.predicted, first.predicted))
    result = compare(first, second)
    ours, theirs = first.predicted == first.label, second.predicted == second.label
    counts = [[np.sum(ours & theirs), np.sum(ours & ~theirs)], [np.sum(~ours & theirs), np.sum(~ours & ~theirs)]]
    assert (result.only_first, result.only_second) == (counts[0][1], counts[1][0])
    assert result.mcnemar == pytest.approx(mcnemar(counts, exact=True).pvalue)
    nobody = compare(replace(first, patients=None), replace(second, patients=None))
    assert nobody.by_patient == pytest.approx(nobody.mcnemar)  # one image a patient


def test_exchanging_patients_counts_every_outcome():
    gain, group = np.array([1, 1, -1, 1, 1, 0, 1]), np.array([0, 0, 1, 2, 2, 3, 4])
    sums = [2, -1, 2, 0, 1]
    totals = [abs(np.dot(sums, signs)) for signs in product((-1, 1), repeat=5)]
    assert exchange_test(gain, group) == pytest.approx(np.mean(np.array(totals) >= 4))


def test_gains_in_one_patient_are_no_evidence(cohort):
    first = cohort(10, 20)
    rows = np.arange(200) < 20
    wrong = replace(first, predicted=np.where(rows, first.label[::-1], first.label))
    right = replace(first, predicted=first.label)
    result = compare(wrong, right)
    assert result.mcnemar < 0.05 and result.by_patient == 1
    assert result.differences[0].better is None
    assert "exchanging whole patients" in verdict(result)


def test_the_paired_interval_is_narrower_than_two_intervals_apart(cohort):
    first = cohort(40, 5)
    result = compare(first, with_more_right(first, 10))
    alone = clustered_interval(mean(first.predicted == first.label), result.groups.group)
    change = result.differences[0].change
    assert change.high - change.low < np.sqrt(2) * (alone.high - alone.low)


def test_the_paired_interval_is_that_of_scipys_bootstrap(cohort):
    first = replace(cohort(200, 1), patients=None)
    second = with_more_right(first, 12)
    gain = (second.predicted == second.label).astype(float) - (first.predicted == first.label)
    rng = np.random.default_rng(0)
    theirs = bootstrap((gain,), np.mean, n_resamples=2000, method="percentile", rng=rng).confidence_interval
    change = compare(first, second).differences[0].change
    assert (change.low, change.high) == pytest.approx(
        (theirs.low, theirs.high), abs=0.012
    )  # an image each way is added


def test_two_classes_and_probabilities_are_compared_where_both_have_them(cohort):
    first = cohort()
    second = replace(first, probabilities=None, positive=None, score=None)
    assert [found.measure for found in compare(first, second).differences] == ["accuracy", "balanced accuracy"]


def test_other_questions_are_refused(cohort):
    first = cohort()
    label = first.label.copy()
    label[:5] = label[:5][::-1]
    label[0] = "malignant" if first.label[0] == "benign" else "benign"
    patients = first.patients.copy()
    patients[7] = "p99"
    for second, says in (
        (first.take(np.arange(98)), "same images; they differ in i0098, i0099; compare on"),
        (replace(first, label=label), "same labels; they differ in i0000"),
        (replace(first, classes=("benign", "cancer")), "same classes; they differ in cancer, malignant"),
        (replace(first, patients=patients), "same patients; they differ in i0007"),
    ):
        with pytest.raises(ComparisonError, match=f"A and B must have the {says}"):
            compare(first, second, ("A", "B"))
    assert compare(first, replace(first, patients=None)).groups.patients() == 20


@pytest.mark.slow
def test_equal_models_are_told_apart_in_about_one_of_twenty_pairs_at_most(answered):
    """Models whose errors each run in patients: McNemar's test is fooled by that."""
    found = []
    for seed in range(150):
        rng = np.random.default_rng(seed)
        group, truth = np.repeat(np.arange(15), 6), rng.random(90) < 0.5
        sign, common = np.where(truth, 1, -1), rng.normal(size=90)

        def model(rng=rng, group=group, truth=truth, sign=sign, common=common):
            noise = common + 0.7 * rng.normal(size=90) + sign * rng.normal(size=15)[group]
            return answered(truth, 1 / (1 + np.exp(-1.5 * sign - noise)), group)

        result = compare(model(), model())
        found.append([result.differences[0].better is not None, result.by_patient < 0.05, result.mcnemar < 0.05])
    told, by_patient, mcnemar = np.mean(found, axis=0)
    assert told <= by_patient <= 0.06 < 0.1 < mcnemar


@pytest.mark.parametrize(
    ("measure", "ends", "better", "is_said"),
    [
        ("accuracy", (0.001, 0.05), "B", "better"),
        ("accuracy", (-0.05, -0.001), "A", "worse"),
        ("accuracy", (-0.015, -0.001), "A", "worse"),
        ("accuracy", (-0.02, 0.3), None, "no worse"),
        ("balanced accuracy", (-0.021, 0.3), None, "cannot be told"),
        ("AUC", (-0.019, 0.001), None, "no worse"),
        ("AUC", (np.nan, np.nan), None, "cannot be told"),
        ("log-loss", (-0.001, 0.001), None, "cannot be told"),
        ("log-loss", (-0.2, -0.1), "B", "better"),
    ],
)
def test_the_lower_end_of_the_gain_decides_about_the_margin(measure, ends, better, is_said):
    change = Interval(np.mean(ends), *ends)
    assert standing(Difference(measure, 0.9, 0.9, change, better), ("A", "B"), 2) == is_said


def test_a_wider_margin_never_takes_an_answer_back(cohort):
    first = cohort(40, 5)
    result = compare(first, with_more_right(first, 2), ("A", "B"))
    said = [[standing(row, ("A", "B"), margin) for row in result.differences] for margin in (0, 1, 3, 10, 100)]
    for narrow, wide in pairwise(said):
        answered = [answer != "cannot be told" for answer in narrow]
        assert all(other != "cannot be told" for other in np.array(wide)[answered])
    assert "cannot be told" not in said[-1][:3]


def test_the_margin_stands_in_table_and_verdict_and_nowhere_without_one(cohort):
    result = compare(cohort(), cohort(), ("A", "B"))
    with_margin, without = comparison_section(result, 10), comparison_section(result)
    assert with_margin.cells["second is"].to_list() == ["no worse"] * 3 + ["cannot be told"]
    assert "by AUC no worse by more than 10 points (-3.1 at worst)" in margin_verdict(result, 10)
    assert margin_verdict(result, 10) in with_margin.sentence and "better" not in with_margin.cells
    assert "second is" not in without.cells and "margin" not in without.sentence


def test_two_classes_are_compared_by_auc_though_none_is_named_positive(cohort):
    first, second = cohort(40, 5), cohort(40, 5, separation=4.0)
    second = replace(second, label=first.label)
    areas = []
    for positive in (("malignant",), None):
        runs = []
        for run in (first, second):
            runs.append(replace(run, positive=positive, score=None if positive is None else run.score))
        (area,) = [found for found in compare(*runs).differences if found.measure == "AUC"]
        areas.append(area)
    assert areas[0].change == areas[1].change
