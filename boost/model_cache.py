"""The models of a cross-validation, kept: each is a small file that outlives a run, until a bundle holds them all."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import lightgbm
import numpy as np
from joblib import Parallel, delayed
from safetensors.numpy import load, save

from boost.bundle.archive import Archive, BundleError, write_archive
from boost.bundle.bundle import Model
from boost.bundle.lightgbm_text import METHOD, compact_text
from boost.crossval import check_work, keeper, models_without
from boost.descriptors import Descriptors
from boost.ensemble import Images
from boost.prediction_cache import PredictionCache
from boost.settings import BoostSettings
from cohort.folds import held_out_folds

TEXT, VIEWS = "model.txt", "views.safetensors"


@dataclass(frozen=True, eq=False)
class Fitted:
    """What the models of one variant and fold say of the fold that they never saw."""

    variant: str
    fold: int
    views: np.ndarray  # (seed, image of the fold, view, class)

    @property
    def probabilities(self) -> np.ndarray:
        """The mean over the views, (seed, image of the fold, class), to the bit as in cross-validation."""
        return np.stack([[image.mean(axis=0) for image in of_seed] for of_seed in self.views])


@dataclass(frozen=True)
class ModelCache:
    """The models of one variant, a file for each fold and seed, beside the answers of cross-validation."""

    models: PredictionCache  # names the files of models
    answers: PredictionCache  # the files that cross-validation finds

    @property
    def folder(self) -> Path:
        """That of the models' files."""
        return self.path(0, 0).parent

    def path(self, fold: int, seed: int) -> Path:
        """The file of one model."""
        return self.models.path(fold, seed).with_suffix(".zip")

    def facts(self, fold: int, seed: int) -> dict:
        """What a file must say of itself."""
        return {"key": self.models.key, "variant": self.models.variant, "fold": fold, "seed": seed, "method": METHOD}

    def read(self, fold: int, seed: int, name: str) -> bytes | None:
        """A model's text, or what it says of every view; None where missing, damaged or others'."""
        try:
            archive = Archive(self.path(fold, seed))
            return next(iter(archive.read([name]))) if archive.facts == self.facts(fold, seed) else None
        except BundleError:
            return None

    def views(self, fold: int, seed: int) -> np.ndarray | None:
        """What a kept model says of every view of its held-out fold, (image, view, class)."""
        content = self.read(fold, seed, VIEWS)
        return None if content is None else load(content)["views"]

    def write(self, fold: int, seed: int, booster: lightgbm.Booster, views: np.ndarray) -> None:
        """Keep a model, and the answers that cross-validation would have made with it."""
        members = [(TEXT, compact_text(booster).encode()), (VIEWS, save({"views": np.ascontiguousarray(views)}))]
        write_archive(self.path(fold, seed), self.facts(fold, seed), members)
        self.answers.write(fold, seed, np.stack([image.mean(axis=0) for image in views]))


def model_caches(
    variants: Mapping[str, Descriptors],
    labels: np.ndarray,
    classes: int,
    fold: np.ndarray,
    settings: BoostSettings,
    folder: Path,
) -> dict[str, ModelCache]:
    """Where each variant's models and answers lie below a folder: models/, and answers/ as in cross-validation."""
    answers = {
        name: keeper(folder / "answers", name, descriptors, labels, classes, fold, settings)
        for name, descriptors in variants.items()
    }
    return {
        name: ModelCache(replace(kept, folder=(folder / "models").resolve()), kept) for name, kept in answers.items()
    }


def fit_models(
    variants: Mapping[str, Descriptors],
    labels: np.ndarray,
    classes: int,
    fold: np.ndarray,
    settings: BoostSettings,
    kept: Mapping[str, ModelCache],
    jobs: int = 1,
) -> Iterator[Fitted]:
    """Train the models of `cross_validate`, the same to the bit, and keep them; yields each (variant, fold) when done.

    Models that are kept already are not trained again. Raises what `cross_validate` raises, before work starts.
    """
    check_work(variants, labels, fold, settings)
    units = [(name, number) for name in variants for number in held_out_folds(fold)]
    work = Parallel(n_jobs=jobs, return_as="generator_unordered")
    return work(
        delayed(fit_fold)(name, variants[name], labels, classes, fold, number, settings, kept[name])
        for name, number in units
    )


def fit_fold(
    variant: str,
    descriptors: Descriptors,
    labels: np.ndarray,
    classes: int,
    fold: np.ndarray,
    number: int,
    settings: BoostSettings,
    kept: ModelCache,
) -> Fitted:
    """Train on all folds but one, keep the models, and ask them about every view of that one."""
    found: dict[int, np.ndarray] = {}
    for seed in range(settings.seeds):
        views = kept.views(number, seed)
        if views is not None:
            found[seed] = views
    missing = [seed for seed in range(settings.seeds) if seed not in found]
    for seed, booster, held_out in models_without(descriptors, labels, classes, fold, number, settings, missing):
        found[seed] = answers_by_view(booster, held_out)
        kept.write(number, seed, booster, found[seed])
    return Fitted(variant, number, np.stack([found[seed] for seed in range(settings.seeds)]))


def answers_by_view(booster: lightgbm.Booster, images: Images) -> np.ndarray:
    """Probabilities (image, view, class) of one model."""
    return np.stack([np.asarray(booster.predict(image, num_threads=1)) for image in images])


def views_of(finished: Sequence[Fitted]) -> np.ndarray:
    """Out-of-fold answers of the vote for every view, (image, view, class), the images fold after fold."""
    folds: dict[int, list[np.ndarray]] = {}
    for unit in sorted(finished, key=lambda unit: (unit.fold, unit.variant)):  # so that the sum runs in one order
        folds.setdefault(unit.fold, []).append(unit.views.mean(axis=0))
    return np.concatenate([np.mean(variants, axis=0) for variants in folds.values()])


def cached_models(kept: Mapping[str, ModelCache], folds: list[int], seeds: int) -> Iterator[Model]:
    """All models that were kept, in order: variant, fold, seed and text. Raises BundleError where one has gone."""
    for variant, models in kept.items():
        for fold in folds:
            for seed in range(seeds):
                text = models.read(fold, seed, TEXT)
                if text is None:
                    raise BundleError(f"{models.path(fold, seed)} has gone or is damaged; run fit again to train it")
                yield variant, fold, seed, text.decode()
