"""Laws of the tables beside predictions, which may be a stranger's: read as cv left them, or refused with a message."""

import pytest

from cohort.predictions import PredictionsError
from workflow.training.tables_beside import read_choices

HEADER = "fold,head,variant,log_loss,chosen\n"


@pytest.mark.parametrize(
    "row",
    ["9" * 20 + ",trees,all,0.5,1", "1,other,all,0.5,1", "1,trees,all,x,1", "1,trees,all,0.5,inf", "1,trees,all,0.5,2"],
)
def test_choices_that_no_run_makes_are_refused(row, tmp_path):
    (tmp_path / "c.csv").write_text(f"{HEADER}1,trees,all,0.5,1\n")
    assert len(read_choices(tmp_path / "c.csv")) == 1
    (tmp_path / "c.csv").write_text(f"{HEADER}{row}\n")
    with pytest.raises(PredictionsError, match="run cv again, or delete the file"):
        read_choices(tmp_path / "c.csv")
