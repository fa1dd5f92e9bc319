import json

from finetune.recipes.find import RECIPES, find_recipe
from finetune.recipes.training_recipe import SELECTED, layers_trained


def test_changes_reach_every_member():
    ensemble = find_recipe("nct-efficientnet-ensemble").trained({"epochs": 3, "seed": 5})
    assert [(member.pooling, member.epochs, member.seed) for member in ensemble] == [
        ("average", 3, 5),
        ("maximum", 3, 5),
    ]
    assert [member.epochs for member in find_recipe("idc-cnn").trained({"epochs": 3})] == [3]


def test_published_numbers_lie_in_settings_as_they_always_did():
    words = find_recipe("idc-cnn").published.in_words("a document")
    assert list(words) == [
        "source", "accuracy", "precision, negative", "precision, positive", "specificity", "sensitivity",
        "parameters (million)", "seconds an epoch",
    ]  # fmt: skip
    assert words["accuracy"] == 83


def test_a_document_with_several_rows_keeps_them_all_and_its_own_first():
    words = find_recipe("nct-efficientnet-ensemble").published.in_words("a document")
    assert words["accuracy"] == 98.33
    assert next(iter(words["rows"])) == "avg + max + flips"
    assert words["rows"]["avg"] == {"accuracy": 97.74, "balanced accuracy": 96.88}
    assert words["robustness"]["avg"]["JPEG quality 20"] == 95.71
    assert words["selected_on_test"] is True


def test_published_numbers_are_json():
    for recipe in RECIPES.values():
        if recipe.published is not None:
            json.dumps(recipe.published.in_words(recipe.sources[0]), allow_nan=False)


def test_all_layers_or_the_head_alone():
    settings = find_recipe("nct-resnet50").settings
    assert layers_trained("all", settings) == {
        "upper_rate": 1e-3,
        "layer_decay": 1.0,
        "trained_share": 1.0,
        "frozen_to": "",
    }
    assert layers_trained("head", settings) == {"upper_rate": 0.0}


def test_no_recipe_calls_unknown_how_an_epoch_was_chosen_that_was_chosen_by_the_test():
    for recipe in RECIPES.values():
        if recipe.published is not None and recipe.published.selected_on_test:
            assert SELECTED not in recipe.inferred, recipe.name
