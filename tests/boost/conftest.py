"""A small ensemble that the tests of bundles share."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from boost.bundle.bundle import write_bundle
from boost.bundle.decision import DecisionRule, OperatingPoint
from boost.crossval import HeldOut, collect
from boost.descriptors import Descriptors
from boost.model_cache import cached_models, fit_models, model_caches, views_of
from boost.settings import BoostSettings
from boost.uncertainty.adaptive_views import usual_spread
from boost.uncertainty.out_of_distribution import fit_out_of_distribution
from cohort.predictions import predictions_table

CLASSES, DIMS, VIEWS = ("normal", "benign", "invasive"), {"wide": 6, "narrow": 4}, 5


@dataclass(frozen=True)
class Small:
    """Two variants of 36 images of 12 patients in 3 folds, and a bundle of 2 x 3 x 2 models."""

    variants: dict[str, np.ndarray]  # (image, view, dim)
    labels: np.ndarray
    fold: np.ndarray
    groups: np.ndarray
    settings: BoostSettings
    path: Path
    folder: Path  # where models and answers were kept

    def work(self, folder):
        """Arguments of `fit_models`, with models kept in another folder."""
        described = {name: Descriptors.of(array) for name, array in self.variants.items()}
        arguments = described, self.labels, len(CLASSES), self.fold, self.settings
        return *arguments, model_caches(*arguments, folder)


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """The same for all tests; nobody writes to it."""
    folder, rng = tmp_path_factory.mktemp("small"), np.random.default_rng(3)
    patient = np.arange(36) // 3
    labels, fold = patient % 3, patient // 3 % 3 + 1
    variants = {
        name: (labels[:, None, None] * (np.arange(dim) < 2) + rng.normal(size=(36, VIEWS, dim))).astype(np.float32)
        for name, dim in DIMS.items()
    }
    small = Small(variants, labels, fold, patient, BoostSettings(seeds=2, rounds=4), folder / "small.zip", folder)
    described, *_, kept = arguments = small.work(folder)
    units = list(fit_models(*arguments))
    said = collect([HeldOut(unit.variant, unit.fold, unit.probabilities) for unit in units], variants, fold)
    images = [f"{number:02}.png" for number in range(36)]
    point = OperatingPoint(("invasive",), "sum", "Youden", 0.4)
    answers = np.mean(list(said.values()), axis=0)
    write_bundle(
        small.path,
        {"variants": {name: {"key": f"{dim:08}", "network": {"dim": dim}} for name, dim in DIMS.items()}},
        cached_models(kept, [1, 2, 3], 2),
        DecisionRule.fit(CLASSES, answers, labels, patient, usual_spread(views_of(units)), point),
        fit_out_of_distribution(described, patient),
        predictions_table(images, labels, [f"p{number}" for number in patient], fold, said, CLASSES),
        {image: f"{number:064}" for number, image in enumerate(images)},
        "# Card\n",
    )
    return small
