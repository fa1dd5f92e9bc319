"""Where in an image the models see what: made by the worker where it is asked for, shown by the page."""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from app.work.job import PICTURES, Job
from app.work.open_bundles import OpenBundle
from cohort.files.atomic import write_whole
from imaging.errors import HistoboostError
from workflow.answers_csv import Answer

MAP_SIDE = 640  # pixels of the longer side of a map
SCALE = "scale.png"  # the colours from 0 to 1
MOST_MAPS = 9  # classes, the likeliest


def where_of(job: Job, number: int, path: Path, answer: Answer, opened: OpenBundle) -> dict[str, Any]:
    """Evidence maps of an image of a job, as files and words; why there are none, where that is so."""
    from report.where.map_picture import laid_over, scale_png
    from workflow.where.map_windows import evidence_map

    try:
        evidence = evidence_map(opened.bundle, path, opened.networks, answer.sha256, opened.jobs)
    except HistoboostError as error:
        return {"no_map": str(error)}
    likeliest = sorted(evidence.classes, key=evidence.share, reverse=True)[:MOST_MAPS]
    maps = []
    for place, name in enumerate(evidence.classes):
        if name in likeliest:
            file = f"{number:04}-{place}.jpg"
            write_whole(job.folder / PICTURES / file, _jpeg(laid_over(evidence, name, MAP_SIDE)))
            maps.append({"class": name, "file": file, "share": evidence.share(name)})
    write_whole(job.folder / PICTURES / SCALE, scale_png())
    return {"maps": maps, "window": list(evidence.window), "left_out": list(evidence.left_out)}


def _jpeg(pixels: np.ndarray) -> bytes:
    memory = BytesIO()
    Image.fromarray(pixels).save(memory, format="JPEG", quality=90)
    return memory.getvalue()
