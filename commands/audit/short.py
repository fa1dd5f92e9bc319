"""The audit inside extract and cv: measuring under a bar, and the verdict."""

from collections.abc import Sequence
from pathlib import Path

from cohort.audit.probe_list import AuditError
from cohort.checks.notices import Notice
from cohort.cohort import Cohort
from cohort.samples import Sample
from commands.terminal import console, track, warn
from workflow.audit.kept_audit import KeptAudit
from workflow.audit.sample_images import sampled
from workflow.audit.short_audit import keep_audit, measured_beside, samples_audited, short_audit
from workflow.cohort_from_cache import CachedImages


def measure_and_tell(samples: Sequence[Sample], folder: Path, source: Path, jobs: int) -> None:
    """Measure some hundred images into the folder of the cache, and warn at once where the classes can be told."""
    chosen = sampled(samples)
    work = measured_beside(chosen, folder, jobs)
    try:
        outcomes = dict(track("measuring how images were made", work, len(chosen)))
    except AuditError as error:  # what was described is there all the same
        warn([Notice("making-of-the-images", f"how the images were made is not audited: {error}")])
        return
    with console.status("asking whether the classes can be told from it"):
        audited = samples_audited(chosen, outcomes, source)
    if audited is not None and audited.findings:
        lines = "; ".join(finding.sentence for finding in audited.findings[:3])
        warn([Notice("classes-told-by-making", f"{audited.verdict}. {lines}")])


def audit_run(images: CachedImages, cohort: Cohort, seed: int, folder: Path) -> KeptAudit:
    """Audit the images of a run on its folds, by what extract has measured; kept in the folder of the run."""
    with console.status("asking whether the classes can be told from how the images were made"):
        audit = short_audit(images, cohort, seed)
    keep_audit(folder, audit)
    return audit
