import numpy as np
import pytest

from finetune.pictures.augmentation import AUGMENTATIONS, idc
from imaging.phantom import draw_field


def image():
    return draw_field("benign", "p", 0, 64, 64, 0).image


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_an_altered_image_is_an_image_of_the_same_size_and_its_draws_decide(name):
    alter = AUGMENTATIONS[name]
    first = alter(image(), np.random.default_rng(1))
    again = alter(image(), np.random.default_rng(1))
    other = alter(image(), np.random.default_rng(2))
    assert first.shape == (64, 64, 3)
    assert first.dtype == np.uint8
    assert (first == again).all()
    assert (first == other).all() == (name == "none")


def test_the_original_is_left_as_it_was():
    original = image()
    kept = original.copy()
    for alter in AUGMENTATIONS.values():
        alter(original, np.random.default_rng(3))
    assert (original == kept).all()


class Middle:
    """Draws the middle of every range, and no flip."""

    def uniform(self, low, high, count=None):
        middle = (low + high) / 2
        return middle if count is None else np.full(count, middle)

    def random(self):
        return 1.0


def test_without_rotation_shift_and_zoom_nothing_moves():
    assert (idc(image(), Middle()) == image()).all()


def test_a_shift_moves_the_image_and_repeats_its_border():
    class Down(Middle):
        def uniform(self, low, high, count=None):
            return np.array([0.25, 0.0]) if count == 2 and high == 0.1 else super().uniform(low, high, count)

    moved = idc(image(), Down())
    assert (moved[:48] == image()[16:]).all()
    assert (moved[48:] == image()[63]).all()
