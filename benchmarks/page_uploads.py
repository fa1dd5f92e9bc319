"""Two hundred uploads to the page, of which forty are broken, huge or hostile: every answer right, the memory flat.

    python -m benchmarks.page_uploads BUNDLE IMAGES [--weights FOLDER] [--uploads 200]

BUNDLE is the path of a bundle's file, IMAGES a folder of images that can be read. They are put into the private folder
as the page puts them, a few at a time, and answered by the page's worker in a process of its own. An answer is right
where it is that of `predict` for the same file, or an error for a file that is meant ill.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from time import perf_counter, sleep

import numpy as np
import psutil
from PIL import Image

from app.app_settings import AppSettings
from app.work.answer_record import AnswerRecord
from app.work.job import Job
from app.work.open_bundles import OpenBundles
from app.work.spool import Spool, Upload
from app.work.supervise import WORKER, end, private_folder, start
from benchmarks.hostile import images as hostile_images
from cohort.layouts.tree import files_like_images
from workflow.answers_csv import Answer

AT_ONCE = 10  # uploads in an order
ILL = 5  # one upload in so many is meant ill


def ill_meant(good: bytes) -> list[Upload]:
    """Uploads that cannot be answered, each of another kind."""
    rng = np.random.default_rng(0)
    _, bomb, scans, _, strip = hostile_images()  # the two others are large, and can be read
    uploads = [
        Upload("bomb.png", bomb),
        Upload("scans.jpg", scans),
        Upload("strip.png", strip),
        Upload("empty.png", b""),
        Upload("text.jpg", b"no image"),
        Upload("page.html", b"<script>alert(1)</script>"),
        Upload("cut.jpg", good[: len(good) // 2]),
        Upload("../../../etc/passwd", b"root"),
        Upload("slide.svs", good),
        Upload("noise.tif", b"II*\0" + rng.bytes(5000)),
        Upload("archive.png", b"PK\3\4" + rng.bytes(500)),
        Upload("tiny.png", _saved(Image.new("RGB", (9, 9)))),
        Upload("deep.png", _saved(Image.new("I;16", (500, 500)))),
        Upload("nothing.png", _saved(Image.new("RGBA", (500, 500), (0, 0, 0, 0)))),
    ]
    return uploads


def _saved(picture: Image.Image) -> bytes:
    picture.save(memory := BytesIO(), "PNG")
    return memory.getvalue()


def uploads_of(paths: Sequence[Path], count: int) -> Iterator[Upload]:
    """So many uploads in turn: images, and now and then one that is meant ill."""
    ill = ill_meant(paths[0].read_bytes())
    for number in range(count):
        if number % ILL == ILL - 1:
            yield ill[number // ILL % len(ill)]
        else:
            path = paths[number % len(paths)]
            yield Upload(f"good {path.name}", path.read_bytes())


def answered(job: Job, worker: psutil.Popen) -> list[AnswerRecord]:
    """Wait for the answers of a job."""
    while not job.end:
        assert worker.poll() is None, "the worker died"
        sleep(0.02)
    return sorted(job.answers, key=lambda record: record.number)


def is_right(upload: Upload, answer: Answer, expected: dict[str, Answer]) -> bool:
    """Whether an answer is that of `predict`, or the error that an ill-meant upload deserves."""
    if not upload.name.startswith("good "):
        return bool(answer.error) and not answer.label
    wanted = expected[answer.sha256]
    return replace(answer, image=wanted.image, seconds=wanted.seconds) == wanted


def main() -> None:
    """Upload, check, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("images", type=Path)
    parser.add_argument("--weights")
    parser.add_argument("--uploads", type=int, default=200)
    asked = parser.parse_args()
    paths = files_like_images(asked.images)[:20]
    with private_folder() as folder:
        settings = AppSettings(folder, models=asked.bundle.parent.resolve(), weights=asked.weights, offline=True)
        bundles = OpenBundles(settings)
        expected = {answer.sha256: answer for answer in bundles.get(asked.bundle.stem).answers(paths)}
        settings.write()
        worker = start(WORKER, settings)
        try:
            run(Spool(folder), asked.bundle.stem, list(uploads_of(paths, asked.uploads)), worker, expected)
        finally:
            end([worker])


def run(spool: Spool, bundle: str, uploads: list[Upload], worker: psutil.Popen, expected: dict[str, Answer]) -> None:
    """Order the uploads, a few at a time, and hold every answer against what it should be."""
    process = psutil.Process(worker.pid)
    wrong, memory = 0, []
    started = perf_counter()
    for first in range(0, len(uploads), AT_ONCE):
        some = uploads[first : first + AT_ONCE]
        job = spool.order(bundle, some)
        for upload, record in zip(some, answered(job, worker), strict=True):
            if not is_right(upload, record.answer, expected):
                wrong += 1
                print(f"wrong: {upload.name[:60]}: {record.answer}", file=sys.stderr)
        assert not list((job.folder / "uploads").iterdir()), "an upload was left"
        memory.append(process.memory_info().rss / 2**20)
    seconds = perf_counter() - started
    ill = sum(not upload.name.startswith("good ") for upload in uploads)
    third = len(memory) // 3 or 1
    print(f"{len(uploads)} uploads, {ill} of them meant ill, in {seconds:.0f} s: {wrong} wrong")
    print(
        f"MiB of the worker after a third {memory[third - 1]:.0f}, after all {memory[-1]:.0f}, most {max(memory):.0f}"
    )
    one = [upload for upload in uploads if upload.name.startswith("good ")][:4]
    times = []
    for upload in one:
        began = perf_counter()
        answered(spool.order(bundle, [upload]), worker)
        times.append(perf_counter() - began)
    print(f"one image by itself, from the order to the answer: {', '.join(f'{time:.2f}' for time in times)} s")


if __name__ == "__main__":
    main()
