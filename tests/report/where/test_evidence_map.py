"""Laws of an evidence map: the mean of the windows over each point, and nothing smoother or sharper than they are."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from report.where.evidence_map import EvidenceMap, WindowAnswers, coverage, spread_evenly

GREY = np.full((8, 8, 3), 128, np.uint8)


def boxes_of(tops, lefts, side):
    return np.array([[top, left, side, side] for top in tops for left in lefts], dtype=float)


def map_of(height, width, boxes, votes, **more):
    classes = tuple(f"class {k}" for k in range(votes.shape[1]))
    return EvidenceMap(classes, height, width, (WindowAnswers("v", boxes, votes),), GREY, **more)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_each_point_has_the_mean_of_the_windows_over_it(rng):
    boxes = boxes_of(range(0, 41, 8), range(0, 61, 6), 20)
    votes = rng.dirichlet([1, 1, 1], len(boxes))
    values = map_of(60, 80, boxes, votes).values
    assert values.shape == (60, 80, 3) and values.dtype == np.float32
    for row, column in rng.integers(0, 60, (40, 2)):
        over = (boxes[:, 0] <= row) & (row < boxes[:, 0] + 20) & (boxes[:, 1] <= column) & (column < boxes[:, 1] + 20)
        assert_allclose(values[row, column], votes[over].mean(axis=0), atol=1e-6)


def test_classes_sum_to_one_everywhere_whatever_the_sizes(rng):
    for height, width, side in [(1, 1, 1), (1, 8192, 1), (8192, 3, 3), (777, 1001, 250), (4096, 8192, 4096)]:
        tops = np.unique(np.linspace(0, height - side, 5).round())
        lefts = np.unique(np.linspace(0, width - side, max(5, -(-width // side))).round())
        boxes = boxes_of(tops, lefts, side)
        if height / side > 5:
            boxes = boxes_of(np.arange(0, height - side + 1, 1 if side == 3 else side), lefts, side)
        values = map_of(height, width, boxes, rng.dirichlet([1, 1], len(boxes))).values
        assert max(values.shape[:2]) <= 256 and min(values.shape[:2]) >= 1
        assert_allclose(values.sum(axis=2), 1, atol=1e-6)


def test_an_edge_between_two_classes_is_no_wider_than_a_window():
    """Windows left of the edge vote for one class, those right of it for the other, those on it for either."""
    boxes = boxes_of([0], range(0, 181, 5), 20)
    votes = np.where(boxes[:, [1]] + 10 < 100, [[1.0, 0.0]], [[0.0, 1.0]])
    values = map_of(20, 200, boxes, votes).values[0, :, 0]
    assert (values[:80] == 1).all() and (values[120:] == 0).all() and (np.diff(values) <= 0).all()
    apart = boxes_of([0], range(0, 181, 20), 20)
    sharp = map_of(20, 200, apart, np.where(apart[:, [1]] < 100, [[1.0, 0.0]], [[0.0, 1.0]])).values[0, :, 0]
    assert (sharp[:100] == 1).all() and (sharp[100:] == 0).all(), "windows side by side are not smoothed at all"


def test_one_window_says_the_same_everywhere():
    values = map_of(300, 400, np.array([[0.0, 0.0, 300.0, 400.0]]), np.array([[0.3, 0.7]])).values
    assert_allclose(values, np.broadcast_to([0.3, 0.7], values.shape), atol=1e-6)


def test_variants_count_by_their_weights_and_the_smallest_window_is_told():
    whole, half = np.array([[0.0, 0.0, 40.0, 40.0]]), boxes_of([0, 20], [0, 20], 20)
    answers = (
        WindowAnswers("large", whole, np.array([[1.0, 0.0]]), weight=1.0),
        WindowAnswers("small", half, np.tile([[0.0, 1.0]], (4, 1)), weight=3.0),
    )
    evidence = EvidenceMap(("a", "b"), 40, 40, answers, GREY)
    assert_allclose(evidence.values[..., 0], 0.25)
    assert evidence.window == (20, 20) and evidence.share("b") == pytest.approx(0.75)
    table = evidence.table("x.png")
    assert list(table) == ["image", "variant", "left", "top", "width", "height", "raw_a", "raw_b"]
    assert table["variant"].tolist() == ["large"] + ["small"] * 4 and set(table["image"]) == {"x.png"}
    assert table.iloc[2].tolist() == ["x.png", "small", 20, 0, 20, 20, 0, 1]


def test_coverage_is_what_of_a_cell_lies_in_an_interval():
    assert_allclose(coverage(np.array([0.25]), np.array([0.5]), 3), [[0.25, 1, 0.25]])
    assert_allclose(coverage(np.array([0.0]), np.array([1.0]), 5), np.ones((1, 5)))
    halves = spread_evenly(np.array([[0, 0, 1, 0.5], [0, 0.5, 1, 0.5]]), np.array([[1.0], [0.0]]), 1, 3)
    assert_allclose(halves[0, :, 0], [1, 0.5, 0])
