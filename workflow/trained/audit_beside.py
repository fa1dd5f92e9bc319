"""The audit of a run of networks: whether the classes can be told from how the images were made."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from cohort.cohort import Cohort
from cohort.folds import FoldError, make_folds_up_to
from workflow.audit.kept_audit import NO_AUDIT, KeptAudit
from workflow.audit.short_audit import FOLDS, audit_of_measured, columns_in, keep_audit
from workflow.trained.labelled_images import LabelledImages


def audit_beside(images: LabelledImages, cache: Path, source: Path, seed: int, folder: Path) -> KeptAudit:
    """The audit of the images that were measured into a cache, kept in the folder of the results too.

    source: what the data set was read from. A single test set has no folds to test probes on, so that training and test
    images are divided together.
    """
    cohort = _in_several_folds(images.cohort, seed)
    audit = NO_AUDIT
    if cohort is not None:
        contents = dict(zip(images.cohort.images, images.files, strict=True))
        audit = audit_of_measured(cohort, contents, cache, lambda chosen: columns_in(source, chosen), seed, images.name)
    keep_audit(folder, audit)
    return audit


def _in_several_folds(cohort: Cohort, seed: int) -> Cohort | None:
    """The cohort where it has folds; else in as many as can be made by patient, None where none can."""
    if len(cohort.held_out_folds) > 1:
        return cohort
    with suppress(FoldError):
        fold = make_folds_up_to(cohort.images, cohort.labels, cohort.patients, FOLDS, seed)
        return replace(cohort, fold=fold)
    return None
