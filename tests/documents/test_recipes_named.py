"""docs/FINETUNE.md names every recipe."""

from finetune.recipes.find import RECIPES
from tests.documents.parts import text_of


def test_every_recipe_is_named():
    assert [name for name in RECIPES if f"`{name}`" not in text_of("docs/FINETUNE.md")] == []
