"""What a trained model leaves on the disk: small files, written whole and believed only when undamaged.

Cross-validation needs the mean predictions of each model alone (`PredictionCache`); fitting needs the model and what it
predicts of every view too, until a bundle holds all of them (`ModelCache`); it leaves the means for cross-validation to
find. Files lie under a key of all that decides a prediction (`key_of`), so that nothing else is found there.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar
from zlib import crc32

import numpy as np
from safetensors import safe_open
from safetensors.numpy import load, save

from boost.bundle import lightgbm_text
from boost.bundle.archive import Archive, BundleError, write_archive
from boost.bundle.stored_models import StoredModel
from boost.descriptors import Descriptors
from boost.ensemble import mean_over_views
from boost.heads.choices import TREES, model_name, names_of
from boost.heads.head import Head, Model
from boost.settings import BoostError, BoostSettings
from boost.uncertainty.out_of_distribution import UNREADABLE
from cohort.cohort import Cohort
from cohort.files.atomic import write_whole
from cohort.files.own_files import delete_own_folder
from imaging.files.regular_file import require_regular

METHOD = 1  # counts up when the same settings would give other predictions
MODEL = re.compile(r"\d+-\d+\.zip")  # the name of the file of a model
VIEWS = "views.safetensors"  # a member of the file of a model; the other is the model

Cache = TypeVar("Cache", bound="PredictionCache")


@dataclass(frozen=True)
class PredictionCache:
    """The mean predictions of one variant's models under one key: files answers/VARIANT-KEY/FOLD-SEED.safetensors.

    The key is that of one head, whose name needs to be nowhere else.
    """

    folder: Path  # of the data set, with those of all variants and keys in it
    variant: str
    key: str  # SHA-256 of all that decides a prediction, see `key_of`
    suffix: str = TREES.suffix  # of a model's file

    def path(self, fold: int, seed: int) -> Path:
        """The file of one model's predictions."""
        return self._folder_in("answers") / f"{fold}-{seed}.safetensors"

    def read(self, fold: int, seed: int, images: int, classes: int) -> np.ndarray | None:
        """What one model predicts of its fold, (image, 1, class): the mean over the views in place of the views.

        To the bit as it was written; None where it is missing, damaged or somebody else's.
        """
        opened = self._open(fold, seed, (images, classes))
        return None if opened is None else opened[0][:, None]

    def remarks(self, fold: int, seed: int) -> tuple[str, ...]:
        """What was to be known of the training of one model; nothing where its file is missing or damaged."""
        opened = self._open(fold, seed)
        return () if opened is None else opened[1]

    def write(self, fold: int, seed: int, model: Model, views: np.ndarray) -> np.ndarray:
        """Keep the mean of what a model predicts of every view (image, view, class), and return what `read` would.

        Raises BoostError where that fails.
        """
        path = self.path(fold, seed)
        predicted = np.ascontiguousarray(mean_over_views(views))  # safetensors writes memory as it lies
        content = save({"probabilities": predicted}, self._facts(fold, seed, predicted, model.remarks))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, content)
        except OSError as error:
            raise BoostError(f"predictions cannot be kept in {path.parent} ({error}); make room there") from error
        return predicted[:, None]

    def for_part(self: Cache, fold: int, train: np.ndarray) -> Cache:
        """The same for models trained on a part of the images (positions) that a fold leaves to train on."""
        key = sha256(f"{self.key} {fold} {train.tolist()}".encode()).hexdigest()
        return replace(self, key=key)

    def _folder_in(self, kind: str) -> Path:
        """A variant's name is made safe for a folder, and the key tells apart two that then are alike."""
        name = re.sub(r"[^A-Za-z0-9.@-]+", "_", self.variant)[:80]
        return self.folder / kind / f"{name}-{self.key[:16]}"

    def _open(
        self, fold: int, seed: int, shape: tuple[int, int] | None = None
    ) -> tuple[np.ndarray, tuple[str, ...]] | None:
        """Mean predictions (image, class) and remarks; None where they are missing, damaged or somebody else's."""
        path = self.path(fold, seed)
        try:
            require_regular(path)
            with safe_open(path, framework="np") as file:
                facts, kept = file.metadata(), file.get_slice("probabilities")
                is_table = kept.get_dtype() == "F64" and len(kept.get_shape()) == 2
                if not is_table or (shape is not None and tuple(kept.get_shape()) != shape):
                    return None  # before its bytes are read
                predicted = file.get_tensor("probabilities")
            remarks = json.loads(facts["facts"]).get("remarks", [])
            expected = self._facts(fold, seed, predicted, remarks)
        except (OSError, *UNREADABLE):
            return None
        if facts != expected or not _are_shares(predicted):
            return None
        return predicted, tuple(remarks)

    def _facts(self, fold: int, seed: int, predicted: np.ndarray, remarks: Sequence[str]) -> dict[str, str]:
        facts: dict[str, Any] = {"key": self.key, "variant": self.variant, "fold": fold, "seed": seed}
        facts["crc32"] = crc32(predicted.data)
        if remarks:
            facts["remarks"] = list(remarks)
        return {"facts": json.dumps(facts)}  # one entry: safetensors writes several in any order


class ModelCache(PredictionCache):
    """The models of one variant too, each with its predictions for every view: a file models/VARIANT-KEY/FOLD-SEED.zip.

    Beside it lie the predictions that cross-validation looks for.
    """

    def model_path(self, fold: int, seed: int) -> Path:
        """The file of one model."""
        return self._folder_in("models") / f"{fold}-{seed}.zip"

    def read(self, fold: int, seed: int, images: int, classes: int) -> np.ndarray | None:
        """What one model predicts of every view of its fold, (image, view, class); None as in cross-validation."""
        content = self._member(fold, seed, VIEWS)
        if content is None:
            return None
        try:
            views = load(content)["views"]
        except UNREADABLE:
            return None
        is_of_views = views.ndim == 3 and views.dtype == np.float64 and views.shape[::2] == (images, classes)
        return views if is_of_views and _are_shares(views) else None

    def write(self, fold: int, seed: int, model: Model, views: np.ndarray) -> np.ndarray:
        """Keep a model, and what it predicts of every view (image, view, class), which is returned; raises BoostError.

        What a model predicts is kept for cross-validation too.
        """
        members = [(self._model, model.to_bytes()), (VIEWS, save({"views": np.ascontiguousarray(views)}))]
        write_archive(self.model_path(fold, seed), self._model_facts(fold, seed), members)
        super().write(fold, seed, model, views)
        return views

    def content(self, fold: int, seed: int) -> bytes:
        """A model as bytes; raises BundleError where it has gone or is damaged."""
        content = self._member(fold, seed, self._model)
        if content is None:
            path = self.model_path(fold, seed)
            raise BundleError(f"{path} has gone or is damaged; run fit again to train it")
        return content

    def clear(self) -> None:
        """Delete the models under this key; predictions stay."""
        folder = self._folder_in("models")
        with suppress(OSError):  # another run's are still there
            delete_own_folder(self.folder, folder, MODEL)
            folder.parent.rmdir()

    @property
    def _model(self) -> str:
        """The member that holds the model."""
        return f"model.{self.suffix}"

    def _member(self, fold: int, seed: int, name: str) -> bytes | None:
        try:
            archive = Archive(self.model_path(fold, seed))
            if archive.facts != self._model_facts(fold, seed):
                return None
            return next(archive.read([name]))
        except BundleError:
            return None

    def _model_facts(self, fold: int, seed: int) -> dict:
        """What a file must say of itself."""
        method = lightgbm_text.METHOD
        return {"key": self.key, "variant": self.variant, "fold": fold, "seed": seed, "method": method}


def open_caches(
    kind: type[Cache],
    folder: Path,
    cohort: Cohort,
    descriptors: Mapping[str, Descriptors],
    settings: BoostSettings,
    heads: Sequence[Head] = (TREES,),
) -> dict[str, Cache]:
    """The cache of each variant and head, by `model_name`, in the folder of a data set.

    All descriptors are read once, for their keys.
    """
    caches = {}
    for variant, described in descriptors.items():
        data = _decisive_data(cohort, described)
        for head in heads:
            key = _key(data, cohort, settings, head)
            name = model_name(variant, head.name, names_of(heads))
            caches[name] = kind(Path(folder).resolve(), described.source or variant, key, head.suffix)
    return caches


def cached_models(
    caches: Mapping[str, ModelCache],
    variants: Iterable[str],
    folds: Iterable[int],
    settings: BoostSettings,
    heads: Sequence[Head] = (TREES,),
) -> Iterator[StoredModel]:
    """All models that `open_caches` has places for, in order. Raises BundleError where one has gone."""
    folds = list(folds)
    for variant in variants:
        for head in heads:
            cache = caches[model_name(variant, head.name, names_of(heads))]
            for fold in folds:
                for seed in range(head.models(settings)):
                    yield StoredModel(variant, head, fold, seed, cache.content(fold, seed))


def _are_shares(predicted: np.ndarray) -> bool:
    """Whether all are numbers in [0, 1]."""
    return bool(((predicted >= 0) & (predicted <= 1)).all())  # NaN is not


def key_of(cohort: Cohort, descriptors: Descriptors, settings: BoostSettings, head: Head = TREES) -> str:
    """SHA-256 of all that decides a head's predictions on a variant: descriptors, labels, folds, what the head says is
    decisive, the versions of its libraries and METHOD.
    """
    return _key(_decisive_data(cohort, descriptors), cohort, settings, head)


def _decisive_data(cohort: Cohort, descriptors: Descriptors) -> dict[str, Any]:
    """What decides any head's predictions; all descriptors are read."""
    return {
        "source": descriptors.source,
        "descriptors": descriptors.fingerprint(),
        "labels": cohort.codes.tolist(),
        "classes": len(cohort.classes),
        "fold": cohort.fold.tolist(),
    }


def _key(data: Mapping[str, Any], cohort: Cohort, settings: BoostSettings, head: Head) -> str:
    """The digest of everything decisive."""
    versions = {library: version(library) for library in head.libraries}
    decisive = head.decisive(settings, cohort.groups.tolist())
    facts = {"method": METHOD, **versions, **decisive, **data}
    return sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
