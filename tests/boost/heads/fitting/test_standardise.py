"""Standard columns, and coefficients that mean the same on raw ones."""

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from boost.heads.fitting.penalised import Penalised
from boost.heads.fitting.standardise import Standardised

RNG = np.random.default_rng(0)
ROWS = RNG.normal(5, 3, size=(20, 6))
ROWS[:, 2] = 4


def test_columns_have_mean_0_and_variance_1_but_for_the_constant_one():
    columns = Standardised.of(ROWS)
    assert columns.values.shape == (20, 5) and columns.count == 5 and columns.remarks == ["constant-columns"]
    assert_allclose(columns.values.mean(axis=0), 0, atol=1e-12)
    assert_allclose(columns.values.std(axis=0), 1)
    assert_array_equal(columns.apply(ROWS), columns.values)


def test_rounding_is_no_variance():
    rows = np.full((10, 2), 1000.0)
    rows[0, 0] += 1e-4  # of float32
    rows[0, 1] += 1
    assert Standardised.of(rows).varies.tolist() == [False, True]
    assert Standardised.of(np.zeros((4, 3))).count == 1


def test_coefficients_on_raw_rows_give_the_same_logits():
    columns = Standardised.of(ROWS)
    coefficients, intercepts = RNG.normal(size=(3, 5)), RNG.normal(size=3)
    raw, shifted = columns.on_raw(coefficients, intercepts)
    assert_allclose(ROWS @ raw.T + shifted, columns.values @ coefficients.T + intercepts)


def test_coordinates_keep_every_inner_product():
    for dim in (3, 50):
        rows = RNG.normal(size=(12, dim))
        penalised = Penalised.of(rows)
        values = penalised.columns.values
        assert penalised.coordinates.shape[1] <= 12
        assert_allclose(penalised.coordinates @ penalised.coordinates.T, values @ values.T, atol=1e-9)
        assert_allclose(penalised.project(rows), penalised.coordinates)


def test_a_class_that_is_lacking_is_never_answered():
    labels = np.arange(12) % 2 * 2  # 0 and 2 of 0..2
    penalised = Penalised.of(RNG.normal(size=(12, 4)) + labels[:, None])
    for fit in penalised.fit(labels, np.ones(12), 3, [0.1, 1.0], 1e-6):
        logits = fit.logits(penalised.coordinates)
        assert fit.converged and (logits[:, 1] == -np.inf).all() and np.isfinite(logits[:, [0, 2]]).all()
