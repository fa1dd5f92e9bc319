"""How a JPEG stream was compressed: its quantisation tables, the quality that libjpeg calls them, its subsampling.

A TIFF may hold such streams too. Nothing that a stream says of lengths is trusted: it is bytes, and slices of bytes end
where these do.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np

START, TABLES, SCAN = b"\xff\xd8", 0xDB, 0xDA
FRAMES = {0xC0: "baseline", 0xC1: "extended", 0xC2: "progressive", 0xC3: "lossless"}
BESIDE = (*range(0xE0, 0xF0), 0xFE)  # what programs add, such as EXIF
MOST_SEGMENTS, MOST_LAYOUT = 1000, 16
# ITU-T T.81 Annex K.1: the tables for luminance and chrominance that libjpeg scales, row by row
LUMA = np.array([
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56,
    14, 17, 22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
])  # fmt: skip
CHROMA = np.array([
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99,
    47, 66, 99, 99, 99, 99, 99, 99, *[99] * 32,
])  # fmt: skip
_ROW, _COLUMN = np.divmod(np.arange(64), 8)
# (64,): where in a block, row by row, the n-th coefficient of a stream stands
ZIGZAG = np.lexsort((np.where((_ROW + _COLUMN) % 2, _ROW, _COLUMN), _ROW + _COLUMN))
QUALITIES = np.arange(1, 101)


@dataclass(frozen=True)
class JpegStream:
    """What the headers of a JPEG stream say."""

    tables: tuple[tuple[int, ...], ...]  # of quantisation, row by row, in the order of their numbers
    sampling: str  # of each component, as in "2x2 1x1 1x1"; "" where no frame is described
    process: str  # "baseline", "progressive" ...; "" where no frame is described
    layout: str = (
        ""  # kinds of the segments that a decoder needs, in order: programs divide tables in ways of their own
    )

    @property
    def digest(self) -> str:
        """A name for the tables; "" without any."""
        return sha256(repr(self.tables).encode()).hexdigest()[:8] if self.tables else ""


def read_jpeg_stream(content: bytes) -> JpegStream:
    """The tables and frame of a JPEG stream, or of the tables of a TIFF, up to its first scan; never raises."""
    tables: dict[int, tuple[int, ...]] = {}
    sampling = process = ""
    layout = []
    for kind, segment in _segments(content):
        if kind not in BESIDE:
            layout.append(f"{kind:02x}")
        if kind == TABLES:
            tables |= _read_tables(segment)
        elif kind in FRAMES:
            process = FRAMES[kind]
            sampling = _sampling(segment)
    in_order = tuple(tables[number] for number in sorted(tables))
    return JpegStream(in_order, sampling, process, " ".join(layout[:MOST_LAYOUT]))


def _sampling(frame: bytes) -> str:
    """How often each component of a frame is sampled, across and down."""
    if len(frame) < 6:
        return ""
    components = frame[6 : 6 + 3 * min(frame[5], 4)]
    return " ".join(f"{factors >> 4}x{factors & 15}" for factors in components[1::3])


def _segments(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Kind and content of the segments in front of the first scan."""
    at = 2 if content.startswith(START) else 0
    for _ in range(MOST_SEGMENTS):
        at = content.find(b"\xff", at)
        if at < 0 or at + 4 > len(content) or content[at + 1] == SCAN:
            return
        kind = content[at + 1]
        if kind in (0, 1, 0xFF) or 0xD0 <= kind <= 0xD9:  # no segment, or one without content
            at += 1 if kind == 0xFF else 2
            continue
        length = int.from_bytes(content[at + 2 : at + 4])
        yield kind, content[at + 4 : at + 2 + length]
        at += 2 + max(length, 2)


def _read_tables(segment: bytes) -> dict[int, tuple[int, ...]]:
    """The whole tables of a segment by number; values of 8 or 16 bits, in zigzag order."""
    tables = {}
    at = 0
    while at < len(segment):
        wide, number = segment[at] >> 4, segment[at] & 15
        size = 128 if wide else 64
        values = segment[at + 1 : at + 1 + size]
        if len(values) < size:
            break
        table = np.empty(64, int)
        table[ZIGZAG] = np.frombuffer(values, ">u2" if wide else "u1")
        tables[number] = tuple(table.tolist())
        at += 1 + size
    return tables


def libjpeg_tables(standard: np.ndarray) -> np.ndarray:
    """The table (64,) that libjpeg makes of a standard one for each of QUALITIES, (100, 64): jcparam.c, 8 bits."""
    scale = np.where(QUALITIES < 50, 5000 // QUALITIES, 200 - 2 * QUALITIES)
    return ((standard * scale[:, None] + 50) // 100).clip(1, 255)


_LUMA_TABLES, _CHROMA_TABLES = libjpeg_tables(LUMA), libjpeg_tables(CHROMA)


def libjpeg_quality(table: Sequence[int], of_chroma: bool = False) -> tuple[int, float]:
    """The quality whose libjpeg table is nearest to (64,), and the mean distance from it, 0 where it is that table."""
    distances = np.abs((_CHROMA_TABLES if of_chroma else _LUMA_TABLES) - np.asarray(table)).mean(axis=1)
    best = 99 - int(distances[::-1].argmin())  # the highest of several
    return int(QUALITIES[best]), float(distances[best])


def jpeg_measures(stream: JpegStream) -> tuple[tuple[float, ...], tuple[str, ...]]:
    """Qualities of luma and chroma, distance from libjpeg's tables, pixels to a colour sample; words for the same."""
    if not stream.tables:
        return (np.nan,) * 4, ("", "", "")
    quality, distance = libjpeg_quality(stream.tables[0])
    chroma = libjpeg_quality(stream.tables[1], of_chroma=True)[0] if len(stream.tables) > 1 else quality
    return (quality, chroma, distance, _subsampling(stream.sampling)), (
        stream.digest,
        f"{stream.sampling} {stream.process}".strip(),
        stream.layout,
    )


def _subsampling(sampling: str) -> float:
    """How many pixels share a sample of colour; nan where it is not said or grey."""
    areas = [int(factors[0]) * int(factors[-1]) for factors in sampling.split() if len(factors) == 3]
    return areas[0] / areas[1] if len(areas) >= 3 and areas[1] else np.nan
