"""What cv and fit share: the cached images in folds, what else cv trains, and what a person should know of it all."""

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from boost.crossval import HeldOut, check_work
from boost.settings import BoostError
from cohort.checks.notices import Notice
from cohort.cohort import Cohort
from cohort.folds import POLICIES, FoldError
from commands.opening_lines import tell_opening, tell_variants
from commands.options import names
from commands.terminal import console, tell_models, track, warn
from commands.training_options import CvOptions, TrainingOptions
from report.out_of_fold import OutOfFold
from workflow.cohort_from_cache import CachedImages, cached_images
from workflow.column_folds import left_out_by_column
from workflow.division import divided, working_number
from workflow.run_folder import file_facts
from workflow.training.beside_the_result import plain_run
from workflow.training.further_work import FurtherWork, inner_pairs_of
from workflow.training.train_on_fewer import learning_parts, nested_pairs
from workflow.training.training_notices import training_notices
from workflow.training.training_run import TrainingRun


def images_in_folds(asked: TrainingOptions, data_set: str | None) -> tuple[CachedImages, Cohort]:
    """The images of a data set (None: the only one) and the folds of those; says what they are and what looks wrong."""
    variants = names(asked.variants) or []
    positive = names(asked.positive)
    images = cached_images(asked.cache, data_set, variants, asked.labels, positive, warn, asked.patients_as_written)
    warnings: list[Notice] = []
    try:
        if asked.by_column:
            cohort = _by_column(asked, images)
        else:
            cohort, warnings = _divided(asked, images)
    except (FoldError, BoostError):
        tell_variants(asked, images)  # the latest extract may have been a try on few images
        raise
    tell_opening(asked, images, cohort)
    warn([*images.described.notices(asked.groups != "none"), *warnings])
    return images, cohort


def _divided(asked: TrainingOptions, images: CachedImages) -> tuple[Cohort, list[Notice]]:
    """The images in as many folds as asked, or those of a file; an error names a number that works."""
    described, seeds = images.described, [asked.seed, *_further_seeds(asked)]
    unknown = asked.unknown_patients
    try:
        divisions = [divided(described, asked.groups, asked.folds, asked.folds_file, seed, unknown) for seed in seeds]
        require_possible(asked, images, divisions[0][0])
    except (FoldError, BoostError) as error:
        if asked.folds_file is not None:
            raise
        suits = partial(_suits, asked, images)
        number = working_number(described, asked.groups, asked.folds, seeds, unknown, suits)
        raise FoldError(f"{error}{_way_out(asked, images, error, number)}", number) from error
    return divisions[0]


def _way_out(asked: TrainingOptions, images: CachedImages, error: FoldError | BoostError, number: int) -> str:
    """What is added to an error about folds: the number that works, or why that of the error does not."""
    possible = error.possible if isinstance(error, FoldError) else 0
    if number:
        return f" (--folds {number})" if number == possible else f"; for all that was asked, --folds {number} works"
    if not possible:
        return ""
    cohort, _ = divided(images.described, asked.groups, possible, None, asked.seed, asked.unknown_patients)
    try:
        require_possible(asked, images, cohort)
    except (FoldError, BoostError) as further:
        return f"; but with {possible} folds: {further}"
    return ""


def _further_seeds(asked: TrainingOptions) -> list[int]:
    """Those of further divisions into folds, of which cv alone makes any."""
    return asked.split_seeds if isinstance(asked, CvOptions) and asked.folds_file is None else []


def _suits(asked: TrainingOptions, images: CachedImages, cohort: Cohort) -> bool:
    """Whether all that was asked can be done in these folds."""
    with suppress(FoldError, BoostError):
        require_possible(asked, images, cohort)
        return True
    return False


def require_possible(asked: TrainingOptions, images: CachedImages, cohort: Cohort) -> None:
    """Raise FoldError or BoostError, before any work, where these folds leave too little to train on somewhere."""
    check_work(cohort, images.descriptors, asked.boost, asked.members)
    if not isinstance(asked, CvOptions):
        return
    run = training_run(asked, images, cohort)
    if asked.learning_curve:
        learning_parts(run, asked.seed)
    if asked.procedure_interval:
        nested_pairs(run)


def _by_column(asked: TrainingOptions, images: CachedImages) -> Cohort:
    """The images in folds by a column of the manifest; says how many there are."""
    if asked.folds_file:
        raise FoldError(f"folds are those of --folds-file or those by {asked.groups}; leave one of both out")
    if asked.unknown_patients != POLICIES[0]:
        raise FoldError(f"folds by {asked.groups} leave no choice of --unknown-patients; leave that out")
    cohort = left_out_by_column(images, str(asked.groups))
    console.print(f"--groups {asked.groups}: {len(cohort.held_out_folds)} folds, each {asked.groups} held out in turn")
    return cohort


def training_run(asked: CvOptions, images: CachedImages, cohort: Cohort) -> TrainingRun:
    """What everything that cv trains has in common."""
    return TrainingRun(
        cohort,
        images.descriptors,
        asked.boost,
        asked.members,
        images.folder,
        asked.workers,
        asked.recalibrated,
        track,
    )


def further_work(asked: CvOptions, images: CachedImages, run: TrainingRun) -> FurtherWork:
    """What cv was asked to train beside the run, decided before any work; says what it costs and what cannot be."""
    repeats = {}
    if asked.split_seeds and (asked.folds_file or asked.by_column):
        raise FoldError(
            "folds of a file or of a column cannot be drawn again; leave --repeats out, or --folds-file, or --groups "
            "COLUMN"
        )
    for seed in asked.split_seeds:
        repeats[seed], _ = divided(images.described, asked.groups, asked.folds, None, seed, asked.unknown_patients)
    pairs = nested_pairs(run) if asked.procedure_interval else []
    inner_pairs, why_not = inner_pairs_of(run, asked.trained) if asked.compares_heads else ([], "")
    work = FurtherWork(
        parts=learning_parts(run, asked.seed) if asked.learning_curve else [],
        pairs=pairs,
        inner_pairs=inner_pairs,
        not_chosen_inside=why_not,
        compared=asked.trained,
        default=asked.head,
        repeats=repeats,
        plain=plain_run(images, run),
    )
    if pairs:
        models = len(images.descriptors) * asked.models_of_fold
        tell_models(len(pairs), len(run.cohort.held_out_folds), models)
    if why_not:
        warn([Notice("nothing-chosen-inside", f"nothing is chosen inside: {why_not}")])
    return work


def tell_training(units: Sequence[HeldOut]) -> None:
    """Say what should be known of the models that were trained."""
    warn(training_notices(units))


def chosen_of(asked: CvOptions, images: CachedImages, cohort: Cohort, fusion: OutOfFold) -> dict[str, Any]:
    """What was asked of cv, as it stands in settings.json."""
    return {
        "name": images.name,
        "groups": asked.groups or "patient",
        "known patients": len(set(cohort.patients) - {""}),
        "images": len(cohort),
        "folds": len(cohort.held_out_folds),
        **asked.training,
        "folds_file": file_facts(asked.folds_file),
        "labels": file_facts(asked.labels),
        **images.facts,
        "cache": str(asked.cache),
        "positive": fusion.positive,
        "two_class": fusion.rule if fusion.positive else None,
        "auc": asked.auc,
        "heads_compared": asked.compares_heads,
        "repeats": asked.repeats,
        "recalibrated": asked.recalibrated,
        "sets": asked.sets,
        "learning_curve": asked.learning_curve,
        "procedure_interval": asked.procedure_interval,
    }
