from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cohort.cohort import Cohort
from finetune.fold_training import FoldTraining
from finetune.training_settings import TrainingSettings
from workflow.trained.network_run import NetworkRun, as_result, history_table, member_names

SETTINGS = TrainingSettings("vgg16", 64)


def run(settings=SETTINGS, member=""):
    cohort = Cohort(("a", "b"), np.array([0, 1]), ("x", "y"), ("", ""), np.array([1, 2]))
    images = type("Images", (), {"cohort": cohort})()
    return NetworkRun(images, None, settings, (), None, member=member)


def test_models_are_named_after_network_member_and_what_selected_them():
    assert run().model == "vgg16-trained"
    assert run(member="maximum").model == "vgg16-maximum-trained"
    assert run(replace(SETTINGS, select_on="test")).model == "vgg16-trained-selected-on-test"


def test_members_are_told_apart():
    assert member_names([SETTINGS]) == [""]
    assert member_names([SETTINGS, replace(SETTINGS, pooling="average")]) == ["own", "average"]
    assert member_names([SETTINGS, replace(SETTINGS, seed=1)]) == ["1", "2"]


def test_members_are_fused_as_the_recipe_averages():
    rows = [("i", "x", "", 1, "m", 0.5, 0.5), ("i", "x", "", 1, "n", 0.9, 0.1)]
    table = pd.DataFrame(rows, columns=["image", "label", "patient", "fold", "model", "p_x", "p_y"])
    assert as_result(table, "probabilities")["p_x"].item() == pytest.approx(0.7)
    assert as_result(table, "logits")["p_x"].item() == pytest.approx(0.75)  # odds of 1 and 9: their mean is 3


def test_epochs_and_answers_become_tables():
    views = np.array([[[0.25, 0.75]]])
    epochs = [{"epoch": 1, "training loss": 1.0}, {"epoch": 2, "training loss": 0.5}]
    done = [FoldTraining(fold, epochs, best_epoch=2, views=views) for fold in (1, 2)]
    table = history_table({"m": done})
    assert table["best"].tolist() == [0, 1, 0, 1]
    assert table["model"].tolist() == ["m"] * 4
    assert run().predictions(done)["p_y"].tolist() == [0.75, 0.75]
