"""The recipe nct-crc: random forests on colour alone, trained on one set of images and tested on another.

The forests that "NCT-CRC-HE: Not All Histopathological Datasets Are Equally Useful" (arXiv:2409.11546) describes; see
report.audited.forests for what was published of them, and what was not.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from cohort.audit.measured import Measured
from cohort.files.offenders import refuse
from cohort.folds import groups_of
from cohort.samples import Dataset, DatasetError
from report.audited.forests import PUBLISHED, ForestResult, Recipe, forest_result

TREES = 100  # the number is not published; scikit-learn's own


@dataclass(frozen=True, eq=False)
class MeasuredSet:
    """Images with their labels, and what was measured of those that could be read."""

    dataset: Dataset
    measured: Measured

    @property
    def labels(self) -> np.ndarray:
        """The class of each measured image, (n,)."""
        of_image = {sample.name: sample.label for sample in self.dataset.samples}
        return np.array([of_image[name] for name in self.measured.names])

    @property
    def patients(self) -> list[str]:
        """The patient of each measured image, "" where unknown."""
        of_image = {sample.name: sample.patient for sample in self.dataset.samples}
        return [of_image[name] for name in self.measured.names]


def require_same_classes(train: Dataset, test: Dataset) -> None:
    """Raise DatasetError where a class of the test images is none of the training's."""
    unknown = [label for label in test.classes if label not in train.classes]
    rule = f"classes of {test.name} are none of {train.name}, so that they could not be learned; rename or remove them"
    refuse(DatasetError, unknown, rule)


def colour_forests(train: MeasuredSet, test: MeasuredSet, seed: int, jobs: int) -> Recipe:
    """Train on the one and test on the other, by each of PUBLISHED; jobs: trees grown at once, -1 for all cores."""
    forests = tuple(forest_on(key, train, test, seed, jobs) for key in PUBLISHED)
    return Recipe(
        train=train.dataset.name,
        test=test.dataset.name,
        train_images=len(train.labels),
        test_images=len(test.labels),
        test_patients=len(set(test.patients) - {""}),
        trees=TREES,
        seed=seed,
        forests=forests,
    )


def forest_on(key: str, train: MeasuredSet, test: MeasuredSet, seed: int, jobs: int) -> ForestResult:
    """A forest on the numbers of one probe."""
    from sklearn.ensemble import RandomForestClassifier  # here, for it takes a second

    known, new = (np.array(part.measured.numbers[key], dtype=float) for part in (train, test))  # (n, features) each
    forest = RandomForestClassifier(TREES, random_state=seed, n_jobs=jobs)
    forest.fit(known, train.labels)
    predicted = forest.predict(new)  # (n,)
    _, group = np.unique(groups_of(test.measured.names, test.patients), return_inverse=True)  # (n,)
    guess = Counter(train.labels.tolist()).most_common(1)[0][0]
    return forest_result(key, known.shape[1], test.labels, predicted, group, guess)
