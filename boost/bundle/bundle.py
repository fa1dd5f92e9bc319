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

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from boost.bundle.archive import Archive, BundleError
from boost.bundle.decision import DecisionRule
from boost.bundle.facts import BundleFacts
from boost.bundle.network_weights import weights_of_bytes
from boost.bundle.references import UNKNOWN, Neighbour, Reference, References, nearest, read_copy, read_references
from boost.bundle.stored_models import (
    CARD,
    FIRST,
    IMAGES,
    NETWORKS_FOLDER,
    TABLE,
    TESTED,
    StoredModel,
    distance_members,
    network_member,
    places_of,
    read_models,
)
from boost.bundle.tables import files_of_training, predictions_of, rows_of_training
from boost.ensemble import check_images
from boost.heads.head import Head, Model
from boost.settings import BoostError
from boost.uncertainty.joined_distances import JoinedDistances
from boost.uncertainty.out_of_distribution import OutOfDistribution
from cohort.files.text_columns import PredictionsError

# what comes of values that make no sense, each of its own kind
_SENSELESS = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError, MemoryError)

Described = Mapping[str, np.ndarray]  # variant: (image, view, dim) float32


@dataclass(frozen=True, eq=False)
class Bundle:
    """Models that vote, and how their vote is to be read."""

    path: Path
    facts: BundleFacts
    variants: Mapping[str, Mapping[str, Any]]  # facts of each: protocol, key, network
    models: dict[str, list[Model]]  # of each variant and head, by boost.heads.choices.model_name: all folds and seeds
    decision: DecisionRule
    out_of_distribution: JoinedDistances
    table: pd.DataFrame  # out-of-fold predictions of every variant, or of every run, see cohort.predictions
    files: dict[str, str]  # training images by the SHA-256 of their files
    card: str  # Markdown
    references: tuple[References, ...]  # of each run: the training images that its distances are to; () where not known
    archive: Archive = field(repr=False)  # where it was read from, with the weights of its networks

    @classmethod
    def open(cls, path: str | Path) -> "Bundle":
        """Read a file of boost.bundle.written; raises BundleError."""
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
        models_of: dict[str, tuple[str, Head]] = {}
        for run in facts.voting:
            models_of |= run.models
        places = places_of(listed["models"], models_of)
        dims = {name: variant["network"]["dim"] for name, variant in variants.items()}
        members = archive.read([TABLE, IMAGES, CARD])
        table = predictions_of(next(members), archive.path / TABLE, decision.classes)
        files = files_of_training(next(members), archive.path / IMAGES)
        card = next(members).decode()
        distances = []
        for member, of_run in distance_members(facts).items():
            distances.append(OutOfDistribution.from_bytes(next(archive.read([member])), of_run))
        references = read_references(archive, [one.references for one in distances])
        models = {}
        for name, (variant, head) in models_of.items():
            models[name] = read_models(archive, places[name], head, len(decision.classes), dims[variant])
        bundle = cls(
            path=archive.path,
            facts=facts,
            variants=variants,
            models=models,
            decision=decision,
            out_of_distribution=JoinedDistances.of(distances),
            table=table,
            files=files,
            card=card,
            references=references,
            archive=archive,
        )
        bundle._require_networks()
        bundle.tested_files()  # refused now, if it cannot be read
        return bundle

    @property
    def classes(self) -> tuple[str, ...]:
        """What it tells apart, in the order of all probabilities."""
        return self.decision.classes

    def predict_proba(self, descriptors: Described) -> np.ndarray:
        """The vote of all models, (image, class): the mean over the views; as it is, see `decision.calibrated`."""
        return self.pooled(self.run_probabilities(descriptors))

    def view_probabilities(self, descriptors: Described) -> np.ndarray:
        """The vote for every view, (image, view, class): the mean over a variant's models of a head, then over both.

        Raises BundleError for other variants, widths or views that differ, and for a vote that is not finite,
        BoostError for values that are not.
        """
        return self.run_probabilities(descriptors).mean(axis=0)

    def run_probabilities(self, descriptors: Described) -> np.ndarray:
        """The same of every run, (run, image, view, class), which have a vote each; see boost.bundle.voting."""
        self._check(descriptors)
        runs = []
        for run in self.facts.voting:
            votes = []
            for name, (variant, _) in run.models.items():
                votes.append(self._vote(name, np.asarray(descriptors[variant])))
            runs.append(run.averaged(np.array(votes), axis=0))
        return np.stack(runs)

    def variant_probabilities(self, variant: str, rows: np.ndarray) -> np.ndarray:
        """The vote of one variant's models on descriptors (row, dim) float32, each by itself: (row, class)."""
        run = next(run for run in self.facts.voting if variant in run.variants)
        votes = [self._vote(name, rows[None])[0] for name, (of, _) in run.models.items() if of == variant]
        return run.averaged(np.array(votes), axis=0)

    def pooled(self, run_probabilities: np.ndarray) -> np.ndarray:
        """The vote on images whose views the runs answered (run, image, view, class): (image, class)."""
        votes = []
        for run, of_views in zip(self.facts.voting, run_probabilities, strict=True):
            votes.append(run.averaged(of_views, axis=1))
        return np.mean(votes, axis=0)

    def networks(self, variant: str) -> Iterator[dict[str, np.ndarray]]:
        """The weights of a variant's trained networks, float32 by name, in the order of their columns.

        They are read one at a time, now. Raises BundleError.
        """
        for position in range(self._network_count(variant)):
            yield self._weights(network_member(self.facts, variant, position))

    def first_network(self, variant: str) -> dict[str, np.ndarray]:
        """The weights of a variant's networks before they were trained; raises BundleError."""
        return self._weights(network_member(self.facts, variant, FIRST))

    def nearest(self, views: Mapping[str, np.ndarray]) -> tuple[Neighbour, ...]:
        """The training images nearest to one image, whose views (view, dim) these are; see `why_no_neighbours`."""
        if not self.references:
            return ()
        return nearest(self.references, self.out_of_distribution.squares(views))

    @property
    def why_no_neighbours(self) -> str:
        """Why `nearest` names nobody, in a sentence; "" where it does."""
        return "" if self.references else UNKNOWN

    def small_copy(self, reference: Reference) -> bytes | None:
        """A training image made small, as a JPEG file, where it lies in the bundle; raises BundleError."""
        return read_copy(self.archive, reference.copy) if reference.copy else None

    def training_files(self) -> list[tuple[str, str]]:
        """The images that were trained on, in their order, each with the SHA-256 of its file; raises BundleError."""
        (content,) = self.archive.read([IMAGES])
        return rows_of_training(content, self.path / IMAGES)

    def tested_files(self) -> list[tuple[str, str]]:
        """The images of the one test that `decision` was fitted to, likewise; none where folds were held out."""
        members = [member for member in (TESTED,) if member in self.archive.members]
        return [row for content in self.archive.read(members) for row in rows_of_training(content, self.path / TESTED)]

    def stored_models(self) -> Iterator[StoredModel]:
        """All models as bytes, numbered by their place in `models`; raises BundleError."""
        listed = self.archive.facts["models"]
        for run in self.facts.voting:
            for name, (variant, head) in run.models.items():
                for number, content in enumerate(self.archive.read(listed[name])):
                    yield StoredModel(variant, head, number, 0, content)

    def stored_networks(self) -> Iterator[tuple[str, int | str, bytes]]:
        """The weights of all trained networks as bytes: variant, position or FIRST, content; raises BundleError."""
        for variant in self.facts.trained:
            for position in (*range(self._network_count(variant)), FIRST):
                member = network_member(self.facts, variant, position)
                yield variant, position, next(self.archive.read([member]))

    def _network_count(self, variant: str) -> int:
        return self.variants[variant]["network"]["dim"] // len(self.classes)

    def _weights(self, member: str) -> dict[str, np.ndarray]:
        (content,) = self.archive.read([member])
        return weights_of_bytes(content, f"{self.path}: {member}")

    def _require_networks(self) -> None:
        """Raise ValueError unless every trained variant has a network for all of its columns, and no other is there."""
        needed = set()
        for variant in self.facts.trained:
            dim, classes = self.variants[variant]["network"]["dim"], len(self.classes)
            firsts = sorted(getattr(model, "first", -1) for model in self.models[variant])
            if firsts != list(range(0, dim, classes)):
                raise ValueError(f"each network of {variant} has columns of its own, {classes} of {dim}")
            positions = (*range(self._network_count(variant)), FIRST)
            needed |= {network_member(self.facts, variant, position) for position in positions}
        there = {member for member in self.archive.members if member.startswith(NETWORKS_FOLDER)}
        if there != needed:
            odd = sorted(there ^ needed)[0]
            raise ValueError(f"the networks are those of the variants, and {odd[:80]} is lacking or one more")

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
