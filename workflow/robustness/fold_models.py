"""The models of a run at work, each fold's for the images of that fold, with the calibration that the others give."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

import numpy as np

from boost.heads.choices import model_name, names_of
from boost.heads.head import Model
from boost.model_cache import cached_models
from boost.uncertainty.calibrate import RECALIBRATED, TEMPERATURE, Calibration, calibrate
from boost.uncertainty.conformal import MARGINAL, ClassLimits, Limit, fit_sets, prediction_sets
from cohort.folds import groups_of
from cohort.predictions import PREFIX, raw_columns_of
from workflow.answering.prediction import LEVEL
from workflow.robustness.held_out_run import HeldOutRun


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


def fitted_models(run: HeldOutRun) -> RunModels:
    """The models of a run whose `fitted` was gone through; raises BundleError where one has gone."""
    models: dict[int, dict[str, list[Model]]] = {}
    for stored in cached_models(run.caches, run.descriptors, run.cohort.held_out_folds, run.boost, run.heads):
        name = model_name(stored.variant, stored.head.name, names_of(run.heads))
        dim = run.descriptors[stored.variant].shape[2]
        model = stored.head.of_bytes(stored.content, len(run.cohort.classes), dim)
        models.setdefault(stored.fold, {}).setdefault(name, []).append(model)
    return RunModels(run, models)
