import pytest

from finetune.networks.build import build_classifier
from finetune.networks.counting import keras_count
from finetune.recipes import RECIPES, find_recipe
from finetune.training_settings import TrainingError


@pytest.mark.parametrize(
    ("name", "parameters"), [("idc-initial", 1_235_133), ("idc-cnn", 2_755_682), ("idc-cnn-weighted", 2_755_682)]
)
def test_recipes_of_the_document_have_its_parameters(name, parameters):
    network = build_classifier(find_recipe(name).settings, 2, None)
    assert keras_count(network) == parameters


def test_what_is_inferred_is_said():
    for recipe in RECIPES.values():
        assert recipe.sources
        assert recipe.inferred or not recipe.published


def test_an_unknown_recipe_names_the_known_ones():
    with pytest.raises(TrainingError, match="idc-initial"):
        find_recipe("idc")
