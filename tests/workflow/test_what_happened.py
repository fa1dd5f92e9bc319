"""Settings say what a run did."""

import json

import pytest

from featurize.encoders.sources.known_origins import KNOWN_ORIGINS
from workflow.run_folder import SETTINGS, read_settings
from workflow.what_happened import as_it_happened

ORIGIN = KNOWN_ORIGINS[0]


def run(views, there):
    """The settings of a run whose trees were to train on so many views of those that were there."""
    return {"boost": {"views": views, "rounds": 3}, "variants": {"net": {"views": there}}}


@pytest.mark.parametrize(("asked", "there", "used"), [(10, 5, 5), (10, 10, 10), (10, 50, 10), (None, 50, 50)])
def test_trees_train_on_no_more_views_than_there_are(asked, there, used):
    assert as_it_happened(run(asked, there))["boost"] == {"views": used, "rounds": 3}


def test_a_second_look_changes_nothing():
    once = as_it_happened(run(10, 5))
    assert as_it_happened(once) == once


def test_without_known_patients_none_are_kept_apart():
    assert as_it_happened({"groups": "patient", "known patients": 0})["groups"] == "none"
    assert as_it_happened({"groups": "patient", "known patients": 3})["groups"] == "patient"
    assert as_it_happened({"groups": "centre", "known patients": 0})["groups"] == "centre"


def test_runs_of_before_learn_who_trained_their_networks(tmp_path):
    network = {"digest": ORIGIN.digest, "weights": "unknown", "licence": "unknown"}
    settings = {"name": "old", "variants": {"net": {"views": 5, "network": network}}}
    (tmp_path / SETTINGS).write_text(json.dumps(settings))
    read = read_settings(tmp_path)["variants"]["net"]["network"]
    assert (read["weights"], read["licence"]) == (ORIGIN.weights, ORIGIN.licence)
    assert "boost" not in read_settings(tmp_path)


STRANGE = [
    {"variants": 3},
    {"boost": 3, "variants": {}},
    {"variants": {"a": 1}, "boost": {}},
    {"variants": {"a": {"network": 2, "views": "x"}}, "boost": {"views": "y"}},
]


@pytest.mark.parametrize("strange", STRANGE)
def test_what_is_not_understood_stays(strange):
    assert as_it_happened(strange) == strange
