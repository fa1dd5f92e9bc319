"""What becomes of fitted models: one file that also says how to read their vote and what they were made of."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from boost.bundle.decision import DecisionRule, OperatingPoint
from boost.bundle.facts import BundleFacts
from boost.bundle.references import COPY_SIDE, references_of
from boost.bundle.written import write_bundle
from boost.crossval import HeldOut, collect, collect_views
from boost.fusion import fuse
from boost.heads.choices import names_of
from boost.heads.head import Head
from boost.model_cache import ModelCache, cached_models
from boost.recalibrated_table import recalibrated
from boost.settings import BoostError, BoostSettings
from boost.uncertainty.adaptive_views import usual_spread
from boost.uncertainty.calibrate import RECALIBRATED, TEMPERATURE
from boost.uncertainty.conformal import MARGINAL
from boost.uncertainty.out_of_distribution import fit_out_of_distribution
from cohort.cohort import Cohort
from cohort.predictions import predictions_table
from featurize.store.store import versions
from report.binary import WITHIN_FOLDS
from report.measures.thresholds import choose, why_not_two_class
from report.out_of_fold import OutOfFold, out_of_fold_of
from workflow.bundles.aims import AIMS, DEFAULT, HALF
from workflow.bundles.model_card import card
from workflow.bundles.stain_reference import stain_facts
from workflow.cohort_from_cache import CachedImages
from workflow.run_folder import LIBRARIES, digests_of, files_of
from workflow.thumbnails import described_paths, small_copies


def write_fitted(
    path: Path,
    images: CachedImages,
    cohort: Cohort,
    units: Sequence[HeldOut],
    cache: Mapping[str, ModelCache],
    settings: BoostSettings,
    heads: Sequence[Head],
    folds: Mapping[str, Any],
    positive: Sequence[str] | None = None,
    two_class: str | None = None,
    aim: str = AIMS[DEFAULT],
    auc: str = WITHIN_FOLDS,
    set_kind: str = MARGINAL,
    method: str = TEMPERATURE,
    with_copies: bool = False,
) -> int:
    """Write the models of the cache and all that is learned from their out-of-fold predictions; raises BundleError.

    `units` are what `cross_validate` gave with that cache; `heads` are theirs; `folds` says how the folds were made:
    groups, unknown_patients and chosen of BundleFacts; `positive` classes, `two_class` rule and `aim` make the
    operating point; `auc` is how the card takes the AUC; `set_kind` is one of boost.uncertainty.conformal.KINDS
    and `method`, of the calibration, one of boost.uncertainty.calibrate.METHODS. Small copies of training images are
    kept if they are wanted; returns how many.
    """
    descriptors = images.descriptors
    table = predictions_table(cohort, collect(units, descriptors, cohort))
    fused = fuse(table)
    if method == RECALIBRATED:
        fused = recalibrated(fused)
    fusion = out_of_fold_of(fused, positive, two_class, auc)
    point = operating_point(fusion, aim)
    spread = usual_spread(collect_views(units))
    voted = np.asarray(fusion.voted)  # (image, class)
    decision = DecisionRule.fit(fusion.classes, voted, fusion.codes, fusion.groups, spread, point, set_kind, method)
    counts = Counter(cohort.labels.tolist())
    facts = BundleFacts(
        name=path.stem,
        data_set=images.name,
        counts={name: counts[name] for name in cohort.classes},
        patients=len(set(cohort.patients) - {""}),
        folds=cohort.held_out_folds,
        heads=names_of(heads),
        class_weights=heads[0].class_weights,
        boost=asdict(settings),
        variants={variant: store.facts() for variant, store in images.stores.items()},
        stain=stain_facts(),
        versions=versions(LIBRARIES),
        **folds,
    )
    files = files_of(cohort.images, images.stores, images.folder).assign(fold=cohort.fold)
    references = references_of(cohort.images, cohort.labels.tolist(), cohort.patients)
    copies: dict[str, bytes] = {}
    if with_copies:
        paths = described_paths({"cache": str(images.folder.parent), "name": images.folder.name})
        copies = small_copies([one.image for one in references], paths, [digests_of(files)], COPY_SIDE)
    write_bundle(
        path,
        facts,
        cached_models(cache, descriptors, cohort.held_out_folds, settings, heads),
        decision,
        fit_out_of_distribution(descriptors, cohort.groups),
        table,
        dict(zip(files["image"], files["sha256"], strict=True)),
        card(facts.to_json(), fusion, decision, files),
        references=[references],
        copies=copies,
    )
    return len(copies)


def operating_point(fusion: OutOfFold, aim: str) -> OperatingPoint | None:
    """What counts as positive, and from which score on; None where there is no two-class task.

    The aim is one of the values of workflow.bundles.aims. The threshold is chosen on all out-of-fold predictions; the
    report of cv says how much too good it looks on them. Raises BoostError for another aim.
    """
    if aim not in AIMS.values():
        raise BoostError(f"no operating point is chosen for the aim {aim!r}; name one of: {', '.join(AIMS.values())}")
    if fusion.positive is None or fusion.score is None or why_not_two_class(fusion):
        return None
    threshold = 0.5 if aim == HALF else choose(fusion.truth, fusion.score, aim)
    return OperatingPoint(fusion.positive, fusion.rule, aim, threshold)
