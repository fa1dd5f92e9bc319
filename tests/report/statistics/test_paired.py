"""A difference in words: never 'cannot be told' beside an interval without 0 and no reason for it."""

import pytest

from report.statistics.intervals import Interval
from report.statistics.paired import Difference


@pytest.mark.parametrize(
    ("low", "high", "better", "finding"),
    [
        (0.1, 0.3, "ours", "is better"),
        (-0.3, -0.1, "theirs", "is worse"),
        (-0.1, 0.3, None, "cannot be told from it"),
        (0.1, 0.3, None, "cannot be told from it by an exact test"),
        (-0.3, -0.1, None, "cannot be told from it by an exact test"),
        (float("nan"), float("nan"), None, "cannot be told from it"),
    ],
)
def test_what_parts_two_models_is_said(low, high, better, finding):
    change = Interval((low + high) / 2, low, high)
    assert Difference("accuracy", 0.5, 0.7, change, better).finding("theirs") == finding
