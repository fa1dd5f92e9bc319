import pandas as pd
import pytest

from cohort.predictions import PredictionsError, write_table
from report.trained.training_history import COLUMNS, TrainingHistory, read_history


def epochs(folds=2, count=3, best=2, model="network"):
    """A table of epochs, in each fold the same one the best."""
    rows = []
    for fold in range(1, folds + 1):
        for epoch in range(1, count + 1):
            rows.append(
                {
                    "fold": fold, "epoch": epoch, "rate": 1.0, "training_loss": 1 / epoch, "training_accuracy": 0.9,
                    "validation_loss": 0.5, "validation_accuracy": 0.8, "seconds": 2.0 * fold,
                    "best": int(epoch == best),
                }
            )  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS)).assign(model=model)[["model", *COLUMNS]]


def test_a_table_comes_back_as_it_was_written(tmp_path):
    write_table(tmp_path / "training.csv", epochs())
    pd.testing.assert_frame_equal(read_history(tmp_path / "training.csv"), epochs(), check_dtype=False)


def test_without_an_inner_split_the_cells_are_empty(tmp_path):
    table = epochs().assign(validation_loss=float("nan"), validation_accuracy=float("nan"))
    write_table(tmp_path / "training.csv", table)
    history = TrainingHistory(read_history(tmp_path / "training.csv"))
    assert not history.has_validation


@pytest.mark.parametrize(
    "changes",
    [{"epoch": "x"}, {"epoch": -1}, {"fold": 1.5}, {"seconds": "inf"}, {"best": 0}, {"best": 1}, {"epoch": 1}],
)
def test_what_is_no_training_is_refused(tmp_path, changes):
    write_table(tmp_path / "training.csv", epochs().assign(**changes))
    with pytest.raises(PredictionsError):
        read_history(tmp_path / "training.csv")


def test_overfit_is_training_less_held_out_in_points():
    history = TrainingHistory(epochs())
    assert history.overfit(0.8) == pytest.approx(10)
    assert list(history.networks) == ["1", "2"]
    assert history.seconds == 3
    assert history.selected["epoch"].tolist() == [2, 2]
    assert history.networks["2"]["epoch"].tolist() == [1, 2, 3]


def test_several_networks_of_a_recipe_are_told_apart(tmp_path):
    table = pd.concat([epochs(model="average"), epochs(model="maximum")])
    write_table(tmp_path / "training.csv", table)
    history = TrainingHistory(read_history(tmp_path / "training.csv"))
    assert list(history.networks) == ["average, 1", "average, 2", "maximum, 1", "maximum, 2"]
    assert len(history.selected) == 4


def test_a_table_without_models_is_of_one(tmp_path):
    write_table(tmp_path / "training.csv", epochs().drop(columns="model"))
    assert list(TrainingHistory(read_history(tmp_path / "training.csv")).networks) == ["1", "2"]
