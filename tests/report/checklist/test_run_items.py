"""What the checklist takes from the settings of a run is what that run did, of whatever command it was."""

import pytest

from report.checklist.run_items import HEADS, heads_of, of_run
from tests.report.chapters.test_methods import RUN


def test_the_checklist_names_the_heads_that_were_trained_and_no_other():
    blend = of_run(RUN | {"heads": ["trees", "logistic"]})
    assert "rounds 70" in blend["12c"] and "logistic regression" in blend["12c"] and "standardised" in blend["12b"]
    alone = of_run(RUN | {"heads": ["logistic"]})
    assert "trees" not in alone["12b"].lower() + alone["12c"].lower() and "rounds" not in alone["12c"]


@pytest.mark.parametrize("head", HEADS)
def test_each_head_is_told_in_words(head):
    items = of_run(RUN | {"heads": [head]})
    assert HEADS[head][0] in items["12c"] and HEADS[head][1] in items["12b"]


def test_older_runs_had_trees_alone():
    assert heads_of({}) == heads_of({"heads": "none"}) == ["trees"]


def test_recalibration_is_told_where_it_was_made():
    assert "recalibrated" in of_run(RUN | {"recalibrated": True})["12f"]
    assert of_run(RUN)["12f"].startswith("None; where")


def test_windows_of_the_dense_mode_are_told():
    variants = {"net-400-dense": {**RUN["variants"]["net-400"], "mode": "dense"}}
    assert "feature maps" in of_run(RUN | {"variants": variants})["7"] and "feature maps" not in of_run(RUN)["7"]


def test_trained_networks_are_told_as_such():
    training = {"network": "vgg16", "input": 96, "stain": "macenko", "augmentation": "flips", "epochs": 7}
    settings = {"command": "finetune", "data_set": "set", "training": training, "first_weights": {"file": "a.pth"}}
    items = of_run(settings)
    assert "set" in items["5a"] and "96 x 96" in items["7"] and "epochs 7" in items["12c"]
    assert "vgg16 was trained end to end" in items["9a"] and "a.pth" in items["9a"]
    assert not any("trees" in words or "not trained" in words for words in items.values())
    assert "random weights" in of_run({**settings, "first_weights": "random"})["9a"]


def test_fused_runs_lead_to_their_own_reports():
    items = of_run({"command": "fuse", "name": "all", "runs": [{"name": "one"}, {"name": "two"}]})
    assert "one, two" in items["7"] and "2 runs" in items["12c"] and "trees" not in items["12b"]


@pytest.mark.parametrize("command", ["cv", "finetune", "fuse", "", None])
@pytest.mark.parametrize("strange", [{}, {"heads": 3}, {"training": "x"}, {"runs": {}}, {"boost": []}, {"versions": 1}])
def test_whatever_the_settings_hold_each_item_is_words(command, strange):
    assert all(isinstance(words, str) for words in of_run({"command": command, **strange}).values())
