"""A run of cv at work again: its images, and the models that never saw them, fitted as cv fitted them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from boost.crossval import HeldOut, collect, cross_validate
from boost.descriptors import Descriptors
from boost.heads.choices import find_head
from boost.heads.head import Head
from boost.model_cache import ModelCache, open_caches
from boost.settings import BoostSettings
from cohort.checks.notices import Notice
from cohort.cohort import Cohort
from cohort.predictions import PREFIX, predictions_table, read_predictions
from cohort.samples import Sample
from featurize.protocol import Protocol
from featurize.store.gather import find_stores, gather
from featurize.store.store import Store
from workflow.robustness.tested_images import TestedImages, most_frequent
from workflow.run_folder import FILES, RunError, read_files, read_settings
from workflow.thumbnails import described_paths

NEAR = 1e-6  # probabilities of a run and of its models fitted anew differ by less
NEEDED = ("name", "cache", "variants", "heads", "boost")  # of the settings


@dataclass(frozen=True, eq=False)
class HeldOutRun:
    """What cv had, from what it left."""

    path: Path  # results/NAME
    settings: Mapping[str, Any]
    stores: Mapping[str, Store]  # by variant
    cohort: Cohort
    descriptors: Mapping[str, Descriptors]  # by variant
    fused: pd.DataFrame
    digests: Mapping[str, str]  # SHA-256 of each image's file

    @property
    def variants(self) -> Mapping[str, Any]:
        """The facts of each variant: protocol, network."""
        return self.settings["variants"]

    @property
    def protocols(self) -> dict[str, Protocol]:
        """How each variant describes images."""
        return {variant: store.protocol for variant, store in self.stores.items()}

    @cached_property
    def heads(self) -> tuple[Head, ...]:
        """What decides."""
        weights = self.settings.get("class_weights", "none")
        return tuple(find_head(name, weights) for name in self.settings["heads"])

    @cached_property
    def boost(self) -> BoostSettings:
        """How trees grow."""
        return BoostSettings(**self.settings["boost"])

    @cached_property
    def caches(self) -> dict[str, ModelCache]:
        """Where the models are kept while they are needed."""
        folder = Path(self.settings["cache"]) / self.settings["name"]
        return open_caches(ModelCache, folder, self.cohort, self.descriptors, self.boost, self.heads)

    @property
    def units(self) -> int:
        """How many units `fitted` yields."""
        return len(self.descriptors) * len(self.heads) * len(self.cohort.held_out_folds)

    def fitted(self, jobs: int) -> Iterator[HeldOut]:
        """Fit the models that are not kept, as cv does."""
        return cross_validate(self.cohort, self.descriptors, self.boost, jobs, self.caches, self.heads)

    def forget_models(self) -> None:
        """Take the models away, which cv does not keep either."""
        for kept in self.caches.values():
            kept.clear()

    def doubts(self, units: Sequence[HeldOut]) -> list[Notice]:
        """Whether the models fitted now are those of the run: their answers differ where libraries do."""
        table = predictions_table(self.cohort, collect(units, self.descriptors, self.cohort))
        before = read_predictions(self.path / "predictions.csv").set_index(["image", "model"])
        columns = [PREFIX + name for name in self.cohort.classes]
        now = table.set_index(["image", "model"])[columns]
        apart = float((now - before.loc[now.index, columns]).abs().to_numpy().max())
        if apart <= NEAR:
            return []
        sentence = (
            f"the models fitted anew answer otherwise than the run did, by up to {apart:.2g}: another version of a "
            "library, or other descriptors; what follows is about the models of now"
        )
        return [Notice("models-fitted-anew-differ", sentence)]

    def tested(self) -> TestedImages:
        """The images that were held out, with the files that they were described from."""
        paths = described_paths(self.settings)
        cohort = self.cohort
        rows = np.flatnonzero(cohort.tested)
        names = [cohort.images[row] for row in rows]
        missing = [name for name in names if name not in paths]
        if missing:
            raise RunError(f"where the image {missing[0]} lies is not known; run extract again (nothing is made anew)")
        samples = []
        for row in rows:
            name = cohort.images[row]
            sha = self.digests[name]
            label = str(cohort.labels[row])
            samples.append(Sample(name, paths[name], label, cohort.patients[row], sha256=sha))
        of_fold = {}
        for fold in cohort.held_out_folds:
            of_fold[fold] = most_frequent(cohort.labels[cohort.training(fold)], cohort.classes)
        return TestedImages(
            name=self.path.name,
            data=self.settings["name"],
            samples=tuple(samples),
            classes=cohort.classes,
            fold=cohort.fold[rows],
            guess=np.array([of_fold[fold] for fold in cohort.fold[rows]]),
            drawn_by=tuple(names),
            models=models_of(cohort),
        )


def models_of(cohort: Cohort) -> str:
    """Whose answers those for held-out images are; a file of folds may have torn patients apart."""
    folds: dict[str, set[int]] = {}
    for patient, fold in zip(cohort.patients, cohort.fold.tolist(), strict=True):
        folds.setdefault(patient, set()).add(fold)
    unknown = folds.pop("", None)
    if not folds or any(len(of_patient) > 1 for of_patient in folds.values()):
        return "models that never saw it, but perhaps others of its patient"
    where_known = ", where that is known" if unknown else ""
    return f"models that never saw it or another image of its patient{where_known}"


def open_run(path: Path) -> HeldOutRun:
    """A run by its folder, from its settings, predictions, images and the cache.

    Raises RunError for a folder that is none or whose images are others now, CacheError without the cache.
    """
    settings = read_settings(path)
    if settings is None or settings.get("command") != "cv":
        raise RunError(
            f"{path} is no folder of a run of cv; name one. Networks of finetune, and what was fused, are asked as a "
            "bundle (of fit with --run, of fuse): give --data with --bundle"
        )
    lacking = [name for name in NEEDED if not settings.get(name)]
    if lacking:
        raise RunError(f"{path} was made by an older version, which did not keep its {lacking[0]}; run cv again")
    fused = read_predictions(path / "fused.csv")
    files = read_files(path / FILES)
    _, stores = find_stores(Path(settings["cache"]), settings["name"], _variants(path, settings))
    given = _labels(path, settings, stores, fused, files["image"].tolist())
    described = gather(stores, given)
    if set(described.images) != set(files["image"]):
        raise RunError(f"the cache does not hold the images of {path} any more; run extract and cv again")
    fold_of = dict(zip(files["image"], files["fold"].astype(int), strict=True))
    fold = np.array([fold_of[image] for image in described.images])
    cohort = Cohort.of(described.images, described.labels, described.classes, described.patients, fold)
    descriptors = {}
    for variant, store in stores.items():
        array, rows = described.descriptors[variant], described.rows[variant]
        descriptors[variant] = Descriptors.of(array, rows, store.path.stem)
    digests = {entry.image: entry.sha256 for store in stores.values() for entry in store.entries}
    return HeldOutRun(path, settings, stores, cohort, descriptors, fused, digests)


def _variants(path: Path, settings: Mapping[str, Any]) -> list[str]:
    """The full names of the run's variants."""
    try:
        return [f"{variant}#{facts['key']}" for variant, facts in settings["variants"].items()]
    except (KeyError, TypeError, AttributeError) as error:
        raise RunError(f"{path} does not say by which protocols it was made ({error!r}); run cv again") from error


def _labels(
    path: Path, settings: Mapping[str, Any], stores: Mapping[str, Store], fused: pd.DataFrame, images: Sequence[str]
) -> dict[str, tuple[str, str]]:
    """Label and patient of all images: those of the run, and the cache's of images that are trained on only."""
    answered = zip(fused["image"], fused["label"], fused["patient"], strict=True)
    given = {image: (label, patient) for image, label, patient in answered}
    trained_only = [image for image in images if image not in given]
    if trained_only and settings.get("labels"):
        raise RunError(
            f"{path} was made with labels of a table, which does not stand in it for {trained_only[0]} and others that "
            "were trained on only; run cv without --unknown-patients train-only"
        )
    entries = {entry.image: entry for entry in next(iter(stores.values())).entries}
    for image in trained_only:
        if image in entries:
            given[image] = entries[image].label, entries[image].patient
    return given
