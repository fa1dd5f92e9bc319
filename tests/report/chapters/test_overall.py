from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from report.chapters.contents import CHAPTERS, in_order_of_table_md, made
from report.chapters.overall import interval_section
from report.evaluation import Evaluation
from report.measures.leakage import find_leaks
from report.out_of_fold import OutOfFold, out_of_fold_of
from report.printing import markdown


def sections(fusion, **known):
    return in_order_of_table_md(made(CHAPTERS, Evaluation.of(fusion, **known)))


@pytest.fixture(scope="module")
def fusion() -> OutOfFold:
    """400 images of two classes in 10 folds, 349 answered rightly."""
    label = np.tile(["0", "1"], 200)
    right = np.arange(400) < 349
    sure = np.where((label == "1") == right, 0.8, 0.2)
    columns = {"image": np.arange(400).astype(str), "label": label, "patient": "", "fold": np.arange(400) % 10 + 1}
    return out_of_fold_of(pd.DataFrame(columns | {"model": "fusion", "p_0": 1 - sure, "p_1": sure}))


@pytest.fixture(scope="module")
def parts(fusion):
    return sections(fusion, variants={"net-400": fusion})


def test_the_numbers_are_there_with_the_papers_decimals(parts):
    text = markdown(parts)
    assert "| variant | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | mean | std |" in text
    assert "| fusion | 87.5 " in text and "| 87.25 | 0.75 |" in text
    assert "accuracy 87.25 %, balanced accuracy (mean recall) 87.25 %, log-loss 0.3999" in text
    assert "| fusion | 87.25 ± 0.75 |" in text
    assert "| 0.33 | 87.0 [81.6, 91.0] | 87.5 [82.2, 91.4] | 26 of 200 |" in text
    assert "| 0.33 | 87.4 [82.1, 91.3] | 87.1 [81.7, 91.0] |" in text  # 174 of 199, 175 of 201: Wilson's


def test_numbers_over_all_images_have_intervals_and_say_what_they_rest_on(fusion, parts):
    nobody = parts[1]
    assert list(map(str, nobody.cells.loc["accuracy"])) == ["87.2 [83.6, 90.2]", "400", "50.0"]  # Wilson's
    assert list(nobody.cells.index) == [
        "accuracy", "balanced accuracy", "Cohen's kappa", "macro F1",
        "AUC", "sensitivity", "specificity", "PPV", "NPV", "F1"
    ]  # fmt: skip
    assert "Patients are unknown" in nobody.sentence and nobody.cells.columns[1] == "images"
    some = interval_section(Evaluation.of(replace(fusion, patients=np.array([f"p{k // 10}" for k in range(400)]))))
    assert some.cells.loc["accuracy", "patients"] == 40 and "take 40 patients" in some.sentence


def test_unknown_patients_have_a_column_where_others_are_known(fusion):
    number = np.arange(400)
    some = Evaluation.of(replace(fusion, patients=np.array([f"p{k // 10}" if k < 200 else "" for k in number])))
    part = interval_section(some)
    column = part.cells["if unknown come together"]
    assert list(column.dropna().index) == ["accuracy", "AUC"] and "come 10 to a patient" in part.sentence
    assert column["accuracy"].interval == some.under_assumed_patients["accuracy"]


def test_without_a_two_class_result_one_sentence_stands_there():
    three = OutOfFold(*(np.array(list(column)) for column in ("xyz", "abc", "112", "abb")), ("a", "b", "c"))
    text = markdown(sections(three))
    assert "--positive" in text and "AUC |" not in text and "| threshold" not in text
    assert [part.cells is None for part in sections(three) if part.title == "Two classes"] == [True]
    assert text.count("Left out: only the predicted class is known") == 3
    assert "no patient is known" in text


def test_every_part_is_in_its_place_and_the_long_ones_are_not_for_the_terminal(fusion):
    fusion = replace(fusion, patients=np.array([f"p{k // 10}" for k in range(400)]))
    leaks = find_leaks(fusion.images, fusion.fold, fusion.patients)
    sets = {0.9: np.full((400, 2), True)}
    parts = sections(fusion, calibrated={"temperature": fusion.probabilities}, sets=sets, leaks=leaks)
    assert [part.title for part in parts if not part.at_length] == [
        "Accuracy by fold",
        "All images together",
        "Better than a guess",
        "Confusion matrix",
        "Classes",
        "Two classes",
        "Operating points",
        "Predictive values",
        "Choosing the threshold",
        "Leaks",
    ]
    assert [part.title for part in parts if part.at_length] == [
        "Leaks and accuracy",
        "Leaked images",
        "Calibration",
        "Conformal sets",
        "Conformal sets by class",
        "Answering only when sure",
        "Patients",
    ]
    assert all(part.cells is not None for part in parts)


def test_the_same_predictions_give_the_same_words(fusion, parts):
    assert markdown(sections(fusion, variants={"net-400": fusion})) == markdown(parts)
