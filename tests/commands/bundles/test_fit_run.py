"""Laws of fit --run: only what a trained network still leaves open may be asked."""

from tests.place import invoke


def test_options_of_boosting_are_refused_for_trained_networks(trained_place):
    net = trained_place.results / "net"
    said = trained_place.fit("--run", net, "--folds", 5, "--heads", "trees", code=2)
    assert "--folds, --heads decide how boosted models are trained" in said
    assert "is a run of cv, not of finetune" in trained_place.fit("--run", trained_place.results / "fields", code=2)
    assert "is no folder of a run" in trained_place.fit("--run", "no-such-run", code=2)
    assert "cannot be named" in trained_place.fit("--run", net, "--name", "a/b", code=2)


def test_a_bundle_of_networks_may_be_called_otherwise_and_have_another_point(trained_place, tmp_path, knows_tiny):
    run = trained_place.results / "net"
    said = invoke("fit", "--run", run, "--name", "x", "--models", tmp_path, "--aim", "half", "--positive", "invasive")
    assert "3 networks in" in said and (tmp_path / "x.zip").is_file()
