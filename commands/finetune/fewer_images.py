"""What `finetune --limit` and `--balanced` do: fewer images, and what that changes."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cohort.checks.notices import Notice
from cohort.limited import limited
from cohort.samples import Dataset
from commands.finetune.finetune_options import FOLDS, FinetuneOptions
from commands.terminal import warn

if TYPE_CHECKING:
    from finetune.recipes.training_recipe import Recipe
    from finetune.training_settings import TrainingSettings
    from workflow.trained.labelled_images import LabelledImages


def chosen_images(asked: FinetuneOptions, dataset: Dataset) -> Dataset:
    """The images of --data that are used."""
    from workflow.trained.chosen_images import balanced_draw

    if asked.balanced is not None:
        dataset = balanced_draw(dataset, asked.balanced, asked.seed)
    return dataset if asked.limit is None else limited(dataset, asked.limit)


def few_of_test(asked: FinetuneOptions, test: Dataset) -> Dataset:
    """The images of --test that are used: as many as of --data, where those are limited."""
    return test if asked.limit is None else limited(test, asked.limit)


def fold_count(asked: FinetuneOptions, dataset: Dataset) -> int:
    """As many folds as asked for, or as few as limited images can be divided into."""
    from workflow.trained.chosen_images import folds_that_fit

    folds = asked.folds or FOLDS
    if asked.limit is None or asked.folds_file is not None:
        return folds
    return folds_that_fit(dataset, folds, asked.groups != "none", asked.seed)


def selected_members(
    asked: FinetuneOptions, images: "LabelledImages", members: Sequence["TrainingSettings"]
) -> list["TrainingSettings"]:
    """The settings of all networks, without an inner split where limited images allow none; says so."""
    from workflow.trained.chosen_images import limited_notice, selected_if_possible
    from workflow.trained.leaks_beforehand import stay_together

    if asked.limit is None:
        return list(members)
    groups = stay_together(images)
    possible = [selected_if_possible(images.cohort, settings, groups) for settings in members]
    folds = None if images.test else len(images.cohort.held_out_folds)
    warn([limited_notice(images, folds, possible[0])])
    return possible


def weights_to_begin_with(
    asked: FinetuneOptions, recipe: "Recipe", settings: "TrainingSettings"
) -> tuple[tuple[Path, ...], str]:
    """A file of first weights for each encoder, and words on them.

    Limited images are a try, which needs no good weights: where none were named and none are here, random ones do, and
    that is told.
    """
    from featurize.encoders.weights import WeightsError
    from workflow.trained.start_weights import start_weights

    try:
        return start_weights(settings, asked.weights or recipe.weights, asked.offline)
    except WeightsError as error:
        if asked.limit is None or asked.weights is not None:
            raise
        sentence = f"{error}; to try out a few images (--limit), random weights are taken instead"
        warn([Notice("random-for-a-try", sentence)])
    return start_weights(settings, "random", asked.offline)
