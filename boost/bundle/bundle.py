"""Everything that an answer needs, in one file: the models of all folds and seeds, and what is known of them.

Of a bundle for two variants, wide and narrow, and 36 images described by both, each (image, view, dim) float32:

>>> bundle = Bundle.open(path)
>>> sorted(descriptors), bundle.classes
(['narrow', 'wide'], ('normal', 'benign', 'invasive'))
>>> vote = bundle.predict_proba(descriptors)  # (image, class)
>>> calibrated = bundle.decision.calibrated(vote)  # (image, class)
>>> sets = bundle.decision.sets(calibrated, "0.90")  # (image, class) bool
>>> vote.shape, calibrated.shape, bool(sets.any(axis=1).all())
((36, 3), (36, 3), True)
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from joblib import cpu_count

from boost.bundle.archive import Archive, BundleError, write_archive
from boost.bundle.decision import DecisionRule
from boost.bundle.facts import BundleFacts
from boost.bundle.tables import as_member, file_table, files_of_training, predictions_of
from boost.ensemble import check_images
from boost.heads.choices import TREES, find_head, model_name
from boost.heads.head import Head, Model
from boost.settings import BoostError
from boost.uncertainty.out_of_distribution import OutOfDistribution
from cohort.files.text_columns import PredictionsError

TABLE, CARD, OUTLIERS = "predictions.csv", "card.md", "outliers.safetensors"
IMAGES = "images.csv"  # name and SHA-256 of every training image's file

# what comes of values that make no sense, each of its own kind
_SENSELESS = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError, MemoryError)

Described = Mapping[str, np.ndarray]  # variant: (image, view, dim) float32


class StoredModel(NamedTuple):
    """One model as bytes, and whose it is."""

    variant: str
    head: Head
    fold: int
    seed: int
    content: bytes


@dataclass(frozen=True, eq=False)
class Bundle:
    """Models that vote, and how their vote is to be read."""

    path: Path
    facts: BundleFacts
    variants: Mapping[str, Mapping[str, Any]]  # facts of each: protocol, key, network
    models: dict[str, list[Model]]  # of each variant and head, by boost.heads.choices.model_name: all folds and seeds
    decision: DecisionRule
    out_of_distribution: OutOfDistribution
    table: pd.DataFrame  # out-of-fold predictions of every variant, see cohort.predictions
    files: dict[str, str]  # training images by the SHA-256 of their files
    card: str  # Markdown

    @classmethod
    def open(cls, path: str | Path) -> "Bundle":
        """Read a file of `write_bundle`; raises BundleError."""
        archive = Archive(Path(path))
        try:
            return cls._of(archive)
        except BundleError:
            raise
        except (BoostError, PredictionsError) as error:
            raise BundleError(f"{path} cannot be used: {error}; get it again, or fit it again") from error
        except _SENSELESS as error:
            why = f"{type(error).__name__}: {error}"
            raise BundleError(f"{path} does not say what a bundle must say ({why}); fit it again") from error

    @classmethod
    def _of(cls, archive: Archive) -> "Bundle":
        """From the members of a file, each read when it is needed; raises one of _SENSELESS for others."""
        listed = archive.facts
        facts = BundleFacts.from_json(listed)
        variants = dict(facts.variants)
        decision = DecisionRule.of_facts(listed["reading"])
        models_of = _model_names(variants, facts.heads)
        places = _places(listed["models"], models_of)
        dims = {name: variant["network"]["dim"] for name, variant in variants.items()}
        members = archive.read([TABLE, IMAGES, CARD, OUTLIERS])
        table = predictions_of(next(members), archive.path / TABLE, decision.classes)
        files = files_of_training(next(members), archive.path / IMAGES)
        card = next(members).decode()
        out_of_distribution = OutOfDistribution.from_bytes(next(members), dims)
        models = {}
        for name, (variant, head) in models_of.items():
            models[name] = _models(archive, places[name], head, len(decision.classes), dims[variant])
        return cls(
            path=archive.path,
            facts=facts,
            variants=variants,
            models=models,
            decision=decision,
            out_of_distribution=out_of_distribution,
            table=table,
            files=files,
            card=card,
        )

    @property
    def classes(self) -> tuple[str, ...]:
        """What it tells apart, in the order of all probabilities."""
        return self.decision.classes

    def predict_proba(self, descriptors: Described) -> np.ndarray:
        """The vote of all models, (image, class): the mean over the views; as it is, see `decision.calibrated`."""
        return self.view_probabilities(descriptors).mean(axis=1)

    def view_probabilities(self, descriptors: Described) -> np.ndarray:
        """The vote for every view, (image, view, class): the mean over a variant's models of a head, then over both.

        Raises BundleError for other variants, widths or views that differ, and for a vote that is not finite,
        BoostError for values that are not.
        """
        self._check(descriptors)
        votes = []
        for name, (variant, _) in _model_names(self.variants, self.facts.heads).items():
            votes.append(self._vote(name, np.asarray(descriptors[variant])))
        return np.mean(votes, axis=0)

    def require(self, keys: Mapping[str, str]) -> None:
        """Raise BundleError unless descriptors were made by this bundle's protocols: the key of every variant."""
        for name, facts in self.variants.items():
            if keys.get(name) != facts.get("key"):
                made = f"were made under protocol {keys[name]}" if name in keys else "are missing"
                raise BundleError(
                    f"{self.path} answers only for descriptors of its own protocols: those of {name} {made}, not "
                    f"{facts.get('key')}; extract them under the bundle's settings, or fit a bundle on yours"
                )

    def _vote(self, name: str, images: np.ndarray) -> np.ndarray:
        """What the models of one name say of every view on average, (image, view, class), each view by itself."""
        rows = images.reshape(-1, images.shape[2])  # (image*view, dim)
        total = np.zeros((len(rows), len(self.classes)))
        for model in self.models[name]:
            total += model.predict(rows)
        if not np.isfinite(total).all():  # leaves whose sum is beyond all numbers
            raise BundleError(f"{self.path}: models of {name} give votes that are not finite; fit it again")
        return (total / len(self.models[name])).reshape(*images.shape[:2], -1)

    def _check(self, descriptors: Described) -> None:
        if set(descriptors) != set(self.variants):
            raise BundleError(
                f"{self.path} wants descriptors of {', '.join(self.variants)}; got {', '.join(descriptors) or 'none'}"
            )
        for name, facts in self.variants.items():
            check_images(descriptors[name])
            images = np.asarray(descriptors[name])
            dim = facts["network"]["dim"]
            if images.shape[2] != dim or images.dtype != np.float32:
                raise BundleError(
                    f"{name} must be (image, view, {dim}) float32; got {images.shape} {images.dtype}; a bundle is used "
                    "with the network it was made with"
                )
        if len({np.shape(array)[:2] for array in descriptors.values()}) > 1:
            raise BundleError("all variants must describe the same images and views")


def _model_names(variants: Iterable[str], heads: Sequence[str]) -> dict[str, tuple[str, Head]]:
    """Variant and head of each name in `models`; raises ValueError unless there are heads, each named once."""
    if not heads or len(set(heads)) < len(heads):
        raise ValueError(f"heads are one name or more, each once, not {heads}")
    members = {}
    for variant in variants:
        for head in heads:
            members[model_name(variant, head, heads)] = (variant, find_head(head))
    return members


def _places(listed: Mapping[str, Any], names: Iterable[str]) -> dict[str, list[str]]:
    """The members that hold the models of each name; raises ValueError unless it has some, and they are its alone."""
    places = {name: [str(member) for member in listed[name]] for name in names}
    members = [member for of_variant in places.values() for member in of_variant]
    if not places or not all(places.values()) or len(set(members)) < len(members):
        raise ValueError("every variant and head has models, and every model has one place")
    return places


def _models(archive: Archive, members: list[str], head: Head, classes: int, dim: int) -> list[Model]:
    """The models of one variant and head; LightGBM leaves Python's lock: threads share the work, a few at a time."""
    contents = archive.read(members)
    models: list[Model] = []
    with ThreadPoolExecutor(cpu_count()) as threads:
        while few := list(islice(contents, 2 * cpu_count())):
            models += threads.map(lambda content: head.of_bytes(content, classes, dim), few)
    return models


def write_bundle(
    path: Path,
    facts: BundleFacts,
    models: Iterable[StoredModel],
    decision: DecisionRule,
    out_of_distribution: OutOfDistribution,
    table: pd.DataFrame,
    files: Mapping[str, str],
    card: str,
) -> None:
    """Keep an ensemble as one file, whole or not at all; its models come in any order, one at a time.

    `files` maps training images to the SHA-256 of their files. Raises BundleError.
    """
    numbers = {name: number for number, name in enumerate(facts.variants)}
    places: dict[str, list[str]] = {name: [] for name in _model_names(facts.variants, facts.heads)}

    def members() -> Iterator[tuple[str, bytes]]:
        yield CARD, card.encode()
        yield TABLE, as_member(table)
        yield IMAGES, file_table(files)
        yield OUTLIERS, out_of_distribution.to_bytes()
        for model in models:
            head = model.head
            of_head = "" if head.name == TREES.name else f"{head.name}/"  # trees lie where they lay alone
            name = f"models/{numbers[model.variant]}/{of_head}{model.fold}-{model.seed}.{head.suffix}"
            places[model_name(model.variant, head.name, facts.heads)].append(name)
            yield name, model.content

    write_archive(path, {**facts.to_json(), "reading": decision.to_facts(), "models": places}, members())
