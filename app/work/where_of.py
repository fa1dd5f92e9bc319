"""Where in an image the models see what, and the training images nearest to it: made by the worker, shown by the page.

What is said of an image: `copies`, the file of a small copy of each neighbour, "" for none; `no_nearest`, why none is
named. Where maps were asked for also `no_map`, why there are none, or `maps` (class, file, share), `window` and
`left_out`.
"""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from app.work.job import PICTURES, Job
from app.work.open_bundles import OpenBundle
from cohort.files.atomic import write_whole
from imaging.errors import HistoboostError, shown
from workflow.answers_csv import Answer

MAP_SIDE = 640  # pixels of the longer side of a map
SCALE = "scale.png"  # the colours from 0 to 1
MOST_MAPS = 9  # classes, the likeliest


def where_of(job: Job, number: int, path: Path, answer: Answer, opened: OpenBundle) -> dict[str, Any]:
    """All that is said of an image of a job; its pictures are put beside."""
    copies = []
    for place, neighbour in enumerate(answer.nearest):
        copies.append(_keep(job, f"{number:04}-near-{place}.jpg", opened.bundle.small_copy(neighbour.reference)))
    said = {"copies": copies, "no_nearest": opened.bundle.why_no_neighbours}
    if job.order.get("maps"):
        said |= _maps(job, number, path, answer, opened)
    return said


def _maps(job: Job, number: int, path: Path, answer: Answer, opened: OpenBundle) -> dict[str, Any]:
    """Evidence maps as files and words."""
    from report.where.map_picture import laid_over, scale_png
    from workflow.where.map_windows import evidence_map

    try:
        evidence = evidence_map(opened.bundle, path, opened.networks, answer.sha256, opened.jobs)
    except HistoboostError as error:
        return {"no_map": str(error).replace(shown(path), answer.image)}
    likeliest = sorted(evidence.classes, key=evidence.share, reverse=True)[:MOST_MAPS]
    maps = []
    for place, name in enumerate(evidence.classes):
        if name in likeliest:
            file = _keep(job, f"{number:04}-map-{place}.jpg", _jpeg(laid_over(evidence, name, MAP_SIDE)))
            maps.append({"class": name, "file": file, "share": evidence.share(name)})
    _keep(job, SCALE, scale_png())
    return {"maps": maps, "window": list(evidence.window), "left_out": list(evidence.left_out)}


def _keep(job: Job, name: str, content: bytes | None) -> str:
    """Put a picture beside the answers of a job; its name, "" where there is none."""
    if content is None:
        return ""
    write_whole(job.folder / PICTURES / name, content)
    return name


def _jpeg(pixels: np.ndarray) -> bytes:
    memory = BytesIO()
    Image.fromarray(pixels).save(memory, format="JPEG", quality=90)
    return memory.getvalue()
