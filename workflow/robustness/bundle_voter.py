"""A bundle's models on labelled images of others: what robustness is measured of where there is no run."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256

import numpy as np

from boost.bundle.bundle import Bundle
from cohort.samples import Dataset
from imaging.read import content_hash
from workflow.answering.prediction import LEVEL
from workflow.bundles.seen_in_training import doubts_of, patients_of_training
from workflow.external_test import FOLD, require_labels_of
from workflow.robustness.tested_images import TestedImages


@dataclass(frozen=True, eq=False)
class BundleVoter:
    """All models of a bundle, which vote on every image; a Voter."""

    bundle: Bundle

    @cached_property
    def key(self) -> str:
        """See Voter."""
        return sha256(self.bundle.path.read_bytes()).hexdigest()

    @property
    def classes(self) -> tuple[str, ...]:
        """See Voter."""
        return self.bundle.classes

    def vote(self, fold: int, descriptors: Mapping[str, np.ndarray]) -> np.ndarray:
        """See Voter."""
        of_one_image = {variant: descriptors[variant][None] for variant in self.bundle.variants}
        return self.bundle.predict_proba(of_one_image)[0]

    def probabilities(self, votes: np.ndarray, fold: np.ndarray) -> np.ndarray:
        """See Voter."""
        return self.bundle.decision.decisive(votes)

    def sets(self, votes: np.ndarray, fold: np.ndarray) -> np.ndarray:
        """See Voter."""
        return self.bundle.decision.sets(self.bundle.decision.calibrated(votes), LEVEL)


def images_for(bundle: Bundle, dataset: Dataset) -> TestedImages:
    """The labelled images of a data set, views drawn by the content of their files as in predict.

    Raises DatasetError for labels that the bundle does not know, ImageError for a file that cannot be read.
    """
    require_labels_of(bundle, dataset)
    samples = []
    for sample in dataset.samples:
        samples.append(replace(sample, sha256=content_hash(sample.path)))
    counts = bundle.facts.counts
    guess = max(bundle.classes, key=lambda name: counts.get(name, 0))
    return TestedImages(
        name=f"{bundle.path.stem} on {dataset.name}",
        data=dataset.name,
        samples=tuple(samples),
        classes=bundle.classes,
        fold=np.full(len(samples), FOLD),
        guess=np.full(len(samples), guess),
        drawn_by=tuple(sample.sha256 for sample in samples),
        models="all models of the bundle",
        doubts=tuple(str(doubt) for doubt in doubts_of(bundle, samples, patients_of_training(bundle))),
    )
