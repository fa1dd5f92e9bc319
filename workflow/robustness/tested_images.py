"""Labelled images that some models were not trained on, and what such models can do: what robustness is measured of."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol as Interface

import numpy as np

from cohort.folds import groups_of
from cohort.samples import Sample


class Voter(Interface):
    """Models that answer for images which they were not trained on, those of each fold for the images of that fold."""

    @property
    def key(self) -> str:
        """What stands for all that decides a vote: models, protocols."""

    @property
    def classes(self) -> tuple[str, ...]:
        """In the order of all votes."""

    def vote(self, fold: int, descriptors: Mapping[str, np.ndarray]) -> np.ndarray:
        """The mean of all models' probabilities over the views (view, dim) of each variant: (class,)."""

    def probabilities(self, votes: np.ndarray, fold: np.ndarray) -> np.ndarray:
        """The probabilities that decide, (image, class), of votes (image, class) for images of these folds (image,)."""

    def sets(self, votes: np.ndarray, fold: np.ndarray) -> np.ndarray:
        """Which classes the conformal sets of LEVEL hold, (image, class) bool."""


@dataclass(frozen=True, eq=False)
class TestedImages:
    """Labelled images in one order."""

    name: str  # of the run, or of the bundle and the data set
    data: str  # the data set's name
    samples: tuple[Sample, ...]  # with the SHA-256 of their files
    classes: tuple[str, ...]
    fold: np.ndarray  # (image,) whose models answer
    guess: np.ndarray  # (image,) the most frequent class among the images that those models were trained on
    drawn_by: tuple[str, ...]  # of each image, the name that its views are drawn by
    models: str = "models that never saw it"  # whose answers they are, as a sentence says it
    doubts: tuple[str, ...] = ()  # what makes the numbers too good, if it holds

    __test__ = False  # no test of pytest's

    def __len__(self) -> int:
        """How many images there are."""
        return len(self.samples)

    @property
    def images(self) -> np.ndarray:
        """Their names, (image,)."""
        return np.array([sample.name for sample in self.samples])

    @property
    def labels(self) -> np.ndarray:
        """Their classes, (image,)."""
        return np.array([sample.label for sample in self.samples])

    @property
    def patients(self) -> np.ndarray:
        """Their patients, (image,) text, "" where unknown."""
        return np.array([sample.patient for sample in self.samples], dtype=str)

    @property
    def groups(self) -> np.ndarray:
        """Each image's patient, or itself where that is unknown, (image,) text."""
        return groups_of([sample.name for sample in self.samples], [sample.patient for sample in self.samples])

    def take(self, rows: np.ndarray) -> "TestedImages":
        """Some of the images, by position, in this order."""
        samples = tuple(self.samples[row] for row in rows)
        drawn_by = tuple(self.drawn_by[row] for row in rows)
        return replace(self, samples=samples, fold=self.fold[rows], guess=self.guess[rows], drawn_by=drawn_by)

    def few(self, most: int, seed: int = 0) -> "TestedImages":
        """At most so many, the classes in turn and of each class the patients in turn; in the same order as before."""
        if most >= len(self):
            return self
        rng = np.random.default_rng([seed, len(self)])
        shuffled = rng.permutation(len(self))
        groups, labels = self.groups, self.labels
        seen: dict[tuple[str, str], int] = {}  # images so far of a class and patient
        turns = []  # of each image: how many of its class and patient come before it
        for row in shuffled:
            pair = labels[row], groups[row]
            turns.append(seen.get(pair, 0))
            seen[pair] = turns[-1] + 1
        by_turn = shuffled[np.argsort(turns, kind="stable")]  # patients of a class in turn
        rank: dict[str, int] = {}  # images so far of a class
        places = []
        for row in by_turn:
            places.append(rank.get(labels[row], 0))
            rank[labels[row]] = places[-1] + 1
        chosen = by_turn[np.argsort(places, kind="stable")][:most]
        return self.take(np.sort(chosen))


def most_frequent(labels: np.ndarray, classes: tuple[str, ...]) -> str:
    """The most frequent of (image,) labels; of equals the first of the classes."""
    counts = [int(np.sum(labels == name)) for name in classes]
    return classes[int(np.argmax(counts))]
