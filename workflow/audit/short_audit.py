"""The audit inside extract and cv: some hundred images are measured at extract, and tested on the folds of a run."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from cohort.audit.audited import Audited
from cohort.audit.kept_measures import MEASURES, read_measures
from cohort.audit.manifest_columns import Columns, further_columns
from cohort.audit.measure_image import ImageMeasures
from cohort.audit.measured import measured_from
from cohort.audit.measuring import measure_images
from cohort.cohort import Cohort
from cohort.files.atomic import write_whole
from cohort.folds import FoldError, make_folds_up_to
from cohort.origin import Origin
from cohort.samples import Sample
from imaging.errors import HistoboostError
from report.audited.audit_images import FILE, audit_images_of
from workflow.audit.audit_cohort import audit_cohort
from workflow.audit.kept_audit import AUDIT, NO_AUDIT, KeptAudit
from workflow.audit.sample_images import sampled
from workflow.cohort_from_cache import CachedImages

Outcomes = Mapping[str, ImageMeasures | str]  # by image: its measures, or why it could not be read
FOLDS = 5  # at extract, which has none of its own: or as many as can be


def measured_beside(samples: Sequence[Sample], folder: Path, jobs: int) -> Iterator[tuple[str, ImageMeasures | str]]:
    """Measure images into the folder of a data set in the cache; yields each one as it is done.

    Those that are known by their content are not measured again. Raises AuditError where the file cannot be used.
    """
    return measure_images(samples, jobs, folder / MEASURES)


def samples_audited(samples: Sequence[Sample], outcomes: Outcomes, source: Path) -> Audited | None:
    """The audit of measured images that are in no run yet; None where no folds can be made of their patients."""
    measured = [sample for sample in samples if isinstance(outcomes[sample.name], ImageMeasures)]
    images = [sample.name for sample in measured]
    labels = [sample.label for sample in measured]
    patients = [sample.patient for sample in measured]
    try:
        fold = make_folds_up_to(images, labels, patients, FOLDS, seed=0)
    except FoldError:
        return None
    cohort = Cohort.of(images, labels, sorted(set(labels)), patients, fold)
    columns = columns_in(source, measured)
    return audit_cohort(cohort, measured_from(measured, outcomes, columns))


def short_audit(images: CachedImages, cohort: Cohort, seed: int = 0) -> KeptAudit:
    """The audit of the images whose measures lie beside the descriptors of a run; nothing where none can be read there.

    Nothing is written, for the cache may be another's. The image files themselves are not looked at; the manifest is,
    where it is still there.
    """
    contents = {entry.image: entry.sha256 for store in images.stores.values() for entry in store.entries}
    origins = images.origins
    return audit_of_measured(
        cohort, contents, images.folder, lambda chosen: columns_of(origins, chosen), seed, images.name
    )


def audit_of_measured(
    cohort: Cohort,
    contents: Mapping[str, str],
    folder: Path,
    columns: Callable[[Sequence[Sample]], Columns],
    seed: int = 0,
    name: str = "",
) -> KeptAudit:
    """The audit of the images of a cohort whose measures are kept in a folder; nothing where there are none.

    contents: the SHA-256 of each image's file; columns: of a manifest, for the images that are audited; name: of the
    data set.
    """
    kept = read_measures(folder / MEASURES)
    if not kept:
        return NO_AUDIT
    samples = []
    outcomes = {}
    for image, label, patient in zip(cohort.images, cohort.labels.tolist(), cohort.patients, strict=True):
        own = kept.get(contents[image])
        if own is not None:
            samples.append(Sample(image, Path(image), label, patient))
            outcomes[image] = own
    chosen = sampled(samples)
    if not chosen:
        return NO_AUDIT
    measured = measured_from(chosen, outcomes, columns(chosen))
    return KeptAudit(audit_cohort(cohort, measured, seed, name), audit_images_of(cohort, measured))


def columns_of(origins: Mapping[str, Origin], samples: Sequence[Sample]) -> Columns:
    """The further columns of the manifest that a data set was last read from; none where it is gone."""
    sources = [Path(origin.source) for origin in origins.values()]
    return columns_in(sources[-1], samples) if sources else {}


def columns_in(source: Path, samples: Sequence[Sample]) -> Columns:
    """The further columns of a data set's manifest; none where it cannot be read (any more)."""
    with suppress(HistoboostError, OSError):
        return further_columns(source, samples)
    return {}


def keep_audit(folder: Path, audit: KeptAudit) -> None:
    """Write the audit of a run into its folder; that of an earlier run goes."""
    files: dict[str, bytes | None] = {AUDIT: None, FILE: None}
    if audit.audited is not None and audit.images is not None:
        files = {AUDIT: audit.audited.to_json().encode(), FILE: audit.images.to_csv()}
    for name, content in files.items():
        if content is None:
            (folder / name).unlink(missing_ok=True)
        else:
            write_whole(folder / name, content)
