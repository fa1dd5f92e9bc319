"""JPEG compression in memory: at a quality, or with the tables of another file."""

from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image, JpegImagePlugin, UnidentifiedImageError

from imaging.errors import HistoboostError

QUALITIES = (1, 95)  # of libjpeg's scale; above 95 files grow and pictures do not gain


class AlterationError(HistoboostError):
    """An alteration that cannot be made."""


@dataclass(frozen=True)
class JpegTables:
    """How a JPEG file was compressed."""

    quantisation: tuple[tuple[int, ...], ...]  # (table, 64), in the order of rows
    subsampling: int  # of the colour, as Pillow counts: 0 none, 1 halves the width, 2 width and height


def recompress(image: np.ndarray, quality: float) -> np.ndarray:
    """The pixels (h, w, 3) uint8 after JPEG at a quality of libjpeg's scale, its colour halved as libjpeg does.

    Raises AlterationError for a quality that is not in QUALITIES.
    """
    lowest, highest = QUALITIES
    if not lowest <= quality <= highest:
        raise AlterationError(f"a JPEG quality lies in {lowest}..{highest}; got {quality:g}")
    return _through_jpeg(image, quality=round(quality))


def recompress_as(image: np.ndarray, tables: JpegTables) -> np.ndarray:
    """The pixels (h, w, 3) uint8 after JPEG with the tables of another file."""
    quantisation = [list(table) for table in tables.quantisation]
    return _through_jpeg(image, qtables=quantisation, subsampling=tables.subsampling)


def tables_of(content: bytes) -> JpegTables | None:
    """How a file was compressed, from its bytes; None where it is no JPEG."""
    try:
        with Image.open(BytesIO(content), formats=["JPEG"]) as picture:
            quantisation = dict(picture.quantization)  # type: ignore[attr-defined]  # of JPEG alone
            subsampling = JpegImagePlugin.get_sampling(picture)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        return None
    tables = tuple(tuple(int(step) for step in quantisation[number]) for number in sorted(quantisation))
    return JpegTables(tables[:2], max(subsampling, 0))  # -1: grey, or a way that Pillow does not write


def _through_jpeg(image: np.ndarray, **how: Any) -> np.ndarray:
    """Encode and decode."""
    memory = BytesIO()
    Image.fromarray(image).save(memory, "JPEG", **how)
    memory.seek(0)
    with Image.open(memory) as picture:
        return np.asarray(picture.convert("RGB"))
