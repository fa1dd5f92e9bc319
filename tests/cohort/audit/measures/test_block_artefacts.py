"""JPEG compression is seen in the pixels, whatever they are kept in, and not where there was none."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from cohort.audit.measures.block_artefacts import block_measures
from imaging.phantom import draw_field


@pytest.fixture(scope="module")
def field():
    return draw_field("benign", "p1", 0, 136, 144, 0).image


def luma(image):
    return image.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)


def compressed(image, **options):
    """The pixels after they were a JPEG file."""
    Image.fromarray(image).save(file := BytesIO(), "JPEG", **options)
    return np.asarray(Image.open(file).convert("RGB"))


@pytest.mark.parametrize("quality", [50, 60, 75, 85])
@pytest.mark.parametrize("subsampling", [0, 2])
def test_the_quality_of_a_former_jpeg_is_estimated(field, quality, subsampling):
    _, found = block_measures(luma(compressed(field, quality=quality, subsampling=subsampling)))
    assert found == pytest.approx(quality, abs=5)


def test_blocks_that_were_cut_are_found_where_they_begin_now(field):
    cut = compressed(field, quality=60)[3:, 5:]
    (columns, rows, columns_of_any, rows_of_any), quality = block_measures(luma(cut))
    assert min(columns_of_any, rows_of_any) > 0.3 > max(abs(columns), abs(rows))
    assert quality == pytest.approx(60, abs=5)


def test_nothing_is_seen_where_nothing_was_compressed(field):
    turned = np.rot90(field)
    for image in (field, turned, np.clip(field * 1.2, 0, 255).astype(np.uint8)):
        breaks, quality = block_measures(luma(image))
        assert max(map(abs, breaks)) < 0.25
        assert quality == 100


def test_where_there_is_nothing_to_compress_it_is_not_known():
    for image in (np.full((64, 64, 3), 200, np.uint8), compressed(np.full((64, 64, 3), 200, np.uint8), quality=50)):
        assert np.isnan(block_measures(luma(image))[1])


def test_an_image_of_less_than_two_blocks_says_nothing(field):
    breaks, quality = block_measures(luma(field[:15]))
    assert np.isnan([*breaks, quality]).all()
