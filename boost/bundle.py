"""Everything that an answer needs, in one file: the models of all folds and seeds, and what is known of them.

bundle = Bundle.open(Path("models/ucsb.zip"))
raw = bundle.predict_proba({"squeezenet1_1-400@1": descriptors, ...})      # (image, class)
sets = bundle.sets(bundle.calibrated(raw), "0.90")                         # (image, class) bool
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pandas as pd

from boost.archive import Archive, BundleError, write_archive
from boost.calibration import Calibration, calibrate
from boost.conformal import prediction_sets
from boost.ensemble import check_images
from boost.modeltext import read_model
from boost.outliers import Outliers

TABLE, CARD, OUTLIERS = "predictions.csv", "card.md", "outliers.safetensors"
IMAGES = "images.csv"  # name and SHA-256 of every training image's file

Model = tuple[str, int, int, str]  # variant, fold, seed, slim text
Described = Mapping[str, np.ndarray]  # variant: (image, view, dim) float32


@dataclass(frozen=True, eq=False)
class Bundle:
    """Models that vote, and how their vote is to be read."""

    path: Path
    classes: tuple[str, ...]
    variants: dict[str, dict[str, Any]]  # facts of each: protocol, key, network
    models: dict[str, list[lightgbm.Booster]]  # of each variant, all folds and seeds
    calibration: Calibration
    limits: dict[str, float | None]  # by level: the least calibrated probability in a conformal set
    facts: dict[str, Any]  # all else: data, folds, settings, two classes, versions
    outliers: Outliers
    table: pd.DataFrame  # out-of-fold predictions of every variant, see boost.table
    files: dict[str, str]  # training images by the SHA-256 of their files
    card: str  # Markdown

    @classmethod
    def open(cls, path: str | Path) -> "Bundle":
        """Read a file of `write_bundle`; raises BundleError.

        >>> Bundle.open("nowhere.zip")
        Traceback (most recent call last):
        ...
        boost.archive.BundleError: nowhere.zip cannot be opened (No such file or directory); fit it, or give its path
        """
        archive = Archive(Path(path))
        facts = archive.facts
        try:
            classes, variants = tuple(facts["classes"]), facts["variants"]
            dims = {name: int(variant["network"]["dim"]) for name, variant in variants.items()}
            calibration = Calibration(**facts["calibration"])
            places = {name: facts["models"][name] for name in variants}
            limits = facts["limits"]
        except (KeyError, TypeError, ValueError) as error:
            raise BundleError(f"{path} lacks what a bundle must say ({error}); fit it again") from error
        table, images, card, outliers = archive.read([TABLE, IMAGES, CARD, OUTLIERS])
        files = pd.read_csv(StringIO(images.decode()), dtype=str, keep_default_na=False)
        models = {
            name: [read_model(text.decode(), len(classes), dims[name]) for text in archive.read(members)]
            for name, members in places.items()
        }
        return cls(
            path=Path(path),
            classes=classes,
            variants=variants,
            models=models,
            calibration=calibration,
            limits=limits,
            facts=facts,
            outliers=Outliers.from_bytes(outliers, dims),
            table=pd.read_csv(
                StringIO(table.decode()), dtype={"image": str, "patient": str, "label": str}, keep_default_na=False
            ),
            files=dict(zip(files["sha256"], files["image"], strict=True)),
            card=card.decode(),
        )

    def view_probabilities(self, descriptors: Described) -> np.ndarray:
        """What every view says, (image, view, class): the mean over a variant's models, then over the variants.

        Raises BundleError for other variants, widths or views that differ, ValueError for values that are not finite.
        """
        self._check(descriptors)
        return np.mean([self._vote(name, np.asarray(descriptors[name])) for name in self.variants], axis=0)

    def predict_proba(self, descriptors: Described) -> np.ndarray:
        """The vote of all models, (image, class): the mean over the views; as it is, see `calibrated`."""
        return self.view_probabilities(descriptors).mean(axis=1)

    def calibrated(self, probabilities: np.ndarray) -> np.ndarray:
        """Probabilities that mean what they say, (image, class), of those of `predict_proba`."""
        return calibrate(self.calibration, probabilities)

    def sets(self, calibrated: np.ndarray, level: str) -> np.ndarray:
        """Which classes the conformal sets hold, (image, class) bool, of calibrated probabilities."""
        if level not in self.limits:
            raise BundleError(f"{self.path} has no sets at level {level}; it has {', '.join(self.limits)}")
        return prediction_sets(calibrated, self.limits[level])

    def require(self, keys: Mapping[str, str]) -> None:
        """Raise BundleError unless descriptors were made by this bundle's protocols: the key of every variant."""
        for name, facts in self.variants.items():
            if keys.get(name) != facts["key"]:
                made = f"were made under protocol {keys[name]}" if name in keys else "are missing"
                raise BundleError(
                    f"{self.path} answers only for descriptors of its own protocols: those of {name} {made}, not "
                    f"{facts['key']}; extract them under the bundle's settings, or fit a bundle on yours"
                )

    def _vote(self, name: str, images: np.ndarray) -> np.ndarray:
        """The mean of a variant's models for every view, (image, view, class)."""
        rows = images.reshape(-1, images.shape[2])  # (image*view, dim)
        # row by row, whatever other rows there are: a view's answer does not depend on its block
        total = np.zeros((len(rows), len(self.classes)))
        for booster in self.models[name]:
            total += np.asarray(booster.predict(rows, num_threads=1))
        return (total / len(self.models[name])).reshape(*images.shape[:2], -1)

    def _check(self, descriptors: Described) -> None:
        if set(descriptors) != set(self.variants):
            raise BundleError(
                f"{self.path} wants descriptors of {', '.join(self.variants)}; got {', '.join(descriptors) or 'none'}"
            )
        for name, facts in self.variants.items():
            check_images(descriptors[name])
            images, dim = np.asarray(descriptors[name]), facts["network"]["dim"]
            if images.shape[2] != dim or images.dtype != np.float32:
                raise BundleError(
                    f"{name} must be (image, view, {dim}) float32; got {images.shape} {images.dtype}; a bundle is used "
                    "with the network it was made with"
                )
        if len({np.shape(array)[:2] for array in descriptors.values()}) > 1:
            raise BundleError("all variants must describe the same images and views")


def write_bundle(
    path: Path,
    facts: dict[str, Any],
    models: Iterable[Model],
    calibration: Calibration,
    limits: Mapping[str, float | None],
    outliers: Outliers,
    table: pd.DataFrame,
    files: Mapping[str, str],
    card: str,
) -> None:
    """Keep an ensemble as one file, whole or not at all; its models come in any order, one at a time.

    `facts` names the classes, the variants with their protocols and networks, and whatever else is to be known; `files`
    maps training images to the SHA-256 of their files. Raises BundleError.
    """
    places: dict[str, list[str]] = {name: [] for name in facts["variants"]}
    images = pd.DataFrame({"image": list(files), "sha256": list(files.values())})
    # the list of all members is written last, so that it knows them; this one it shares with them
    facts = facts | {"calibration": asdict(calibration), "limits": dict(limits), "models": places}

    def members() -> Iterable[tuple[str, bytes]]:
        yield CARD, card.encode()
        yield TABLE, table.to_csv(index=False, lineterminator="\n").encode()
        yield IMAGES, images.to_csv(index=False, lineterminator="\n").encode()
        yield OUTLIERS, outliers.to_bytes()
        for variant, fold, seed, text in models:
            name = f"models/{len(places) and list(places).index(variant)}/{fold}-{seed}.txt"
            places[variant].append(name)
            yield name, text.encode()

    write_archive(path, facts, members())
