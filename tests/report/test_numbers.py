import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from report.evaluation import Evaluation
from report.measures.leakage import find_leaks
from report.numbers import key_of, measures, numbers, numbers_json
from report.out_of_fold import out_of_fold_of
from report.section import estimate
from report.write import write_report


def table_of(answers):
    """Answers in the columns of predictions.csv."""
    columns = {"image": answers.images, "label": answers.label, "fold": answers.fold, "model": "net"}
    patients = "" if answers.patients is None else answers.patients
    shares = {f"p_{name}": answers.probabilities[:, code] for code, name in enumerate(answers.classes)}
    return pd.DataFrame({**columns, "patient": patients, **shares})


@pytest.fixture(scope="module")
def answers(cohort):
    return cohort(12, 5)


@pytest.fixture(scope="module")
def evaluation(answers):
    return Evaluation.of(
        answers,
        variants={"net": answers.take(np.arange(60)[::-1])},
        calibrated={"temperature": answers.probabilities},
        sets={0.9: np.full((60, 2), True)},
        leaks=find_leaks(answers.images, answers.fold, answers.patients),
    )


def test_they_are_those_of_the_table(evaluation, tmp_path):
    write_report(tmp_path, evaluation)
    content = json.loads((tmp_path / "numbers.json").read_text())
    for name, interval in evaluation.overall.items():
        stored = content[key_of(name)]
        assert (stored["value"], stored["low"], stored["high"]) == (interval.value, interval.low, interval.high)
        assert f"| {name} | {estimate(name, interval)} |" in (tmp_path / "table.md").read_text()
    assert content["operating_points"]["0.50"]["ppv"] == content["ppv"]
    assert content["sets"]["0.90"]["coverage"]["value"] == 1 and content["leaks"]["any"]["leaked"] == 0
    assert content["leaks"]["perhaps_same_patient"] == {"known": content["leaks"]["same_patient"]["known"], "leaked": 0}
    assert (content["images"], content["patients"], content["folds"], content["auc_rule"]) == (
        60,
        12,
        5,
        "within folds",
    )
    assert content["log_loss_changes"]["temperature"]["value"] == 0


def test_a_model_has_the_numbers_of_a_report_on_it_in_whatever_order(evaluation):
    content = numbers(evaluation)
    for key, stored in content["models"]["fusion"].items():
        assert stored == content[key]
        assert list(content["models"]["net"][key].values()) == pytest.approx(list(stored.values()))


def test_a_table_gives_what_a_report_on_it_would_hold(answers):
    table = table_of(answers)
    found = measures(table)
    assert found == json.loads(numbers_json(Evaluation.of(out_of_fold_of(table))))
    assert found["accuracy"]["value"] == np.mean(answers.label == answers.predicted)
    assert measures(table, positive=["benign"])["sensitivity"] == found["specificity"]


def test_what_is_no_number_is_null(answers):
    nobody = Evaluation.of(replace(answers, patients=np.full(60, "p1")))
    content = json.loads(numbers_json(nobody))
    assert content["accuracy"]["low"] is None and content["accuracy"]["value"] > 0
    none = json.loads(numbers_json(Evaluation.of(replace(answers, probabilities=None, positive=None, score=None))))
    assert "auc" not in none and "log_loss" not in none
    assert (none["leaks"], none["sets"], none["operating_points"], none["thresholds"]) == (None, {}, {}, {})


def test_shares_are_in_0_to_1_and_keys_are_plain(evaluation):
    def walk(part, path=()):
        if isinstance(part, dict):
            for key, inner in part.items():
                yield from walk(inner, (*path, key))
        else:
            yield path, part

    for path, number in walk(numbers(evaluation)):
        assert all(key.isascii() and " " not in key for key in path)
        if path[-1] in ("value", "low", "high") and not {"kappa", "log_loss", "log_loss_difference", "brier"} & set(
            path
        ):
            assert number is None or 0 <= number <= 1, path
