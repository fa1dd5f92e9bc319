"""The choices made inside are read again, or refused in words."""

import pandas as pd
import pytest

from cohort.predictions import PredictionsError
from workflow.training.tables_beside import CHOSEN, read_beside, read_choices

ROWS = [
    (1, "blend", "all", 0.5, 1),
    (1, "trees", "all", 0.6, 0),
    (2, "blend", "all", 0.7, 0),
    (2, "trees", "all", 0.4, 1),
]
CHOICES = pd.DataFrame(ROWS, columns=["fold", "head", "variant", "log_loss", "chosen"])


def test_choices_come_back_and_nothing_else_is_there(tmp_path):
    assert read_beside(tmp_path) == {}
    CHOICES.to_csv(tmp_path / CHOSEN, index=False)
    (found,) = read_beside(tmp_path).values()
    pd.testing.assert_frame_equal(found, CHOICES)


@pytest.mark.parametrize(
    "change, message",
    [
        ({"chosen": 1}, "fold 1 must choose one row"),
        ({"chosen": 0}, "fold 1 must choose one row"),
        ({"head": "oracle"}, "a head is one of .* got 'oracle'; run cv again"),
        ({"log_loss": "much"}, "in a column of numbers; run cv again"),
        ({"fold": "one"}, "in a column of numbers; run cv again"),
    ],
)
def test_a_file_that_says_something_else_is_refused(tmp_path, change, message):
    CHOICES.assign(**change).to_csv(tmp_path / "choices.csv", index=False)
    with pytest.raises(PredictionsError, match=message):
        read_choices(tmp_path / "choices.csv")
    CHOICES.drop(columns="variant").to_csv(tmp_path / "choices.csv", index=False)
    with pytest.raises(PredictionsError, match="variant"):
        read_choices(tmp_path / "choices.csv")
