"""Evidence maps as files, a picture and a table of windows for each image that was answered for."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from unicodedata import normalize

from cohort.files.atomic import write_whole
from cohort.files.spreadsheet import for_spreadsheet
from cohort.predictions import write_table
from imaging.read_errors import ImageError
from report.where.map_picture import map_png
from workflow.answering.describer import AllDescribers
from workflow.answers_csv import Answer
from workflow.where.map_windows import evidence_map

if TYPE_CHECKING:
    from boost.bundle.bundle import Bundle

LONGEST = 40  # characters of an image's name that are kept


@dataclass(frozen=True)
class MapFiles:
    """What became of the map of one image."""

    image: str
    picture: Path | None = None  # a PNG; beside it lies the table of windows, a CSV
    error: str = ""  # why there is none


def write_maps(
    bundle: "Bundle",
    describer: AllDescribers,
    paths: Sequence[Path],
    answers: Sequence[Answer],
    folder: Path,
    raw: bool = False,
    jobs: int = 0,
) -> Iterator[MapFiles]:
    """Write the evidence map of each image that has an answer; `answers` are in the order of `paths`.

    Texts of tables are as they may stand in a spreadsheet, unless they are wanted raw. Raises NoMapError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for number, (path, answer) in enumerate(zip(paths, answers, strict=True), start=1):
        if answer.error:
            continue
        try:
            evidence = evidence_map(bundle, path, describer, answer.sha256, jobs)
        except ImageError as error:
            yield MapFiles(answer.image, error=str(error))
            continue
        picture = folder / f"{map_name(number, path)}.png"
        windows = evidence.table(answer.image)
        write_whole(picture, map_png(evidence, path.name, answer.label, doubts_of(answer)))
        write_table(picture.with_suffix(".csv"), windows if raw else for_spreadsheet(windows))
        yield MapFiles(answer.image, picture)


def doubts_of(answer: Answer) -> list[str]:
    """In sentences, why neither an answer nor its map is to be believed."""
    doubts = []
    if answer.trained_on:
        doubts.append("The models were trained on this very image: believe neither the answer nor its map.")
    if answer.is_outlier:
        doubts.append("The image is unlike the training images: what was measured covers neither answer nor map.")
    return doubts


def map_name(number: int, path: Path) -> str:
    """What the files of an image are called: its row in the answers, and what of its name can stand in any file's name.

    >>> map_name(7, Path("../slides/b 001.tif")), map_name(12, Path("a/.. .png"))
    ('0007-b_001', '0012-image')
    """
    kept = re.sub(r"[^\w-]+", "_", normalize("NFC", path.stem)).strip("_")
    return f"{number:04d}-{kept[:LONGEST] or 'image'}"
