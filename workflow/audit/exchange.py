"""What may be exchanged if the making of a picture says nothing of its class: labels, between whole patients.

The images of a patient in one class are a cell: they stay together, for they share a slide, a scanner and a day. The
hypothesis is that what was made of a patient's cells has nothing to do with their classes. Then the classes of one
patient may as well be those of another with as many cells, and may stand at its cells in any order:

- a patient of one class changes places with other patients of one class, whatever that is;
- a patient with cells of two classes changes places with others of two, and its two classes change places too, which is
  all that can be exchanged where every patient has all classes.

An image is never exchanged by itself, unless it is all that is known of its patient. The fold goes with the classes, so
that every permutation has training parts of the same classes as the truth: folds are drawn by class, and permuted
labels in the folds of the true ones would do worse by that alone.

Exchangeability blocks, exchanged as wholes and inside: Winkler et al. 2014, NeuroImage 92:381, and 2015, NeuroImage
123:253; patients of as many cells are blocks of one kind.
"""

from dataclasses import dataclass

import numpy as np

from cohort.cohort import Cohort


@dataclass(frozen=True, eq=False)
class Cells:
    """The images of each patient in each class, and in which fold a patient is held out."""

    of_image: np.ndarray  # (image,) int: its cell
    patient: np.ndarray  # (cell,) int
    label: np.ndarray  # (cell,) int: a class
    fold: np.ndarray  # (cell,) int: one for all cells of a patient

    @classmethod
    def of(cls, cohort: Cohort) -> "Cells":
        """The cells of a cohort; a patient whose images lie in several folds is in that of most of them."""
        _, patient = np.unique(cohort.groups, return_inverse=True)  # (image,)
        pairs = np.stack([patient, cohort.codes], axis=1)
        cells, of_image = np.unique(pairs, axis=0, return_inverse=True)
        fold = _most_frequent(patient, cohort.fold)[cells[:, 0]]  # (cell,)
        return cls(of_image.reshape(-1), cells[:, 0], cells[:, 1], fold)

    @property
    def weight(self) -> np.ndarray:
        """What an image counts for, (image,), so that all cells count alike."""
        return 1 / np.bincount(self.of_image)[self.of_image]

    def exchanged(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Class and fold of every cell, (cell,) each, after patients of as many cells have changed places."""
        label, fold = self.label.copy(), self.fold.copy()
        for places in self.blocks():  # (patient, cells of each)
            givers = rng.permutation(len(places))
            label[places] = rng.permuted(self.label[places[givers]], axis=1)
            fold[places] = self.fold[places[givers]]
        return label, fold

    def blocks(self) -> list[np.ndarray]:
        """The cells of the patients who may change places, (patient, cell of it), for each number of cells."""
        sizes = np.bincount(self.patient)  # (patient,)
        starts = np.cumsum(sizes) - sizes  # cells are sorted by patient
        blocks = []
        for size in np.unique(sizes):
            first = starts[sizes == size]
            blocks.append(first[:, None] + np.arange(size))
        return blocks


def _most_frequent(group: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Of each group the value that most of its members have, (group,), of (image,) groups and (image,) values."""
    values, position = np.unique(value, return_inverse=True)
    counts = np.zeros((group.max() + 1, len(values)), int)
    np.add.at(counts, (group, position), 1)
    return values[counts.argmax(axis=1)]
