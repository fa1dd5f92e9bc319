"""A run of cv at work again: its images, and the models that never saw them, fitted as cv fitted them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from boost.crossval import HeldOut, collect, cross_validate
from boost.descriptors import Descriptors
from boost.heads.choices import find_head, model_name, names_of
from boost.heads.head import Head, Model
from boost.model_cache import ModelCache, cached_models, open_caches
from boost.settings import BoostSettings
from boost.uncertainty.calibrate import RECALIBRATED, TEMPERATURE, Calibration, calibrate
from boost.uncertainty.conformal import MARGINAL, ClassLimits, Limit, fit_sets, prediction_sets
from cohort.checks.notices import Notice
from cohort.cohort import Cohort
from cohort.folds import groups_of
from cohort.predictions import PREFIX, predictions_table, raw_columns_of, read_predictions
from cohort.samples import Sample
from featurize.protocol import Protocol
from featurize.store.gather import find_stores, gather
from featurize.store.store import Store
from workflow.prediction import LEVEL
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

    def models(self) -> "RunModels":
        """The models, which are fitted."""
        models: dict[int, dict[str, list[Model]]] = {}
        folds = self.cohort.held_out_folds
        for stored in cached_models(self.caches, self.descriptors, folds, self.boost, self.heads):
            name = model_name(stored.variant, stored.head.name, names_of(self.heads))
            dim = self.descriptors[stored.variant].shape[2]
            model = stored.head.of_bytes(stored.content, len(self.cohort.classes), dim)
            models.setdefault(stored.fold, {}).setdefault(name, []).append(model)
        return RunModels(self, models)

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
        )


def open_run(path: Path) -> HeldOutRun:
    """A run by its folder, from its settings, predictions, images and the cache.

    Raises RunError for a folder that is none or whose images are others now, CacheError without the cache.
    """
    settings = read_settings(path)
    if settings is None or settings.get("command") != "cv":
        raise RunError(f"{path} is no folder of a run of cv; name one, or give --data with --bundle")
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


@dataclass(frozen=True, eq=False)
class RunModels:
    """The models of a run, each fold's for that fold's images; a Voter."""

    run: HeldOutRun
    models: Mapping[int, Mapping[str, Sequence[Model]]]  # by fold and name; empty where no vote will be asked for

    @property
    def classes(self) -> tuple[str, ...]:
        """See Voter."""
        return self.run.cohort.classes

    @property
    def protocols(self) -> Mapping[str, Protocol]:
        """See Voter."""
        return self.run.protocols

    @property
    def key(self) -> str:
        """See Voter."""
        keys = [self.run.caches[name].key for name in sorted(self.run.caches)]
        return sha256(" ".join([str(self.run.boost.seeds), *keys]).encode()).hexdigest()

    def vote(self, fold: int, descriptors: Mapping[str, np.ndarray]) -> np.ndarray:
        """See Voter."""
        votes = []
        for variant, views in descriptors.items():
            for head in self.run.heads:
                name = model_name(variant, head.name, names_of(self.run.heads))
                of_models = [model.predict(views).mean(axis=0) for model in self.models[fold][name]]
                votes.append(np.mean(of_models, axis=0))
        return np.mean(votes, axis=0)

    def probabilities(self, votes: np.ndarray, fold: np.ndarray) -> np.ndarray:
        """See Voter: recalibrated where the run's are, each fold's by what the other folds' predictions ask for."""
        return self._calibrated(votes, fold) if self._method == RECALIBRATED else votes

    def sets(self, votes: np.ndarray, fold: np.ndarray) -> np.ndarray:
        """See Voter."""
        calibrated = self._calibrated(votes, fold)
        members = np.empty(votes.shape, dtype=bool)
        for number in np.unique(fold):
            here = fold == number
            _, limit = self._rules[int(number)]
            members[here] = prediction_sets(calibrated[here], limit)
        return members

    def _calibrated(self, votes: np.ndarray, fold: np.ndarray) -> np.ndarray:
        calibrated = np.empty(votes.shape)
        for number in np.unique(fold):
            here = fold == number
            rule, _ = self._rules[int(number)]
            calibrated[here] = calibrate(rule, votes[here])
        return calibrated

    @property
    def _method(self) -> str:
        return RECALIBRATED if raw_columns_of(self.run.fused) else TEMPERATURE

    @cached_property
    def _rules(self) -> dict[int, tuple[Calibration, Limit | ClassLimits]]:
        """Of each fold, the calibration and the limit of the sets that the run's answers for the other folds give."""
        fused, classes = self.run.fused, list(self.classes)
        columns = raw_columns_of(fused) or [PREFIX + name for name in classes]
        voted = fused[columns].to_numpy(float)  # (image, class)
        codes = np.array([classes.index(label) for label in fused["label"]])
        groups = groups_of(fused["image"].to_numpy(), fused["patient"].to_numpy())
        kind = self.run.settings.get("sets") or MARGINAL
        rules = {}
        for number in fused["fold"].unique():
            others = (fused["fold"] != number).to_numpy()  # (image,)
            rule, limits = fit_sets(voted[others], codes[others], groups[others], kind, self._method)
            rules[int(number)] = rule, limits[LEVEL]
        return rules
