"""The networks of the NCT and PCam documents take a step at a tiny scale: small pixels, one epoch, few images.

The pairs hold the networks of the single ones, and the ensemble those of both EfficientNets; other settings are equal.
"""

from dataclasses import replace

import numpy as np
import pytest

from finetune.networks.build import build_classifier
from finetune.pictures.decoded import Pictures
from finetune.recipes.find import RECIPES
from finetune.training_images import TrainingImages
from finetune.training_loop import Training

SIDE = 32
TRAINED = ("nct-resnet50", "nct-efficientnet-ensemble", "pcam-vgg16-resnet50", "pcam-xception-nasnet")


@pytest.fixture(autouse=True)
def undrawn(monkeypatch):
    """Networks without first weights of their own: glorot's do, and take less time."""

    def glorot(network, *_):
        import torch

        from finetune.networks.classifier import draw_glorot

        draw_glorot(network, torch.Generator().manual_seed(0))

    monkeypatch.setattr("featurize.encoders.weights.randomise", glorot)


def images_of(classes):
    """Two images a class to train on, brighter by class, and one to select by."""
    codes = np.arange(3 * classes) % classes
    noise = np.random.default_rng(0).integers(0, 60, (len(codes), SIDE, SIDE, 3))
    pixels = (noise + 190 * codes[:, None, None, None] / classes).astype(np.uint8)
    pictures = Pictures(tuple(f"{number}" for number in range(len(codes))), pixels)
    rows = np.arange(len(codes))
    names = tuple(f"class {code}" for code in range(classes))
    return TrainingImages(pictures, codes, names, rows[: 2 * classes], rows[2 * classes :])


def test_the_single_networks_are_trained_as_the_pairs_that_hold_them():
    for name, recipe in RECIPES.items():
        if name.startswith("pcam-"):
            pair = RECIPES["pcam-vgg16-resnet50"].settings
            assert replace(recipe.settings, network=pair.network) == pair
    members = RECIPES["nct-efficientnet-ensemble"].members
    for member, name in zip(members, ("nct-efficientnet-avg", "nct-efficientnet-max"), strict=True):
        assert replace(member, symmetries=1, averaging="probabilities") == RECIPES[name].settings


@pytest.mark.parametrize("name", TRAINED)
def test_a_recipe_trains_and_answers(name):
    recipe = RECIPES[name]
    images = images_of(recipe.classes)
    for settings in recipe.trained({"input": SIDE, "epochs": 1, "batch": recipe.classes}):
        settings = replace(settings, rate=1e-4, upper_rate=1e-4)
        network = build_classifier(settings, recipe.classes)
        network.pretrained = True  # so that what the recipe freezes is frozen
        before = {key: value.clone() for key, value in network.state_dict().items()}
        training = Training(network, images, settings)
        (row,) = training.run()
        assert np.isfinite(row["training loss"])
        views = training.views(images.select)
        assert views.shape == (recipe.classes, settings.symmetries, recipe.classes)
        np.testing.assert_allclose(views.sum(axis=2), 1, atol=1e-6)
        changed = {key for key, value in training.best.items() if not (value == before[key]).all()}
        assert "head.1.weight" in changed
        is_frozen = [any(f"res{stage}" in key for stage in (2, 3, 4)) for key in changed]
        if settings.frozen_to:
            assert not any(is_frozen)
            assert any("res5" in key for key in changed)
