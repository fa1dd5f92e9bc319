import numpy as np
import pytest

from report.section import Estimate, MeanAndStd, Number, Part, Span, cell_text, estimate, signed
from report.statistics.intervals import Interval


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (Number(2.345, 1), "2.3"),
        (Number(0.25, 0, unit=100), "25"),
        (Number(3, 0, signed=True), "+3"),
        (Number(np.nan, 1), "–"),
        (Estimate(Interval(0.948, 0.8712, 1)), "94.8 [87.1, 100.0]"),
        (Estimate(Interval(0.5, np.nan, np.nan), 3, unit=1), "0.500 [–, –]"),
        (Estimate(Interval(np.nan, np.nan, np.nan)), "–"),
        (Part(3, 12), "3 of 12"),
        (MeanAndStd(87.25, 2.614), "87.25 ± 2.61"),
        (Span(0.331, 0.41), "0.33–0.41"),
        (Span(0.331, 0.334), "0.33"),
        (17, "17"),
        ("benign", "benign"),
        (None, "–"),
        (float("nan"), "–"),
    ],
)
def test_a_cell_says_its_value(cell, text):
    assert cell_text(cell) == text


def test_a_difference_has_its_sign():
    assert signed(Interval(-0.02, -0.05, 0.01), 1, 100) == "-2.0 [-5.0, +1.0]"
    assert signed(Interval(0.01, -1e-9, 0.02), 1) == "+0.0 [+0.0, +0.0]"
    assert signed(Interval(0.5, np.nan, np.nan), 2) == "+0.50 [–, –]"
    assert str(Estimate(Interval(-0.02, -0.05, 0.01), signed=True)) == "-2.0 [-5.0, +1.0]"


def test_each_measure_has_its_decimals():
    interval = Interval(0.5, 0.25, 0.75)
    assert str(estimate("AUC", interval)) == "0.5000 [0.2500, 0.7500]"
    assert str(estimate("Cohen's kappa", interval)) == "0.500 [0.250, 0.750]"
    assert str(estimate("sensitivity", interval)) == "50.0 [25.0, 75.0]"
