"""All recipes by name."""

from collections.abc import Mapping

from finetune.recipes.idc import IDC_RECIPES
from finetune.recipes.nct import NCT_RECIPES
from finetune.recipes.pcam import PCAM_RECIPES
from finetune.recipes.recipe import Recipe
from finetune.recipes.small import SMALL
from finetune.training_settings import TrainingError

RECIPES: Mapping[str, Recipe] = {recipe.name: recipe for recipe in (SMALL, *IDC_RECIPES, *NCT_RECIPES, *PCAM_RECIPES)}


def find_recipe(name: str) -> Recipe:
    """A recipe by name; raises TrainingError naming the known ones."""
    if name not in RECIPES:
        raise TrainingError(f"unknown recipe {name!r}; known: {', '.join(RECIPES)}")
    return RECIPES[name]
