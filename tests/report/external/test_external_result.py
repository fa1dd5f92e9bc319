"""Laws of the chapters of an external test, from answers drawn at random."""

import io
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from rich.console import Console

from cohort.predictions import PREFIX
from report.evaluation import Evaluation
from report.external.external_numbers import external_numbers
from report.external.external_result import ExternalResult
from report.external.operating import operating
from report.external.performance import performance
from report.external.short_test import short_test
from report.external.trust import leaks_and_patients, trust
from report.measures.leakage import find_leaks
from report.out_of_fold import out_of_fold_of
from report.write import write_report

CLASSES = ("normal", "benign", "insitu", "invasive")


def predictions(classes, labels, images=120, patients=24, skill=2.0, folds=1, seed=0):
    """Random votes that lean towards the true class; labels are some of the classes."""
    rng = np.random.default_rng(seed)
    label = np.array(labels)[np.arange(images) % len(labels)]
    scores = rng.normal(size=(images, len(classes))) + skill * (label[:, None] == np.array(classes))
    votes = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    table = pd.DataFrame({"image": [f"{seed}-{number}.png" for number in range(images)], "label": label})
    table["patient"] = [f"{seed}-{number % patients}" for number in range(images)]
    table["fold"] = 1 + np.arange(images) % patients % folds
    table["model"] = "fusion"
    return table.assign(**dict(zip([PREFIX + name for name in classes], votes.T, strict=True)))


def result_of(classes=CLASSES, labels=None, skill=2.0, positive=None, **known):
    """A test of answers of such skill, against a cross-validation of skill 2."""
    answers = out_of_fold_of(predictions(classes, labels or classes, skill=skill, seed=1), positive)
    settings = {"command": "evaluate", "name": "this on that"}
    votes = answers.probabilities
    leaks = find_leaks(answers.images, answers.fold, files=[f"{row:064x}" for row in range(len(votes))])
    evaluation = Evaluation.of(answers, calibrated={"the bundle's": votes}, sets={0.9: votes > 0.1}, leaks=leaks,
                               settings=settings, threshold=0.4)  # fmt: skip
    expected = out_of_fold_of(predictions(classes, classes, folds=4), positive)
    far = np.arange(len(votes)) % 10 == 0
    known = {"aim": "Youden"} | known
    return ExternalResult(evaluation, expected, votes, far, "The bundle was made.", **known)


def sections(test):
    contents = [performance(test), operating(test), trust(test), leaks_and_patients(test)]
    return {section.key: section for chapter in contents for section in chapter.sections}


def test_measures_are_those_of_the_answers_at_the_frozen_threshold():
    test = result_of()
    answers, called = test.answers, test.answers.score >= 0.4
    assert_allclose(test.measures["accuracy"].value, np.mean(answers.label == answers.predicted))
    assert_allclose(test.measures["sensitivity"].value, called[answers.truth].mean())
    assert_allclose(test.measures["PPV"].value, answers.truth[called].mean())
    tiles = test.evaluation.overall
    assert tiles["sensitivity"] == test.measures["sensitivity"] and tiles["PPV"] == test.measures["PPV"]
    for interval in test.measures.values():
        assert interval.low < interval.value < interval.high
    rare = replace(test, prevalence=0.01).measures
    assert rare["PPV"].value < test.measures["PPV"].value and rare["sensitivity"] == test.measures["sensitivity"]


def test_worse_answers_are_called_lower_and_equal_ones_are_not():
    assert result_of(skill=0.0).changes["accuracy"].verdict == "is lower than chance would have it"
    assert result_of().changes["accuracy"].verdict == "differs by no more than chance"


def test_each_value_of_a_column_has_its_accuracy():
    scanner = np.array(["A", "B", ""])[np.arange(120) // 40]
    test = result_of(columns={"scanner": scanner})
    cells = sections(test)["by-scanner"].cells
    assert cells.index.tolist() == ["(empty)", "A", "B"] and cells["images"].tolist() == [40, 40, 40]
    right = test.answers.label == test.answers.predicted
    assert str(cells["accuracy"]["A"]).startswith(f"{100 * right[scanner == 'A'].mean():.1f} [")


@pytest.mark.parametrize(
    ("known", "absent"),
    [
        ({}, set()),
        ({"labels": ("normal", "invasive")}, set()),  # some of the bundle's classes
        ({"labels": ("insitu", "invasive")}, {"operating-point", "decision-curve"}),  # all positive
        ({"classes": ("a", "b", "c")}, {"operating-point", "decision-curve"}),  # no positive class
        ({"classes": ("a", "b", "c"), "positive": ["c"], "aim": ""}, set()),
    ],
)
def test_every_test_has_its_report(known, absent, tmp_path):
    test = result_of(**known)
    keys = sections(test)
    wanted = {"all-images-together", "operating-point", "decision-curve", "slope-and-intercept", "conformal-sets"}
    assert wanted - set(keys) == absent
    assert not {"accuracy-by-fold", "choosing-the-threshold"} & set(keys)
    contents = [performance(test), operating(test), trust(test), leaks_and_patients(test)]
    write_report(tmp_path, test.evaluation, contents=contents)
    text = (tmp_path / "table.md").read_text() + (tmp_path / "report.html").read_text()
    assert "external test report" in text and "not tested" in text
    assert "out-of-fold" not in text.replace("out-of-fold pre", "")
    assert "nan" not in text.split("<svg")[0]
    numbers = external_numbers(test)
    assert ("net_benefit" in numbers) == ("decision-curve" not in absent)
    json.dumps(numbers, allow_nan=False)


def test_the_result_on_one_screen_says_what_was_promised_and_for_which_prevalence():
    console = Console(width=80, file=io.StringIO())
    for test in (result_of(), result_of(("normal", "invasive"), prevalence=0.05, promise="It was promised.")):
        for group in short_test(test):
            console.print(group)
    printed = console.file.getvalue()
    said = " ".join(printed.split())
    assert said.count("As cross-validation promised?") == 2 and "It was promised." in said
    assert "where 5 % are invasive, as asked for" in said and "Threshold 0.40" in said
    assert printed.count("\n") <= 64
