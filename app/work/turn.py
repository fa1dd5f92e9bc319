"""A few images of a job are answered: jobs take turns, so that one with many images keeps nobody waiting for long."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

from joblib import cpu_count

from app.work.answer_record import AnswerRecord
from app.work.job import DONE, FAILED, PICTURES, STOPPED, Job
from app.work.open_bundles import OpenBundle
from app.work.where_of import where_of
from cohort.files.atomic import write_whole
from imaging.errors import shown
from imaging.read import read_image
from imaging.read_errors import ImageError
from report.measures.mistakes import thumbnail
from workflow.answers_csv import Answer

SMALL_SIDE = 320  # pixels of the longer side of the copies that are shown


def take_turn(job: Job, opened: OpenBundle) -> None:
    """Answer the next images of a job, as many as there are cores; end it after the last, or when it is stopped."""
    answered = {record.number for record in job.answers}
    left = [number for number in range(len(job.images)) if number not in answered]
    if job.is_stopped:
        return job.finish(STOPPED)
    numbers = left[: opened.jobs or cpu_count()]
    worked = job.begun.get("seconds", 0.0)
    job.begin(numbers, worked, opened.digest)
    started = perf_counter()
    paths = [job.path_of(number) for number in numbers]
    for number, answer in zip(numbers, opened.answers(paths), strict=True):
        job.add(_record(job, number, answer, opened))
    job.begin([], worked + perf_counter() - started, opened.digest)
    if len(numbers) == len(left):
        job.finish(DONE)


def give_up(job: Job) -> None:
    """Answer the images that a worker was at when it died by saying so; the job goes on with the others."""
    job.mend()
    answered = {record.number for record in job.answers}
    for number in set(job.begun.get("numbers", [])) - answered:
        name = shown(job.images[number].name)
        error = (
            f"{name}: the program that reads images ended while it looked at this one and at most a few others; ask "
            "for it alone, or save it anew as 8-bit RGB"
        )
        job.add(AnswerRecord(number, Answer(name, error=error)))
    job.begin([], job.begun.get("seconds", 0.0), job.begun.get("bundle", ""))


def refuse(job: Job, reason: str) -> None:
    """End a job whose bundle cannot answer."""
    job.finish(FAILED, reason)


def _record(job: Job, number: int, answer: Answer, opened: OpenBundle) -> AnswerRecord:
    """An answer under the image's own name, with a small copy of it beside, and what is said of where."""
    path, name = job.path_of(number), shown(job.images[number].name)
    error = answer.error.replace(shown(path), name)
    answer = replace(answer, image=name, error=error)
    height = width = 0
    where: dict[str, Any] = {}
    if not error:
        with suppress(ImageError):  # it was read a moment ago
            height, width = _keep_copy(job, number, path)
        where = where_of(job, number, path, answer, opened)
    return AnswerRecord(number, answer, height, width, where)


def _keep_copy(job: Job, number: int, path: Path) -> Sequence[int]:
    """Make a small copy of an image; its height and width."""
    image = read_image(path)
    folder = job.folder / PICTURES
    folder.mkdir(exist_ok=True)
    write_whole(folder / f"{number:04}.jpg", thumbnail(image, SMALL_SIDE))
    return image.shape[:2]
