"""Laws of altered images: what leaves them alone, what comes back, and OpenCV's scale of hue."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from imaging.alter.alterations import ALTERATIONS, alter
from imaging.alter.geometry import magnify, rotate
from imaging.alter.hue import from_hsv, shift_hue, to_hsv
from imaging.alter.light import brighten, range_of, stretch, to_range
from imaging.alter.optics import blur, noise, resolution
from imaging.alter.recompression import AlterationError, recompress, recompress_as, tables_of
from imaging.phantom import draw_field


@pytest.fixture(scope="module")
def image():
    return draw_field("invasive", "p0", 0, 90, 120, seed=3).image


def random_colours(shape=(64, 64, 3)):
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


@pytest.mark.parametrize("key", ALTERATIONS)
def test_every_alteration_gives_an_image_and_the_same_one_again(key, image):
    alteration = ALTERATIONS[key]
    assert set(alteration.few) <= set(alteration.values) == set(sorted(alteration.values))
    before = image.copy()
    for value in alteration.values:
        altered = alter(image, key, value, "a.png")
        assert altered.dtype == np.uint8 and sorted(altered.shape) == sorted(image.shape)
        assert_array_equal(altered, alter(image, key, value, "a.png"))
    assert_array_equal(image, before)


@pytest.mark.parametrize("key", [key for key, alteration in ALTERATIONS.items() if alteration.neutral is not None])
def test_the_neutral_value_leaves_an_image_alone(key, image):
    altered = alter(image, key, ALTERATIONS[key].neutral, "a.png")
    assert np.abs(altered.astype(int) - image).max() <= 1


def test_an_unknown_alteration_is_refused(image):
    with pytest.raises(KeyError, match="known: jpeg"):
        alter(image, "sepia", 1, "a.png")


def test_noise_follows_from_the_name_and_grows_with_its_strength(image):
    weak, strong = (alter(image, "noise", value, "a.png").astype(int) - image for value in (5, 10))
    inside = (image > 60) & (image < 195)  # where nothing is clipped
    assert np.abs(strong - 2 * weak)[inside].max() <= 2
    assert (alter(image, "noise", 5, "b.png") != alter(image, "noise", 5, "a.png")).any()
    drawn = noise(np.full((200, 200, 3), 128, np.uint8), 10, np.random.default_rng(1))
    assert abs(drawn.std() - 10) < 0.2 and abs(drawn.mean() - 128) < 0.2


def test_hue_is_that_of_opencv():
    cv2 = pytest.importorskip("cv2")
    colours = random_colours()
    theirs = cv2.cvtColor(colours, cv2.COLOR_RGB2HSV).astype(int)
    ours = to_hsv(colours).astype(int)
    apart = np.abs(ours - theirs)
    apart[:, :, 0] = np.minimum(apart[:, :, 0], 180 - apart[:, :, 0])
    assert apart.max() <= 1
    back = cv2.cvtColor(theirs.astype(np.uint8), cv2.COLOR_HSV2RGB).astype(int)
    assert np.abs(from_hsv(theirs.astype(np.uint8)).astype(int) - back).max() <= 1


def test_hue_of_the_pure_colours():
    pure = np.array([[[255, 0, 0], [255, 255, 0], [0, 255, 0], [0, 255, 255], [0, 0, 255], [255, 0, 255]]], np.uint8)
    assert to_hsv(pure)[0, :, 0].tolist() == [0, 30, 60, 90, 120, 150]
    assert_array_equal(from_hsv(to_hsv(pure)), pure)
    assert_array_equal(shift_hue(pure, 30, wrapped=True), np.roll(pure, -1, axis=1))
    assert shift_hue(pure, 60, wrapped=False)[0, -1].tolist() == from_hsv(np.array([[[179, 255, 255]]]))[0, 0].tolist()


def test_a_whole_number_shifts_hue_as_a_real_one():
    colours = random_colours()
    for shift in (-20, 20, 120):
        for wrapped in (False, True):
            assert_array_equal(shift_hue(colours, shift, wrapped), shift_hue(colours, float(shift), wrapped))


def test_there_and_back_through_hsv_is_near():
    colours = random_colours()
    assert np.abs(from_hsv(to_hsv(colours)).astype(int) - colours).max() <= 5  # 180 hues are few


def test_jpeg_tables_of_a_file_compress_as_it_was(image):
    from io import BytesIO

    from PIL import Image

    Image.fromarray(image).save(memory := BytesIO(), "JPEG", quality=37)
    tables = tables_of(memory.getvalue())
    assert_array_equal(recompress_as(image, tables), recompress(image, 37))
    Image.fromarray(image).save(png := BytesIO(), "PNG")
    assert tables_of(png.getvalue()) is None and tables_of(b"") is None
    Image.fromarray(image[:, :, 0]).save(grey := BytesIO(), "JPEG", quality=37)
    assert np.abs(recompress_as(image, tables_of(grey.getvalue())).astype(int) - image).mean() < 20


@pytest.mark.parametrize("quality", [0, 96, -5])
def test_a_quality_beyond_the_scale_is_refused(image, quality):
    with pytest.raises(AlterationError, match=r"1\.\.95"):
        recompress(image, quality)


def test_a_lower_quality_is_further_away(image):
    errors = [np.mean((recompress(image, quality).astype(int) - image) ** 2) for quality in (20, 40, 60, 80, 95)]
    assert errors == sorted(errors, reverse=True)


def test_quarters_move_pixels_and_four_of_them_are_none(image):
    turned = image
    for _ in range(4):
        turned = rotate(turned, 90)
    assert_array_equal(turned, image)
    assert rotate(image, 90).shape == (120, 90, 3)
    assert_array_equal(rotate(rotate(image, -90), 90), image)


def test_a_turned_image_keeps_its_size_and_has_no_black_corners(image):
    pale = np.full((50, 80, 3), 200, np.uint8)
    assert_array_equal(rotate(pale, 33), pale)
    assert rotate(image, 45).shape == image.shape
    middle = np.s_[35:55, 50:70]
    turned = rotate(image, 20)
    apart, apart_again = (np.abs(one.astype(int) - image)[middle].mean() for one in (turned, rotate(turned, -20)))
    assert apart_again < apart


def test_magnification_shows_the_centre():
    image = np.zeros((80, 60, 3), np.uint8)
    image[20:60, 15:45] = 255
    assert magnify(image, 2).min() == 255
    smaller = magnify(np.full((80, 61, 3), 90, np.uint8), 0.5)
    assert smaller.shape == (80, 61, 3) and np.all(smaller == 90)


def test_blur_and_lost_resolution_smooth(image):
    for smooth in (blur(image, 2), resolution(image, 0.5)):
        assert smooth.std() < image.std() and abs(smooth.mean() - image.mean()) < 1
    assert np.all(blur(np.full((9, 9, 3), 77, np.uint8), 3) == 77)


def test_light_is_clipped_and_a_range_can_be_taken_over(image):
    assert brighten(image, 10).max() == 255
    assert len(np.unique(stretch(image, -0.2))) < len(np.unique(image))
    squeezed = stretch(image, -0.2)
    again = to_range(image, range_of(squeezed))
    assert np.abs(again.astype(int) - squeezed).mean() < 2
    flat = np.full((8, 8, 3), 31, np.uint8)
    assert_array_equal(to_range(flat, range_of(image)), flat)
