import pytest

from finetune.networks.build import build_classifier
from finetune.networks.counting import keras_count, torch_count
from finetune.recipes.find import RECIPES, find_recipe
from finetune.training_settings import TrainingError

COUNTS = {  # as Keras counts, for the classes of the document
    "idc-initial": 1_235_133,
    "idc-cnn": 2_755_682,
    "idc-cnn-weighted": 2_755_682,
    "nct-resnet50": 23_606_153,
    "nct-efficientnet-avg": 4_061_093,
    "nct-efficientnet-max": 4_061_093,
    "pcam-vgg16": 14_715_201,
    "pcam-resnet50": 23_589_761,
    "pcam-xception": 20_863_529,
    "pcam-nasnet": 4_269_716 + 1_057,
    "pcam-vgg16-resnet50": 38_304_961,
    "pcam-xception-nasnet": 20_861_480 + 4_269_716 + 3_105,
}


@pytest.fixture
def undrawn(monkeypatch):
    """Networks without first weights, which take a while to draw and change no count."""
    monkeypatch.setattr("featurize.encoders.weights.randomise", lambda *_: None)


@pytest.mark.parametrize(("name", "parameters"), COUNTS.items())
def test_recipes_have_the_parameters_that_they_tell(name, parameters, undrawn):
    recipe = find_recipe(name)
    assert keras_count(build_classifier(recipe.settings, recipe.classes)) == parameters


def test_the_head_of_resnet50_has_the_parameters_of_the_document_and_lower_stages_are_frozen(undrawn):
    recipe = find_recipe("nct-resnet50")
    network = build_classifier(recipe.settings, recipe.classes)
    network.pretrained = True
    network.set_trained(recipe.settings, epoch=0)
    assert torch_count(network.head) == 18_441
    for name, layer in network.body.named_modules():
        is_upper = "res5" in name
        for parameter in layer.parameters(recurse=False):
            assert parameter.requires_grad == is_upper
        if "bn" in name.rpartition(".")[2]:
            assert layer.training == is_upper


def test_what_is_inferred_is_said():
    for recipe in RECIPES.values():
        assert recipe.sources
        assert recipe.inferred or not recipe.published


def test_an_unknown_recipe_names_the_known_ones():
    with pytest.raises(TrainingError, match="idc-initial"):
        find_recipe("idc")
