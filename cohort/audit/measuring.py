"""All images are measured: on all cores, one after the other into memory, and no second time in the next run."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from warnings import catch_warnings, filterwarnings

from joblib import Parallel, cpu_count, delayed

from cohort.audit.kept_measures import KeptMeasures
from cohort.audit.measure_image import ImageMeasures, measure_image
from cohort.samples import Sample
from imaging.read import ImageError, content_of

THREADS = 32  # at most: nearly all of the work lets go of Python's lock


class _Looked(NamedTuple):
    name: str
    digest: str  # of the file's content
    outcome: ImageMeasures | str


def measure_images(
    samples: Sequence[Sample], jobs: int = 0, kept: Path | None = None
) -> Iterator[tuple[str, ImageMeasures | str]]:
    """Yield the name and measures of each image as it is done, in whatever order, or why it cannot be read.

    jobs: files looked at side by side, 0: one per core. kept: a file of measures of earlier runs, to which those of
    new contents are added at once (KeptMeasures). Raises AuditError where that file cannot be used.
    """
    known = KeptMeasures(kept)
    work = (delayed(_look)(sample, known) for sample in samples)
    with catch_warnings():  # Pillow warns of odd metadata, and of images so large that they are refused here anyway
        filterwarnings("ignore", module="PIL")
        threads = Parallel(min(jobs or cpu_count(), THREADS), prefer="threads", return_as="generator_unordered")
        for looked in threads(work):
            if isinstance(looked.outcome, ImageMeasures):
                known.add(looked.digest, looked.outcome)
            yield looked.name, looked.outcome


def _look(sample: Sample, known: KeptMeasures) -> _Looked:
    try:
        with content_of(sample.path) as content:
            digest = sha256(content).hexdigest()
            return _Looked(sample.name, digest, known.get(digest) or measure_image(sample.path, content))
    except ImageError as error:
        return _Looked(sample.name, "", str(error))
