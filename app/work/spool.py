"""The private folder between the page and the worker: all that both know of each other are files in it.

    jobs/ID/    an order of images, what became of it (see app/work/job.py)
    bundles/    what the worker says of each bundle (see app/work/bundle_facts.py)
    wanted      the bundle that somebody looks at

Files appear whole. Nothing from a browser is ever a path: an ID is looked for among those that are there.
"""

import json
import secrets
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from hmac import compare_digest
from pathlib import Path
from time import time, time_ns
from typing import Any

from app.app_settings import AppError
from app.work.job import UPLOADS, Job, Ordered
from cohort.files.atomic import write_whole
from imaging.formats.endings import RAW, SLIDES, SUFFIXES

ID_BYTES = 24  # of chance in the name of a job
MOST_IMAGES = 500  # of a job
MOST_JOBS = 100  # that are kept; the oldest finished ones go
KEPT_SECONDS = 12 * 3600  # after its end, a job is deleted
LONGEST_NAME = 200  # characters of a file's name that are kept
NO_ENDING = ".unknown"


@dataclass(frozen=True)
class Upload:
    """A file from a browser."""

    name: str  # as the browser says
    content: bytes | memoryview


@dataclass(frozen=True)
class Spool:
    """The private folder."""

    folder: Path

    def create(self) -> None:
        """Make what stands in it."""
        for name in ("jobs", "bundles"):
            (self.folder / name).mkdir(mode=0o700, exist_ok=True)

    @property
    def jobs(self) -> list[Job]:
        """All jobs, the oldest first."""
        folders = [path for path in (self.folder / "jobs").iterdir() if not path.name.startswith(".")]
        return [Job(folder) for folder in sorted(folders)]  # their names begin with the time

    @property
    def unfinished(self) -> list[Job]:
        """The jobs with images to be answered, the oldest first."""
        return [job for job in self.jobs if not job.has_ended]

    def find(self, job_id: str) -> Job | None:
        """The job of this ID; None for any other text."""
        for path in (self.folder / "jobs").iterdir():
            if compare_digest(path.name.encode(), job_id.encode(errors="replace")) and not path.name.startswith("."):
                return Job(path)
        return None

    def order(self, bundle: str, uploads: Sequence[Upload] = (), files: Sequence[Path] = (), **more: Any) -> Job:
        """Ask for the answers of a bundle, called by its name: first the uploads, then files of the server's folder."""
        count = len(uploads) + len(files)
        if not 0 < count <= MOST_IMAGES:
            raise AppError(f"1 to {MOST_IMAGES} images are answered at once; got {count}: leave some for later")
        now = time_ns()
        job_id = f"{now:020}_{secrets.token_urlsafe(ID_BYTES)}"
        unfinished = self.folder / "jobs" / f".{job_id}"
        (unfinished / UPLOADS).mkdir(mode=0o700, parents=True)
        images = _kept_uploads(unfinished, uploads)
        for path in files:
            images.append(Ordered(path.name, str(path), uploaded=False))
        listed = [image._asdict() for image in images]
        order = {"bundle": bundle, "images": listed, "ordered": now / 1e9, **more}
        write_whole(unfinished / "order.json", json.dumps(order).encode())
        return Job(unfinished.rename(self.folder / "jobs" / job_id))

    @property
    def wanted(self) -> str:
        """The bundle that somebody looks at."""
        with suppress(FileNotFoundError):
            return (self.folder / "wanted").read_text(encoding="utf-8")
        return ""

    def want(self, bundle: str) -> None:
        """Ask the worker to say what it knows of a bundle before it does of others."""
        if self.wanted != bundle:
            write_whole(self.folder / "wanted", bundle.encode(errors="replace"))

    def ahead_of(self, job: Job) -> int:
        """How many other jobs have images to be answered."""
        return sum(other.id != job.id for other in self.unfinished)

    def sweep(self) -> None:
        """Delete jobs that ended long ago, and the oldest where there are too many."""
        ended = [job for job in self.jobs if job.has_ended]
        too_many = ended[: max(0, len(ended) - MOST_JOBS)]
        for job in ended:
            if job in too_many or time() - float(job.end["at"]) > KEPT_SECONDS:
                forget(job)


def _kept_uploads(folder: Path, uploads: Sequence[Upload]) -> list[Ordered]:
    """Put uploads into a job's folder, under names of our own."""
    images = []
    for number, upload in enumerate(uploads):
        file = f"{UPLOADS}/{number:04}{ending_of(upload.name)}"
        (folder / file).write_bytes(upload.content)
        images.append(Ordered(upload.name[:LONGEST_NAME], file))
    return images


def forget(job: Job) -> None:
    """Delete a job and all that is known of its images."""
    shutil.rmtree(job.folder, ignore_errors=True)


def ending_of(name: str) -> str:
    """The ending of a file's name if it is one that images have: it says how files are read, and what is refused.

    >>> ending_of("../../etc/x.PNG"), ending_of("x.svs"), ending_of("x.php")
    ('.png', '.svs', '.unknown')
    """
    ending = "." + name.rpartition(".")[2].lower()
    return ending if ending in SUFFIXES + SLIDES + RAW else NO_ENDING
