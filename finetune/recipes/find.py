"""All recipes by name."""

from collections.abc import Mapping

from finetune.recipes.idc_recipes import IDC_RECIPES
from finetune.recipes.nct_recipes import NCT_RECIPES
from finetune.recipes.pcam_recipes import PCAM_RECIPES
from finetune.recipes.small_recipe import SMALL
from finetune.recipes.training_recipe import Recipe
from finetune.training_settings import TrainingError

RECIPES: Mapping[str, Recipe] = {recipe.name: recipe for recipe in (SMALL, *IDC_RECIPES, *NCT_RECIPES, *PCAM_RECIPES)}


def find_recipe(name: str) -> Recipe:
    """A recipe by name; raises TrainingError naming the known ones."""
    if name not in RECIPES:
        raise TrainingError(f"unknown recipe {name!r}; known: {', '.join(RECIPES)}")
    return RECIPES[name]
