"""An image is measured by its content alone, in whatever format; hostile files are refused as elsewhere."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cohort.audit.measure_image import ImageMeasures, measure_image
from cohort.audit.probe_list import NUMBERS_OF, OF_FILES, WORDS_OF
from imaging.phantom import draw_field
from imaging.read import ImageError

FORMATS = {"PNG": {}, "TIFF": {"compression": "jpeg", "quality": 80}, "JPEG": {}, "BMP": {}, "WEBP": {}, "GIF": {},
           "JPEG2000": {}}  # fmt: skip


def encoded(image, format="PNG", **options):
    Image.fromarray(image).save(file := BytesIO(), format, **options)
    return file.getvalue()


@pytest.fixture(scope="module")
def field():
    return draw_field("benign", "p1", 0, 64, 72, 0).image


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_gives_every_measure(field, format):
    measures = measure_image(Path("a"), encoded(field, format, **FORMATS[format]))
    for probe in OF_FILES:
        assert len(measures.numbers_of(probe.key)) == len(probe.numbers)
        assert len(measures.words_of(probe.key)) == len(probe.words)
    assert tuple(measures.numbers_of("size")[:2]) == (64, 72)
    assert measures.words_of("format")[0] == format
    np.testing.assert_allclose(measures.numbers_of("rgb_means"), field.mean(axis=(0, 1)), atol=4)


def test_a_jpeg_in_a_tiff_has_its_tables(field):
    measures = measure_image(Path("a.tif"), encoded(field, "TIFF", compression="jpeg", quality=80))
    assert measures.numbers_of("jpeg")[0] == 80


def test_names_do_not_matter_and_a_file_is_measured_as_its_content(field, tmp_path):
    content = encoded(field)
    (tmp_path / "a.png").write_bytes(content)
    one, other = measure_image(tmp_path / "a.png"), measure_image(Path("elsewhere/b"), content)
    np.testing.assert_array_equal(one.numbers, other.numbers)
    assert (one.words, one.phash, one.broken) == (other.words, other.phash, other.broken)


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (7, 9)])
@pytest.mark.parametrize("value", [0, 128, 255])
def test_tiny_and_blank_images_are_measured(shape, value):
    measures = measure_image(Path("a"), encoded(np.full((*shape, 3), value, np.uint8)))
    assert np.isfinite(measures.numbers_of("rgb_means")).all()


def test_measures_are_kept_to_six_digits():
    measures = ImageMeasures.of({"rgb_means": (1 / 3, 2 / 3, 1e-9 / 3)}, {}, "", "")
    assert measures.numbers.tolist() == [0.333333, 0.666667, 3.33333e-10]
    assert NUMBERS_OF["rgb_means"].start == 0 and len(WORDS_OF) == len(OF_FILES)


def test_mangled_files_are_refused_or_measured(field):
    rng = np.random.default_rng(0)
    for format, options in FORMATS.items():
        content = encoded(field, format, **options)
        for _ in range(6):
            mangled = np.frombuffer(content, np.uint8).copy()
            mangled[rng.integers(0, min(len(mangled), 400), 4)] = rng.integers(0, 256, 4)
            try:
                measure_image(Path("a"), mangled.tobytes())
            except ImageError as error:
                assert "a" in str(error)
