"""What stands beside the predictions of trained networks: their files, and how they came about."""

import platform
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from featurize.store.store import versions
from finetune.networks.counting import keras_count, torch_count
from finetune.recipes.recipe import Recipe
from imaging.files.regular_file import sha256_of
from workflow.trained.labelled_images import LabelledImages
from workflow.trained.network_run import NetworkRun

LIBRARIES = ("histoboost", "torch", "torchvision", "timm", "lightgbm", "numpy", "pandas", "scikit-learn")


def beside_files(images: LabelledImages) -> pd.DataFrame:
    """Content, look and fold of each image file, for the leak report."""
    hashes = [sample.sha256 for sample in images.samples]
    return pd.DataFrame(
        {"image": images.cohort.images, "sha256": hashes, "phash": images.looks, "fold": images.cohort.fold}
    )


def settings_of_training(
    recipe: Recipe, run: NetworkRun, frozen: str, positive: Sequence[str] | None, rule: str | None
) -> dict[str, Any]:
    """What settings.json says."""
    network = run.build()
    machine = {"platform": platform.platform(), "python": platform.python_version()}
    settings: dict[str, Any] = {
        "command": "finetune",
        "name": run.images.name,
        "test": run.images.test or None,
        "images": len(run.images.cohort),
        "folds": len(run.images.cohort.held_out_folds),
        "recipe": {"name": recipe.name, "sources": list(recipe.sources), "inferred": list(recipe.inferred)},
        "training": asdict(run.settings),
        "parameters": {"keras": keras_count(network), "torch": torch_count(network)},
        "first_weights": first_weights(run.weights),
        "frozen": frozen,
        "device": run.device,
        "positive": positive,
        "two_class": rule if positive else None,
        "shared_patients": list(run.images.shared_patients),
        "versions": versions(LIBRARIES) | machine,
    }
    if recipe.published is not None:
        settings["published"] = recipe.published.in_words(recipe.sources[0])
    return settings


def first_weights(files: Sequence[Path]) -> str | dict[str, str] | list[dict[str, str]]:
    """The files that a training began with: one, as it always stood there, or a list of those of several encoders."""
    described = [{"file": file.name, "sha256": sha256_of(file)} for file in files]
    if not described:
        return "random"
    return described[0] if len(described) == 1 else described
