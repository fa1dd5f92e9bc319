"""Which images nested cross-validation has wrong, read from its table; another run's table is refused."""

import numpy as np
import pandas as pd
import pytest

from report.evaluation import Evaluation
from report.nested_answers import read_nested, wrong_without
from report.numbers import numbers
from report.out_of_fold import ComparisonError


def nested_of(fusion, seed=0):
    """A table with noise added to the probabilities of a run."""
    rng = np.random.default_rng(seed)
    tables = []
    for without in np.unique(fusion.fold):
        rows = np.flatnonzero(fusion.fold != without)
        score = np.clip(fusion.score[rows] + 0.3 * rng.normal(size=len(rows)), 0, 1)
        columns = {"without": without, "image": fusion.images[rows], "label": fusion.label[rows]}
        columns |= {"patient": fusion.patients[rows], "fold": fusion.fold[rows], "model": "fusion"}
        tables.append(pd.DataFrame({**columns, "p_benign": 1 - score, "p_malignant": score}))
    return pd.concat(tables, ignore_index=True)


def test_a_column_has_the_answers_without_its_fold_and_for_its_own_fold_those_of_the_run(cohort):
    fusion = cohort()
    table = nested_of(fusion)
    wrong = wrong_without(table.sample(frac=1, random_state=0), fusion)
    for column, without in enumerate(np.unique(fusion.fold)):
        for row, image in enumerate(fusion.images):
            answer = table[(table["image"] == image) & (table["without"] == without)]
            if fusion.fold[row] == without:
                assert answer.empty and wrong[row, column] == (fusion.predicted[row] != fusion.label[row])
            else:
                called = "malignant" if answer["p_malignant"].item() > 0.5 else "benign"
                assert wrong[row, column] == (called != fusion.label[row])


def test_a_file_says_the_same_and_numbers_hold_the_interval(cohort, tmp_path):
    fusion = cohort()
    table = nested_of(fusion)
    table.to_csv(tmp_path / "nested.csv", index=False)
    wrong = wrong_without(read_nested(tmp_path / "nested.csv"), fusion)
    assert np.array_equal(wrong, wrong_without(table, fusion))
    content = numbers(Evaluation.of(fusion, wrong_without=wrong))
    procedure, usual = content["procedure_accuracy"], content["accuracy"]
    assert procedure["value"] == usual["value"]
    assert procedure["low"] <= usual["low"] and usual["high"] <= procedure["high"]
    assert numbers(Evaluation.of(fusion))["procedure_accuracy"] is None


def test_the_table_of_another_run_is_refused(cohort):
    fusion = cohort()
    table = nested_of(fusion)
    with pytest.raises(ComparisonError, match="same images"):
        wrong_without(table[table["image"] != "i0003"], fusion)
    with pytest.raises(ComparisonError, match="same labels"):
        wrong_without(table.assign(label="benign"), fusion)
    with pytest.raises(ComparisonError, match="same folds"):
        wrong_without(table.assign(fold=1), fusion)
    for wrong in (
        table[1:],
        pd.concat([table, table[:1]]),
        table.assign(without=9),
        table.assign(without=table["fold"]),
    ):
        with pytest.raises(ComparisonError, match="the folds left out"):
            wrong_without(wrong, fusion)
