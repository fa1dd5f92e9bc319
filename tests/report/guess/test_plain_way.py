"""What people do today stands beside a result: the same images, paired, in whatever order its file has them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cohort.predictions import PREFIX, write_table
from report.evaluation import Evaluation
from report.guess.losses import losses_section, plain_words
from report.guess.plain_way import WHOLE, plain_measures, plain_way_of, read_plain
from report.numbers import numbers
from report.out_of_fold import ComparisonError


def file_of(answers, path, rows):
    table = pd.DataFrame(
        {"image": answers.images, "label": answers.label, "patient": answers.patients, "fold": answers.fold}
    ).assign(model="fusion")
    for name, column in zip(answers.classes, answers.probabilities.T, strict=True):
        table[PREFIX + name] = column
    write_table(path, table.iloc[rows])
    return path


@pytest.fixture
def pair(cohort, tmp_path):
    """A result and a weaker plain way, as it is read."""
    result, weak = cohort(separation=2.5), cohort(separation=0.2)
    weak = replace(weak, label=result.label, fold=result.fold)
    backwards = np.arange(len(weak.images))[::-1]
    return result, weak, plain_way_of(read_plain(file_of(weak, tmp_path / "plain.csv", backwards)), result)


def test_it_is_read_in_the_order_of_the_result(pair):
    _, weak, read = pair
    assert read.images.tolist() == weak.images.tolist()
    np.testing.assert_allclose(read.probabilities, weak.probabilities)


def test_its_row_and_the_paired_differences_are_in_the_report(pair):
    result, _, plain = pair
    evaluation = Evaluation.of(result, plain=plain)
    accuracy, log_loss = plain_measures(plain, evaluation.groups.group)
    assert accuracy.value == pytest.approx(np.mean(plain.predicted == plain.label))
    section = losses_section(evaluation)
    assert WHOLE in section.cells.index and "fusion minus that: accuracy +" in section.sentence
    found = numbers(evaluation)["whole_image"]
    gain = np.mean(result.predicted == result.label) - accuracy.value
    assert found["accuracy"]["value"] == pytest.approx(accuracy.value)
    assert found["accuracy"]["difference"]["value"] == pytest.approx(gain)
    assert found["log_loss"]["value"] == pytest.approx(log_loss.value)


def test_without_it_nothing_is_said(cohort):
    evaluation = Evaluation.of(cohort())
    assert plain_words(evaluation) == "" and WHOLE not in losses_section(evaluation).cells.index
    assert numbers(evaluation)["whole_image"] is None


def test_another_data_set_is_refused(pair, cohort, tmp_path):
    result, weak, _ = pair
    file = file_of(weak, tmp_path / "fewer.csv", np.arange(len(weak.images) - 1))
    with pytest.raises(ComparisonError, match="same images"):
        plain_way_of(read_plain(file), result)
