import numpy as np
import pytest
from scipy.ndimage import uniform_filter1d

from finetune.pictures import nct_alterations
from finetune.pictures.nct_alterations import BELLS, blurred, coloured, nct, noisy


def image(side=20):
    return np.random.default_rng(2).uniform(0.3, 0.7, (side, side, 3)).astype(np.float32)


def rng(seed):
    return np.random.default_rng(seed)


def test_noise_is_gaussian_or_uniform_and_keeps_to_its_ranges():
    spreads = []
    for seed in range(60):
        added = noisy(image(40), rng(seed)) - image(40)
        is_uniform = abs(added).max() < 2 * added.std()
        spreads.append((is_uniform, added.std()))
    uniform = [spread for is_uniform, spread in spreads if is_uniform]
    gaussian = [spread for is_uniform, spread in spreads if not is_uniform]
    assert 15 < len(uniform) < 45
    assert min(uniform) > 0.02 / 3**0.5 * 0.95
    assert max(uniform) < 0.15 / 3**0.5 * 1.05
    assert min(gaussian) > 0.01 * 0.95
    assert max(gaussian) < 0.2 * 1.05


def test_colours_are_shifted_and_then_stretched_channel_by_channel():
    for seed in range(20):
        altered = coloured(image(), rng(seed))
        for channel in range(3):
            gain, constant = np.polyfit(image()[..., channel].ravel(), altered[..., channel].ravel(), 1)
            assert 0.85 <= gain <= 1.15
            assert abs(constant / gain) <= 0.15 + 1e-4


@pytest.mark.parametrize("size", BELLS)
def test_bells_are_symmetric_and_keep_the_mean(size):
    weights = BELLS[size]
    assert len(weights) == size
    assert sum(weights) == 1
    assert weights == weights[::-1]


def test_a_blur_is_a_box_or_a_bell_along_each_axis():
    class Drawn:
        def __init__(self, box, sizes):
            self.box, self.sizes = box, sizes

        def random(self):
            return 0.0 if self.box else 0.9

        def choice(self, *_):
            return np.array(self.sizes)

    box = blurred(image(), Drawn(True, (3, 5)))
    by_hand = uniform_filter1d(uniform_filter1d(image(), 3, 0, mode="mirror"), 5, 1, mode="mirror")
    np.testing.assert_allclose(box, by_hand, atol=1e-6)
    bell = blurred(image(), Drawn(False, (3, 1)))
    np.testing.assert_allclose(bell[1:-1], (image()[:-2] + 2 * image()[1:-1] + image()[2:]) / 4, atol=1e-6)
    assert (blurred(image(), Drawn(True, (1, 1))) == image()).all()


def test_each_part_is_drawn_as_often_as_published(monkeypatch):
    counts = dict.fromkeys(("noisy", "coloured", "blurred"), 0)

    def counting(name):
        def count(altered, _):
            counts[name] += 1
            return altered

        return count

    for name in counts:
        monkeypatch.setattr(nct_alterations, name, counting(name))
    pixels = (255 * image(4)).astype(np.uint8)
    flips = set()
    for seed in range(1000):
        altered = nct(pixels, rng(seed))
        flips.add(altered.tobytes())
    assert len(flips) == 4  # as it is, each flip, both
    for name, share in (("noisy", 0.3), ("coloured", 0.9), ("blurred", 0.3)):
        assert abs(counts[name] / 1000 - share) < 0.05


def test_what_is_too_bright_is_clipped_at_the_end():
    white = np.full((8, 8, 3), 255, np.uint8)
    for seed in range(20):
        assert nct(white, rng(seed)).dtype == np.uint8
