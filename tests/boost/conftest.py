"""A small ensemble that the tests of bundles share."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from boost.bundle.decision import DecisionRule, OperatingPoint
from boost.bundle.facts import BundleFacts
from boost.bundle.written import write_bundle
from boost.crossval import HeldOut, collect, collect_views, cross_validate
from boost.descriptors import Descriptors
from boost.model_cache import ModelCache, cached_models, open_caches
from boost.settings import BoostSettings
from boost.uncertainty.adaptive_views import usual_spread
from boost.uncertainty.out_of_distribution import fit_out_of_distribution
from cohort.cohort import Cohort
from cohort.predictions import predictions_table

CLASSES, DIMS, VIEWS = ("normal", "benign", "invasive"), {"wide": 6, "narrow": 4}, 5
PATIENT = np.arange(36) // 3


@dataclass(frozen=True)
class Small:
    """Two variants of 36 images of 12 patients in 3 folds, and a bundle of 2 x 3 x 2 models."""

    cohort: Cohort
    variants: dict[str, np.ndarray]  # (image, view, dim)
    settings: BoostSettings
    path: Path
    folder: Path  # where models and predictions were kept
    units: list[HeldOut]  # what the models predicted

    def descriptors(self):
        return {name: Descriptors.of(array) for name, array in self.variants.items()}

    def cache(self, folder, kind=ModelCache):
        return open_caches(kind, folder, self.cohort, self.descriptors(), self.settings)

    def fit(self, folder):
        """Cross-validate with models kept in a folder."""
        return list(cross_validate(self.cohort, self.descriptors(), self.settings, cache=self.cache(folder)))


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """The same for all tests; nobody writes to it."""
    folder, rng = tmp_path_factory.mktemp("small"), np.random.default_rng(3)
    images = [f"{number:02}.png" for number in range(36)]
    codes, fold = PATIENT % 3, PATIENT // 3 % 3 + 1
    cohort = Cohort(images, codes, CLASSES, [f"p{number}" for number in PATIENT], fold)
    variants = {
        name: (codes[:, None, None] * (np.arange(dim) < 2) + rng.normal(size=(36, VIEWS, dim))).astype(np.float32)
        for name, dim in DIMS.items()
    }
    units = []
    small = Small(cohort, variants, BoostSettings(seeds=2, rounds=4), folder / "small.zip", folder, units)
    units += small.fit(folder)
    probabilities = collect(units, variants, cohort)
    predicted = np.mean(list(probabilities.values()), axis=0)
    point = OperatingPoint(("invasive",), "sum", "Youden", 0.4)
    write_bundle(
        small.path,
        BundleFacts({name: {"key": f"{dim:08}", "network": {"dim": dim}} for name, dim in DIMS.items()}),
        cached_models(small.cache(folder), DIMS, [1, 2, 3], small.settings),
        DecisionRule.fit(CLASSES, predicted, codes, PATIENT, usual_spread(collect_views(units)), point),
        fit_out_of_distribution(small.descriptors(), PATIENT),
        predictions_table(cohort, probabilities),
        {image: f"{number:064}" for number, image in enumerate(images)},
        "# Card\n",
    )
    return small
