"""Laws of written probabilities: exact ones stay to the bit, and what rounding explains is told and mended."""

import numpy as np
import pandas as pd
import pytest

from cohort.files.text_columns import PredictionsError
from cohort.prediction_tables.probability_cells import classes_by_sum, decimals, read_probabilities


def read(*rows, models=None):
    """The probabilities of rows of texts, and the kinds of the notices."""
    table = pd.DataFrame([row.split() for row in rows], dtype=str).add_prefix("p_")
    columns = list(table.columns)
    table["image"] = [f"i{number}" for number in range(len(rows))]
    table["model"] = models or "m"
    notices = []
    values = read_probabilities(table, columns, "folder/t.csv", notices.extend)
    return values, [notice.kind for notice in notices], notices


def test_numbers_that_are_written_exactly_stay_to_the_bit():
    exact = np.random.default_rng(0).dirichlet([1, 1, 1], size=50)
    exact[0] = [1e-300, 1, 0]
    values, kinds, _ = read(*[" ".join(map(repr, row.tolist())) for row in exact])
    np.testing.assert_array_equal(values, exact, strict=True)
    assert kinds == []


@pytest.mark.parametrize(
    "rows",
    [
        ["75 25", "0.5 99.5"],
        ["75% 25%", "0.5% 99.5%"],
        ["75,0 25,0", "0,5 99,5"],
        ["75,0% 25,0%", "0,5% 99,5%"],
        ["0.75 25%", "0,005 99.5%"],
    ],
)
def test_percentages_are_divided_by_100_and_told_of(rows):
    values, kinds, notices = read(*rows)
    np.testing.assert_allclose(values, [[0.75, 0.25], [0.005, 0.995]], rtol=0, atol=1e-15)
    assert kinds == ["percentages"] and notices[0].startswith("t.csv: the probabilities of m are percentages")


def test_each_model_has_its_own_unit():
    values, _, notices = read("75 25", "0.5 0.5", "100 0", models=["a", "b", "a"])
    assert values.tolist() == [[0.75, 0.25], [0.5, 0.5], [1, 0]] and "of a are percentages" in notices[0]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("0.33 0.33 0.33", [1 / 3, 1 / 3, 1 / 3]),
        (".3 .3 .3", [1 / 3, 1 / 3, 1 / 3]),
        ("0,33 0,33 0,33", [1 / 3, 1 / 3, 1 / 3]),
        ("33 33 33", [1 / 3, 1 / 3, 1 / 3]),
        ("33% 33% 33%", [1 / 3, 1 / 3, 1 / 3]),
        ("0.13 0.88 0.00", [0.13 / 1.01, 0.88 / 1.01, 0]),
        ("6.7e-01 1.7e-01 1.7e-01", np.array([0.67, 0.17, 0.17]) / 1.01),
    ],
)
def test_a_sum_that_rounding_explains_is_mended_and_told_of(row, expected):
    values, kinds, _ = read(row)
    np.testing.assert_allclose(values, [expected], rtol=1e-12)
    assert "probabilities-rescaled" in kinds


@pytest.mark.parametrize(
    "row", ["0.33 0.33 0.32", "0.5 0.4", "0.6 0.6", "0.333 0.333 0.330", "1 1", "0 0", "0.25 0.25"]
)
def test_a_sum_that_rounding_does_not_explain_is_left_for_the_rule_that_it_breaks(row):
    values, kinds, _ = read(row)
    assert values.tolist() == [[float(text) for text in row.split()]] and kinds == []


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (["1.7 -0.7"], r"t.csv: p_0 is a number in \[0, 1\]; broken by i0: '1.7'; write probabilities, not logits"),
        (["-0.693147 -0.693147", "-0.105361 -2.302585"], "these are logarithms of probabilities: write their exp"),
        (["80 10", "80 20"], "the percentages of a row sum to 100; broken by i0 of m; the first sums to 90: write"),
        (["0.5 high"], r"p_1 is a number in \[0, 1\]; broken by i0: 'high'; write a probability into every cell"),
        (["0.5 <0.001"], "broken by i0: '<0.001'"),
        (["0.5 1.234,5"], "broken by i0: '1.234,5'"),
        (["75% 0.25", "75 25"], "percentages of a row sum to 100; broken by i0 of m; the first sums to 1: "),
    ],
)
def test_what_is_no_probability_is_refused_by_what_it_looks_like(rows, says):
    with pytest.raises(PredictionsError, match=says):
        read(*rows)


def test_digits_after_the_point():
    texts = ("0.33", "0,5", "1e-05", "2.5E-3", "1.50e+1", "75 %", "1", "", "x")
    assert [decimals(text) for text in texts] == [2, 1, 5, 4, 1, 2, 0, 0, 0]


@pytest.mark.parametrize(
    ("third", "is_statistic", "is_class"),
    [
        ([0.1, 0.0], False, True),  # of a class without an image here
        ([0.0, 0.0], False, True),
        ([0.02, 0.04], False, False),  # such as a standard deviation: the others suffice
        ([7.0, np.nan], False, False),
        ([0.0001, 0.0002], True, False),  # a p-value
        ([0.1, 0.2], True, True),  # a class may be called value
    ],
)
@pytest.mark.parametrize("unit", [1, 100])
def test_a_further_column_is_a_class_where_the_sums_say_so(third, is_statistic, is_class, unit):
    rest = 1 - np.array(third) if is_class else np.ones(2)
    numbers = np.column_stack([0.25 * rest, 0.75 * rest, third]) * unit
    chosen = classes_by_sum(numbers, np.array([True, True, False]), np.array([False, False, is_statistic]))
    assert chosen.tolist() == [True, True, is_class]
