"""Laws of a try on a few images: it needs no weights, and takes none in the place of others that were named."""

from pathlib import Path

import pytest

from commands.finetune.fewer_images import weights_to_begin_with
from commands.finetune.finetune_options import FinetuneOptions
from featurize.encoders.weights import WeightsError
from finetune.recipes.find import RECIPES


def begun_with(recipe, **asked):
    known = RECIPES[recipe]
    return weights_to_begin_with(FinetuneOptions(data=Path("x"), offline=True, **asked), known, known.settings)


@pytest.mark.parametrize("recipe", ["nct-resnet50", "pcam-vgg16-resnet50", "pcam-nasnet"])
def test_a_try_without_weights_takes_random_ones_and_says_so(recipe, capsys):
    files, words = begun_with(recipe, limit=20)
    assert files == ()
    assert "random weights" in words
    assert "random weights are taken instead" in " ".join(capsys.readouterr().out.split())


def test_weights_that_were_named_are_not_replaced(tmp_path):
    with pytest.raises(WeightsError):
        begun_with("nct-resnet50", limit=20, weights=str(tmp_path))


def test_a_training_on_all_images_never_takes_random_weights_by_itself():
    with pytest.raises(WeightsError):
        begun_with("nct-resnet50")
