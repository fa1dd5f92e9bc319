"""Laws of resizing crops: as Pillow does, antialiased, whichever device does it."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from PIL import Image

from featurize.protocol import INTERPOLATIONS
from featurize.resizing import RESAMPLING, _on_device, resize_crops, resize_square
from imaging.phantom import draw_field


@pytest.fixture(scope="module", params=["tissue", "noise"])
def crops(request):
    """Two crops of synthetic tissue, or the hardest there is: every pixel for itself. (2, 60, 60, 3)."""
    if request.param == "noise":
        return torch.from_numpy(np.random.default_rng(0).integers(0, 256, (2, 60, 60, 3), dtype=np.uint8))
    field = draw_field("invasive", "p", 0, 60, 120, seed=0).image
    return torch.from_numpy(np.stack([field[:, :60], field[:, 60:]]))


@pytest.mark.parametrize("way", [resize_crops, _on_device])
@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
@pytest.mark.parametrize("side", [14, 47, 60, 133])
def test_resizing_is_pillows_to_one_grey_level(way, interpolation, side, crops):
    found = way(crops, side, interpolation)
    assert found.dtype == torch.uint8 and found.shape == (2, side, side, 3) and found.is_contiguous()
    for crop, resized in zip(crops.numpy(), found.numpy(), strict=True):
        expected = np.asarray(Image.fromarray(crop).resize((side, side), RESAMPLING[interpolation]))
        assert np.abs(resized.astype(int) - expected.astype(int)).max() <= (1 if way is _on_device else 0)


def test_crops_of_the_size_asked_for_are_those_crops(crops):
    assert resize_crops(crops, 60, "bilinear") is crops
    square = crops[0].numpy()
    assert resize_square(square, 60, "bicubic") is square
    assert RESAMPLING.keys() == set(INTERPOLATIONS)


def test_a_wide_image_becomes_a_square(crops):
    wide = crops.reshape(60, 120, 3).numpy()
    assert_array_equal(resize_square(wide, 30, "bicubic"), np.asarray(Image.fromarray(wide).resize((30, 30))))
