"""What colour alone tells of the tissues of NCT-CRC-HE, beside what was published of it.

Ignatov, A. & Malivenko, G. (2024). NCT-CRC-HE: Not All Histopathological Datasets Are Equally Useful. arXiv:2409.11546:
random forests on three colour means and on a colour histogram, trained on NCT-CRC-HE-100K, tested on CRC-VAL-HE-7K.
"""

import json
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from report.numbers import plain
from report.section import Estimate, Number, Section
from report.statistics.clustered import clustered_interval
from report.statistics.influence import balanced_accuracy, mean
from report.statistics.intervals import Interval

PUBLISHED = {"rgb_means": 0.538, "colour_histogram": 0.822}  # accuracy by probe
TITLES = {"rgb_means": "means of red, green and blue", "colour_histogram": "colour histogram"}


@dataclass(frozen=True)
class ForestResult:
    """What a forest achieved on the test images."""

    key: str  # of PUBLISHED
    features: int
    accuracy: Interval
    balanced_accuracy: Interval
    most_frequent: float  # share of the test images of the class most frequent in training: a guess


@dataclass(frozen=True)
class Recipe:
    """Both forests, and what they rest on."""

    train: str  # names of data sets
    test: str
    train_images: int
    test_images: int
    test_patients: int  # known ones
    trees: int
    seed: int
    forests: tuple[ForestResult, ...]

    def to_json(self) -> str:
        """Everything for programs, what is no number as null."""
        content = asdict(self)
        content["forests"] = {}
        for forest in self.forests:
            content["forests"][forest.key] = asdict(forest) | {"published": PUBLISHED[forest.key]}
        return json.dumps(plain(content), indent=1) + "\n"

    def sentences(self) -> list[str]:
        """A line for each forest."""
        lines = []
        for forest in self.forests:
            yours = str(Estimate(forest.accuracy))
            lines.append(
                f"{TITLES[forest.key]} ({forest.features} features), random forest: accuracy {yours} % on {self.test}, "
                f"guessing {100 * forest.most_frequent:.1f} %; published for NCT-CRC-HE: "
                f"{100 * PUBLISHED[forest.key]:.1f} %"
            )
        return lines


def forest_result(
    key: str, features: int, label: np.ndarray, predicted: np.ndarray, group: np.ndarray, guess: str
) -> ForestResult:
    """From the answers to the test images, (n,) each; group: the patient of each, guess: the class to guess."""
    accuracy = clustered_interval(mean(label == predicted), group)
    balanced = clustered_interval(balanced_accuracy(label, predicted), group)
    return ForestResult(key, features, accuracy, balanced, float(np.mean(label == guess)))


def recipe_section(recipe: Recipe) -> Section:
    """Published and yours side by side."""
    rows = {}
    for forest in recipe.forests:
        rows[TITLES[forest.key]] = {
            "features": forest.features,
            "published": Number(PUBLISHED[forest.key], 1, unit=100),
            "yours": Estimate(forest.accuracy),
            "balanced accuracy": Estimate(forest.balanced_accuracy),
            "guessing": Number(forest.most_frequent, 1, unit=100),
        }
    cells = pd.DataFrame(rows).T.rename_axis("random forest on")
    return Section("audit-recipe", "Colour alone", recipe_words(recipe), cells)


def recipe_words(recipe: Recipe) -> str:
    """How the numbers are made, and what was not published."""
    patients = f"{recipe.test_patients} known patients with all their images"
    if not recipe.test_patients:
        patients = "images as independent, since no patient is known: too narrow if a patient has several"
    return (
        f"Accuracy in % on the {recipe.test_images} images of {recipe.test}, trained on the {recipe.train_images} of "
        f"{recipe.train}; 95 % intervals take {patients}. Published: Ignatov & Malivenko 2024 (arXiv:2409.11546), "
        f"trained on NCT-CRC-HE-100K and tested on CRC-VAL-HE-7K. Not published, and chosen here: {recipe.trees} "
        f"trees, all other settings as scikit-learn has them, seed {recipe.seed}; a histogram of 16 bins of each "
        "channel (48 numbers; the document says only how many)."
    )
