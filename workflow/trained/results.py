"""What stands beside the predictions of trained networks: their files, and how they came about."""

import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from featurize.store.store import versions
from finetune.fold_training import FoldTraining
from finetune.networks.counting import keras_count, torch_count
from finetune.recipes.training_recipe import Recipe
from imaging.files.regular_file import sha256_of
from report.out_of_fold import OutOfFold
from workflow.trained.kept_weights import member_facts
from workflow.trained.labelled_images import LabelledImages
from workflow.trained.network_run import NetworkRun, is_recalibrated
from workflow.trained.ways_of_asking import ways_of_asking

LIBRARIES = ("histoboost", "torch", "torchvision", "timm", "lightgbm", "numpy", "pandas", "scikit-learn")


def beside_files(images: LabelledImages) -> pd.DataFrame:
    """Content, look and fold of each image file for the leak report, label and patient for a bundle."""
    cohort = images.cohort
    return pd.DataFrame(
        {
            "image": cohort.images,
            "sha256": images.files,
            "phash": images.looks,
            "fold": cohort.fold,
            "label": cohort.labels,
            "patient": cohort.patients,
        }
    )


def settings_of_training(
    recipe: Recipe,
    runs: Sequence[NetworkRun],
    done: Mapping[str, Sequence[FoldTraining]],
    table: pd.DataFrame,
    fusion: OutOfFold,
    asked: Mapping[str, Any],
) -> dict[str, Any]:
    """What settings.json says of the networks of a recipe.

    done: what came of each, by model; table: their predictions; fusion: the result; asked: further settings that do not
    follow from these.
    """
    first = runs[0]
    images = first.images
    networks = [run.build() for run in runs]
    machine = {"platform": platform.platform(), "python": platform.python_version()}
    settings: dict[str, Any] = {
        "command": "finetune",
        "data_set": images.name,
        "test": images.test or None,
        "images": len(images.cohort),
        "known patients": len(set(images.cohort.patients) - {""}),
        "folds": len(images.cohort.held_out_folds),
        "recipe": {"name": recipe.name, "sources": list(recipe.sources), "inferred": list(recipe.inferred)},
        "training": asdict(first.settings),
        "averaging": first.settings.averaging,
        "recalibrated": is_recalibrated(table),
        "selected_on_test": first.settings.select_on == "test",
        "parameters": {"keras": sum(map(keras_count, networks)), "torch": sum(map(torch_count, networks))},
        "first_weights": first_weights(first.weights),
        "device": first.device,
        "positive": fusion.positive,
        "two_class": fusion.rule if fusion.positive else None,
        "shared_patients": list(images.shared_patients),
        "members": [member_facts(run, first_weights(run.weights)) for run in runs],
        "versions": versions(LIBRARIES) | machine,
    }
    settings["class_counts"] = class_counts(images)
    of_ways = ways_of_asking(runs, done, fusion)
    if of_ways:
        settings["ways"] = of_ways
    if recipe.measures_training:
        settings["on_training_images"] = {model: in_training(trainings) for model, trainings in done.items()}
    if recipe.published is not None:
        settings["published"] = recipe.published.in_words(recipe.sources[0])
    return settings | dict(asked)


def class_counts(images: LabelledImages) -> dict[str, dict[str, int]]:
    """Images by class: in training and test, or all where folds are held out in turn."""
    cohort = images.cohort
    parts = {"training": ~cohort.tested, "test": cohort.tested} if images.test else {"all": cohort.tested | True}
    counts = {}
    for part, is_in in parts.items():
        labels = Counter(cohort.labels[is_in].tolist())
        counts[part] = {label: labels[label] for label in cohort.classes}
    return counts


def in_training(trainings: Sequence[FoldTraining]) -> dict[str, dict[str, float]]:
    """By fold, the accuracies on its training images as they are."""
    return {str(training.fold): dict(training.in_training or {}) for training in trainings}


def first_weights(files: Sequence[Path]) -> str | dict[str, str] | list[dict[str, str]]:
    """The files that a training began with: one, as it always stood there, or a list of those of several encoders."""
    described = [{"file": file.name, "sha256": sha256_of(file)} for file in files]
    if not described:
        return "random"
    return described[0] if len(described) == 1 else described
