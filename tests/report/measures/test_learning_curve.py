from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import accuracy_score, roc_auc_score

from cohort.predictions import PredictionsError
from report.measures.all_images import intervals_of, overall_measures
from report.measures.learning_curve import curve, learning_curve_points, learning_numbers, read_learning
from report.out_of_fold import ComparisonError
from report.statistics.patient_groups import PatientGroups


def group(answers):
    return PatientGroups.of(answers).group


def test_the_whole_has_the_numbers_and_intervals_of_the_run(cohort, learned):
    fusion = cohort()
    sizes = learning_curve_points(learned(fusion), fusion)
    wanted, found = intervals_of(overall_measures(fusion), group(fusion)), curve(sizes, group(fusion))
    assert list(found) == ["accuracy", "AUC"]
    for name, points in found.items():
        assert points[-1] == wanted[name]


def test_a_size_is_the_mean_of_its_draws_as_scikit_learn_counts_them(cohort, learned):
    fusion = cohort()
    table = learned(fusion)
    sizes = learning_curve_points(table, fusion)
    assert [(size.share, len(size.draws)) for size in sizes] == [(0.25, 3), (0.5, 3), (1, 1)]
    some = [rows for _, rows in table[table["share"] == 0.25].groupby("draw")]
    called = [np.where(rows["p_malignant"] > 0.5, "malignant", "benign") for rows in some]
    points = {name: found[0].value for name, found in curve(sizes, group(fusion)).items()}
    pairs = zip(some, called, strict=True)
    assert points["accuracy"] == pytest.approx(np.mean([accuracy_score(rows["label"], said) for rows, said in pairs]))
    folds = [of_fold for rows in some for _, of_fold in rows.groupby("fold")]
    assert points["AUC"] == pytest.approx(
        np.mean([roc_auc_score(rows["label"] == "malignant", rows["p_malignant"]) for rows in folds])
    )


def test_patients_trained_on_are_the_mean_over_folds_and_draws(cohort, learned):
    fusion = cohort()
    table = learned(fusion)
    row = table["share"].eq(0.25) & table["draw"].eq(0) & table["fold"].eq(1)
    sizes = learning_curve_points(table.assign(trained_groups=table["trained_groups"] + 15 * row), fusion)
    assert sizes[0].patients == pytest.approx(sizes[1].patients / 2 + 1)  # one of 15 folds and draws


def test_the_numbers_for_a_file_hold_each_draw_between_the_lowest_and_the_highest(cohort, learned):
    fusion = cohort()
    sizes = learning_curve_points(learned(fusion), fusion)
    table = learning_numbers(sizes, curve(sizes, group(fusion)), "patients")
    assert len(table) == 6 and set(table["measure"]) == {"accuracy", "AUC"}
    assert table["value"].between(table["lowest_draw"] - 1e-9, table["highest_draw"] + 1e-9).all()
    assert table["patients"].to_list() == [4, 8, 16] * 2


def test_images_are_independent_where_no_patient_is_known(cohort, learned):
    fusion = replace(cohort(), patients=None)
    accuracy = curve(learning_curve_points(learned(fusion), fusion), group(fusion))["accuracy"][-1]
    right = int(np.sum(fusion.label == fusion.predicted))
    wilson = binomtest(right, 100).proportion_ci(method="wilson")
    assert (accuracy.low, accuracy.high) == pytest.approx((wilson.low, wilson.high), abs=1e-5)


def test_it_survives_the_file_to_the_bit_whatever_the_order(tmp_path, cohort, learned):
    fusion = cohort()
    table = learned(fusion)
    table.sample(frac=1, random_state=0).to_csv(tmp_path / "l.csv", index=False)
    read = learning_curve_points(read_learning(tmp_path / "l.csv"), fusion)
    for one, other in zip(learning_curve_points(table, fusion), read, strict=True):
        assert (one.patients, one.images) == pytest.approx((other.patients, other.images))
        for ours, theirs in zip(one.draws, other.draws, strict=True):
            assert np.array_equal(ours.probabilities, theirs.probabilities)


def test_tables_of_other_images_or_without_numbers_are_refused(tmp_path, cohort, learned):
    fusion = cohort()
    with pytest.raises(ComparisonError, match="the run and its learning curve must have the same images"):
        learning_curve_points(learned(fusion), fusion.take(np.arange(99)))
    table = learned(fusion)
    for wrong, match in (
        (table.drop(columns="share"), "columns share, draw"),
        (table.assign(share="half"), "in a column of numbers; run cv again"),
    ):
        wrong.to_csv(tmp_path / "l.csv", index=False)
        with pytest.raises(PredictionsError, match=match):
            read_learning(tmp_path / "l.csv")
