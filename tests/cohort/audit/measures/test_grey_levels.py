"""What a range that was handled wrong leaves behind, and what tissue, glass and borders do not."""

import numpy as np
import pytest

from cohort.audit.measures.grey_levels import broken_range, grey_levels
from cohort.audit.measures.image_colours import level_counts
from imaging.phantom import draw_field


@pytest.fixture(scope="module")
def field():
    return draw_field("benign", "p1", 0, 128, 160, 0).image


def levels_of(values):
    image = np.asarray(values).round().clip(0, 255).astype(np.uint8)
    return image, grey_levels(image, level_counts(image))


def fault(values):
    return broken_range(*levels_of(values))


def test_a_sound_range_has_nothing_to_say(field):
    image, levels = levels_of(field)
    assert broken_range(image, levels) == ""
    assert levels.holes[:, 0].max() < 0.05
    assert levels.jumps == 0
    assert levels.range[2] == pytest.approx(np.percentile(field[..., 0], 0.5), abs=1)


def test_shares_at_either_end_are_counted():
    half = np.zeros((10, 10, 3))
    half[:5] = 255
    _, levels = levels_of(half)
    np.testing.assert_allclose(levels.ends[:, :2], 0.5)


@pytest.mark.parametrize("gain", [1.3, 1.7, 2.0])
def test_a_stretched_range_has_as_many_gaps_as_it_was_stretched(field, gain):
    stretched = (field - field.mean()) * gain + field.mean()
    _, levels = levels_of(stretched)
    assert levels.holes[:, 0].max() == pytest.approx(1 - 1 / gain, abs=0.1)
    assert "never met" in fault(stretched)


def test_a_squeezed_range_is_combed_without_gaps(field):
    _, levels = levels_of(field * 0.8)
    assert levels.holes[:, 0].max() < 0.05
    assert levels.holes[:, 1].min() > 0.15


def test_levels_that_ran_over_jump(field):
    assert "jump" in fault((field + 60.0) % 256)


def test_channels_cut_off_are_named(field):
    assert "of red is cut off at 0" in fault(np.where([True, False, False], field - 200.0, field))
    assert "of blue is cut off at 255" in fault(np.where([False, False, True], field + 150.0, field))


def test_other_faults_are_named(field):
    assert "brighter than" in fault(field * 0.3)
    assert "span" in fault(field * 0.05 + 120)
    assert "never met" in fault(field // 32 * 32)


def test_glass_borders_and_drawings_are_not_broken(field):
    bordered = field.copy()
    bordered[:64] = 0
    drawn = np.full((96, 96, 3), 200.0) + np.random.default_rng(0).normal(0, 6, (96, 96, 3))
    for number in range(12):  # flat discs, whose levels have no neighbours
        drawn[8 * number : 8 * number + 6, 20:30] = 60 + 5 * number
    for image in (np.full((64, 64, 3), 255), np.full((64, 64, 3), 238), bordered, drawn):
        assert fault(image) == ""
