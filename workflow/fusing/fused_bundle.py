"""Bundles in one: all of their models, each bundle one vote, and what is learned anew from the fused predictions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from boost.bundle.bundle import Bundle
from boost.bundle.decision import DecisionRule
from boost.bundle.facts import BundleFacts
from boost.bundle.references import References
from boost.bundle.stored_models import StoredModel, compared_name
from boost.bundle.voting import VotingRun
from boost.bundle.written import write_bundle
from boost.fusion import fuse
from boost.recalibrated_table import recalibrated
from boost.uncertainty.calibrate import RECALIBRATED, TEMPERATURE
from boost.uncertainty.joined_distances import JoinedDistances
from boost.uncertainty.out_of_distribution import OutOfDistribution
from imaging.errors import HistoboostError, shown
from report.out_of_fold import OutOfFold, out_of_fold_of
from workflow.bundles.aims import AIMS, DEFAULT
from workflow.bundles.compatibility import protocols_of
from workflow.bundles.fitted_bundle import operating_point
from workflow.bundles.model_card import card
from workflow.bundles.trained_card import named
from workflow.fusing.same_images import FusionError, require_same_files, require_same_images


@dataclass(frozen=True, eq=False)
class Part:
    """A bundle that is to be fused, under the names that its variants have among the others'."""

    name: str
    bundle: Bundle
    renamed: Mapping[str, str]  # of its variants: the new name

    @property
    def votes(self) -> pd.DataFrame:
        """What all of its models voted out-of-fold, a row an image."""
        return fuse(self.bundle.table).assign(model=named(self.name, self.bundle.table))

    @property
    def run(self) -> VotingRun:
        """Who votes."""
        (own,) = self.bundle.facts.voting
        variants = tuple(self.renamed[variant] for variant in own.variants)
        return VotingRun(self.name, variants, own.heads, own.averaging)

    @property
    def variants(self) -> dict[str, Any]:
        """Facts of each variant, by its new name."""
        return {new: self.bundle.variants[old] for old, new in self.renamed.items()}

    @property
    def compared(self) -> dict[str, Any]:
        """By what images are compared where networks answer, by its new name."""
        known = self.bundle.facts.compared
        return {compared_name(self.renamed[old]): known[compared_name(old)] for old in self.bundle.facts.trained}

    def models(self) -> Iterator[StoredModel]:
        """All models as bytes."""
        for model in self.bundle.stored_models():
            yield model._replace(variant=self.renamed[model.variant])

    def networks(self) -> Iterator[tuple[str, int | str, bytes]]:
        """The weights of all trained networks."""
        for variant, position, content in self.bundle.stored_networks():
            yield self.renamed[variant], position, content

    def distances(self, images: Sequence[str], group: np.ndarray) -> OutOfDistribution:
        """Its distances to the training images, in this order; raises FusionError for other patients than `group`."""
        (own,) = self.bundle.out_of_distribution.parts
        place = {image: number for number, (image, _) in enumerate(self.bundle.training_files())}
        order = np.array([place[image] for image in images])
        if len(order) != len(own.group) or not np.array_equal(_codes(own.group[order]), group):
            raise FusionError(f"{self.bundle.path} has other patients among its training images; fit it again")
        names = self._names()
        return replace(
            own,
            centre={names[name]: array for name, array in own.centre.items()},
            spread={names[name]: array for name, array in own.spread.items()},
            seen={names[name]: array for name, array in own.seen.items()},
            distances=own.distances[:, order],
            group=group,
        )

    @property
    def references(self) -> References:
        """The training images that its distances are to; () where an earlier version did not say."""
        return next(iter(self.bundle.references), ())

    def copies(self) -> dict[str, bytes]:
        """Those of its training images that it has small copies of."""
        made = {one.image: self.bundle.small_copy(one) for one in self.references}
        return {image: content for image, content in made.items() if content is not None}

    def _names(self) -> dict[str, str]:
        """The new names of what images are compared by."""
        names = dict(self.renamed)
        for variant in self.bundle.facts.trained:
            names[compared_name(variant)] = compared_name(self.renamed[variant])
        return names


def parts_of(bundles: Mapping[str, Bundle]) -> list[Part]:
    """Bundles by name, ready to be fused; raises FusionError unless they are of the same images, and not fused yet."""
    for name, bundle in bundles.items():
        if len(bundle.facts.voting) > 1:
            raise FusionError(f"{name} is fused already; fuse its bundles with the others in one go")
        protocols_of(bundle)
    taken = [variant for bundle in bundles.values() for variant in bundle.variants]
    parts = []
    for name, bundle in bundles.items():
        renamed = {variant: f"{name} {variant}" if taken.count(variant) > 1 else variant for variant in bundle.variants}
        parts.append(Part(name, bundle, renamed))
    _require_own_names(parts)
    require_same_images({part.name: part.votes for part in parts})
    files = {name: dict(bundle.training_files()) for name, bundle in bundles.items()}
    require_same_files(files, "images that were trained on")
    _require_one_weights(parts)
    return parts


def _require_own_names(parts: Sequence[Part]) -> None:
    """Raise FusionError where a variant would be called as another's, or as what images are compared by."""
    called = [name for part in parts for name in (*part.variants, *part.compared)]
    twice = sorted({name for name in called if called.count(name) > 1})
    if twice:
        raise FusionError(f"two variants would be called {shown(twice[0])}; rename one of the bundles' files")


def _require_one_weights(parts: Sequence[Part]) -> None:
    """Raise FusionError where encoders of one name have several weights: only one file is looked for."""
    known: dict[str, tuple[str, str]] = {}
    for part in parts:
        for facts in part.variants.values():
            if "encoder" not in facts:
                continue
            name, digest = facts["encoder"], facts["weights"]
            before, of_part = known.setdefault(name, (digest, part.name))
            if before != digest:
                raise FusionError(
                    f"{of_part} and {part.name} have other weights of {name}; fuse bundles that have the same ones"
                )


def write_fused(
    path: Path,
    parts: Sequence[Part],
    positive: Sequence[str] | None = None,
    two_class: str | None = None,
    aim: str | None = None,
    set_kind: str | None = None,
) -> None:
    """Write one bundle of several; raises BundleError and FusionError.

    What is not said is as in the first: positive classes, rule and aim of the operating point, and the kind of sets.
    """
    first = parts[0].bundle
    point = first.decision.operating
    table = pd.concat([part.votes for part in parts], ignore_index=True)
    fused = fuse(table)
    several = fused["fold"].nunique() > 1
    fusion = out_of_fold_of(
        recalibrated(fused) if several else fused,
        positive or (point.positive if point else None),
        two_class or (point.rule if point else None),
    )
    wanted = aim or (point.aim if point else AIMS[DEFAULT])
    # the lead of a mean varies at most as the mean of the leads: views are looked at rather longer than too short
    spread = float(np.mean([part.bundle.decision.spread for part in parts]))
    decision = DecisionRule.fit(
        fusion.classes,
        np.asarray(fusion.voted),
        fusion.codes,
        fusion.groups,
        spread,
        operating_point(fusion, wanted),
        set_kind or first.decision.set_kind,
        RECALIBRATED if several else TEMPERATURE,
    )
    files = pd.DataFrame(first.training_files(), columns=["image", "sha256"])
    fold = dict(zip(fused["image"], fused["fold"], strict=True))
    beside = files.assign(phash="", fold=[fold.get(image, 0) for image in files["image"]])
    group = _codes(first.out_of_distribution.parts[0].group)
    images = files["image"].tolist()
    references = [part.references for part in parts]
    copies = {image: content for part in parts for image, content in part.copies().items()}
    facts, words = _in_words(path.stem, parts, fusion, decision, beside)
    write_bundle(
        path,
        facts,
        (model for part in parts for model in part.models()),
        decision,
        JoinedDistances.of([part.distances(images, group) for part in parts]),
        table,
        dict(first.training_files()),
        words,
        (network for part in parts for network in part.networks()),
        references=references if all(references) else (),
        copies=copies,
        tested=_tested_files(parts),
    )


def _tested_files(parts: Sequence[Part]) -> dict[str, str]:
    """The files of the one test that all have; raises FusionError where a bundle has others."""
    listed = {part.name: dict(part.bundle.tested_files()) for part in parts}
    known = {name: files for name, files in listed.items() if files}
    if len(known) > 1:
        require_same_files(known, "images that were tested")
    return next(iter(known.values()), {})


def _in_words(
    name: str, parts: Sequence[Part], fusion: OutOfFold, decision: DecisionRule, beside: pd.DataFrame
) -> tuple[BundleFacts, str]:
    """What the bundle says of its making, and its card; raises FusionError where a part does not say its own."""
    try:
        facts = _facts(name, parts)
        return facts, card(facts.to_json(), fusion, decision, beside)
    except HistoboostError:
        raise
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        why = f"{type(error).__name__}: {error}"
        raise FusionError(f"one of the bundles does not say what a bundle must say ({why}); fit it again") from error


def _facts(name: str, parts: Sequence[Part]) -> BundleFacts:
    """What the bundle says of its making."""
    variants: dict[str, Any] = {}
    compared: dict[str, Any] = {}
    training: dict[str, Any] = {}
    versions: dict[str, str] = {}
    runs = []
    for part in parts:
        facts = part.bundle.facts
        variants |= part.variants
        compared |= part.compared
        versions = {**facts.versions, **versions}
        for of_run in facts.training.values():  # one, where there are networks
            training[part.name] = of_run
        settings = {"boost": dict(facts.boost), "class weights": facts.class_weights}
        runs.append({**part.run.to_facts(), **settings})
    return replace(
        parts[0].bundle.facts,
        name=name,
        counts={of_class: parts[0].bundle.facts.counts[of_class] for of_class in parts[0].bundle.classes},
        variants=variants,
        heads=tuple(dict.fromkeys(head for part in parts for head in part.run.heads)),
        runs=runs,
        compared=compared,
        training=training,
        versions=versions,
    )


def _codes(group: np.ndarray) -> np.ndarray:
    """Groups (n,) numbered in the order in which they come first."""
    _, first, codes = np.unique(group, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first))
    return rank[codes].astype(np.int64)
