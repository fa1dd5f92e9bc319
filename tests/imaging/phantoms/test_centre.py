import numpy as np
import pytest

from imaging.phantoms.centre import NORMAL, PARTS, TILE, TUMOUR, centre_phantoms, centre_tile, place_nest


def test_a_nest_reaches_into_the_centre_or_keeps_out_of_it():
    rng = np.random.default_rng(0)
    low, high = TILE / 2 - TILE / (2 * PARTS), TILE / 2 + TILE / (2 * PARTS)
    for _ in range(200):
        radius = rng.uniform(9, 14)
        place = place_nest(True, TILE, radius, rng)
        assert ((low <= place) & (place <= high)).all()
        place = place_nest(False, TILE, radius, rng)
        nearest = np.clip(place, low, high)  # of the points of the centre
        assert np.hypot(*(nearest - place)) > radius


def test_tiles_of_both_labels_come_in_turn_and_are_told_apart_by_their_centres():
    tiles = list(centre_phantoms(per_class=12, patients=3))
    assert [tile.label for tile in tiles[:2]] == [NORMAL, TUMOUR]
    assert {tile.image.shape for tile in tiles} == {(96, 96, 3)}
    assert len({tile.name for tile in tiles}) == 24
    amounts = {NORMAL: [], TUMOUR: []}
    for tile in tiles:
        amounts[tile.label].append(tile.concentrations[32:64, 32:64, 0].mean())
    assert np.median(amounts[TUMOUR]) > 1.5 * np.median(amounts[NORMAL])


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(KeyError, match="tumour"):
        centre_tile("benign", "p", 0, 0)
    with pytest.raises(ValueError, match="both labels"):
        next(centre_phantoms(per_class=2, patients=3))
