"""One image is measured: its file is read once and decoded once, and every topic takes from that what it needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from sys import intern
from typing import NamedTuple

import numpy as np
from PIL import Image

from cohort.audit.measures.block_artefacts import block_measures
from cohort.audit.measures.container import bytes_per_pixel, format_words, size_measures
from cohort.audit.measures.file_metadata import metadata_measures
from cohort.audit.measures.focus import middle, noise_measures, sharpness_measures
from cohort.audit.measures.glass_and_pen import background_measures
from cohort.audit.measures.grey_levels import broken_range, grey_levels
from cohort.audit.measures.image_colours import colour_histogram, colour_means, level_counts, stain_measures
from cohort.audit.measures.quantisation_tables import jpeg_measures, read_jpeg_stream
from cohort.audit.probe_list import NUMBERS_OF, OF_FILES, WORDS_OF
from imaging.perceptual_hash import perceptual_hash
from imaging.read import content_of, read_header, read_image

LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601, as JPEG has it
TABLES_OF_TIFF = 347  # the tag of a TIFF that holds the tables of its JPEG strips or tiles
DIGITS = 6  # that are kept, so that what is read from a file of measures is what was measured


@dataclass(frozen=True, eq=False)
class ImageMeasures:
    """What is measured of an image's making; the measures of the probes OF_FILES one after the other."""

    numbers: np.ndarray  # (measure,) float64 of DIGITS significant digits, nan where it cannot be known
    words: tuple[str, ...]  # "" where nothing is said
    broken: str  # what is broken about its range, "" where nothing is
    phash: str  # what it looks like, see imaging.perceptual_hash

    @classmethod
    def of(
        cls, numbers: Mapping[str, tuple[float, ...]], words: Mapping[str, tuple[str, ...]], broken: str, phash: str
    ) -> "ImageMeasures":
        """From the numbers and words by key."""
        in_order: list[float] = []
        words_in_order: list[str] = []
        for probe in OF_FILES:
            in_order += numbers.get(probe.key, ())
            words_in_order += words.get(probe.key, ())
        rounded = [float(f"{number:.{DIGITS}g}") for number in in_order]
        return cls(np.array(rounded), tuple(map(intern, words_in_order)), broken, phash)

    def numbers_of(self, key: str) -> np.ndarray:
        """The numbers of one probe, (measure,)."""
        return self.numbers[NUMBERS_OF[key]]

    def words_of(self, key: str) -> tuple[str, ...]:
        """The words of one probe."""
        return self.words[WORDS_OF[key]]


class _Header(NamedTuple):
    """What stands in front of the pixels."""

    format: tuple[str, ...]
    jpeg_numbers: tuple[float, ...]
    jpeg_words: tuple[str, ...]
    metadata_numbers: tuple[float, ...]
    metadata_words: tuple[str, ...]


def measure_image(path: Path, content: bytes = b"") -> ImageMeasures:
    """Measure an image file; raises imaging.read.ImageError. Where the content is given the path is only its name."""
    if not content:
        with content_of(path) as whole:
            return _measured(path, whole)
    return _measured(path, content)


def _measured(path: Path, content: bytes) -> ImageMeasures:
    header = read_header(path, content, lambda picture: _header(content, picture))
    image = read_image(path, content)
    height, width = image.shape[:2]
    counts = level_counts(image)
    levels = grey_levels(image, counts)
    stain, stain_status = stain_measures(image)
    window = middle(image).astype(np.float32)
    luma = window @ LUMA
    blocks, former_quality = block_measures(luma)
    numbers = {
        "rgb_means": colour_means(counts),
        "colour_histogram": colour_histogram(counts),
        "stain": stain,
        "size": size_measures(height, width),
        "bytes": bytes_per_pixel(content, height, width),
        "jpeg": header.jpeg_numbers,
        "blocks": blocks,
        "former_jpeg": (former_quality,),
        "range": levels.range,
        "gaps": levels.gaps,
        "sharpness": sharpness_measures(luma),
        "noise": noise_measures(luma, window[..., 0] - window[..., 2]),
        "background": background_measures(image),
        "metadata": header.metadata_numbers,
    }
    words = {
        "stain": (stain_status,),
        "format": header.format,
        "jpeg": header.jpeg_words,
        "metadata": header.metadata_words,
    }
    return ImageMeasures.of(numbers, words, broken_range(image, levels), perceptual_hash(image))


def _header(content: bytes, picture: Image.Image) -> _Header:
    stream = read_jpeg_stream(_jpeg_part(content, picture))
    jpeg_numbers, jpeg_words = jpeg_measures(stream)
    metadata_numbers, metadata_words = metadata_measures(picture)
    return _Header(format_words(picture, stream.process), jpeg_numbers, jpeg_words, metadata_numbers, metadata_words)


def _jpeg_part(content: bytes, picture: Image.Image) -> bytes:
    """The part of a file with its tables of quantisation; empty where it is not compressed as JPEG is."""
    if picture.format in ("JPEG", "MPO"):
        return content
    tables = getattr(picture, "tag_v2", {}).get(TABLES_OF_TIFF, b"")
    return tables if isinstance(tables, bytes) else b""
