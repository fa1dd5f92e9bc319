import pytest

from report.chapters.methods import flat, settings_sections

VARIANT = {"encoder": "net", "network": {"dim": 512, "mean": [0.1, 0.2]}, "views": 50}
RUN = {
    "name": "set",
    "boost": {"rounds": 70},
    "folds_file": None,
    "variants": {"net-400": {**VARIANT, "crop": 400}, "net-650": {**VARIANT, "crop": 650}},
    "versions": {"numpy": "2.0"},
}


def test_every_setting_is_shown_once_or_per_variant():
    parts = {part.title: part.cells for part in settings_sections(RUN)}
    assert list(parts) == ["Settings", "Software", "Variants", "Descriptors"]
    assert parts["Settings"]["value"].to_dict() == {"name": "set", "boost.rounds": "70", "folds_file": "–"}
    assert parts["Variants"]["crop"].to_dict() == {"net-400": "400", "net-650": "650"}
    shared = {"encoder": "net", "network.dim": "512", "network.mean": "0.1, 0.2", "views": "50"}
    assert parts["Descriptors"]["value"].to_dict() == shared
    assert parts["Software"]["value"].to_dict() == {"numpy": "2.0"}


def test_settings_within_a_list_are_words_too():
    assert dict(flat({"versions": [{"torch": "2", "images": 3}]})) == {"versions": "torch 2, images 3"}


def test_one_variant_has_nothing_to_be_told_apart_from():
    one = RUN | {"variants": {"net-400": VARIANT}}
    assert [part.title for part in settings_sections(one)] == ["Settings", "Software", "Descriptors"]


def test_a_setting_that_only_one_variant_has_is_a_dash_for_the_other():
    parts = settings_sections({"variants": {"a": {"x": 1}, "b": {"y": 2}}})
    cells = next(part.cells for part in parts if part.title == "Variants")
    assert cells.loc["a"].to_dict() == {"x": "1", "y": "–"}


def test_without_settings_nothing_is_claimed():
    assert len(settings_sections({})) == 1
    (part,) = settings_sections(None)
    assert part.cells is None and part.sentence.startswith("Not known")


@pytest.mark.parametrize("strange", [{"variants": "two"}, {"versions": []}, {"a": {"b": {}}}, {"flag": True}])
def test_whatever_the_file_holds_does_no_harm(strange):
    assert isinstance(settings_sections(strange), list)
    assert all(isinstance(value, str) for _, value in flat(strange))


def test_settings_that_decided_nothing_are_left_out():
    without_trees = settings_sections(RUN | {"heads": ["logistic"]})[0].cells
    assert not any(name.startswith("boost") for name in without_trees.index)
    training = {"mixed": True, "rate": 0.1}
    trained = {"device": "cpu", "training": training, "members": [{"model": "net", "training": training}]}
    cells = settings_sections(trained)[0].cells["value"].to_dict()
    assert cells == {"device": "cpu", "training.rate": "0.1", "members": "model net"}
    assert settings_sections(trained | {"device": "cuda"})[0].cells.loc["training.mixed", "value"] == "yes"


def test_what_is_empty_of_all_networks_is_left_out():
    network = {"hub": "", "gated": ""}
    parts = settings_sections(
        {"variants": {"a": {"network": network, "crop": 1}, "b": {"network": network, "crop": 2}}}
    )
    assert [list(part.cells.columns) for part in parts] == [["crop"]]
