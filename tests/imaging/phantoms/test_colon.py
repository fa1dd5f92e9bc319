from itertools import islice

import numpy as np
import pytest

from imaging.phantoms.colon import COLON, colon_phantoms, colon_tile


@pytest.fixture(scope="module")
def tiles():
    return list(colon_phantoms(per_class=4, patients=2, side=96))


def test_each_patient_has_every_tissue_and_names_differ(tiles):
    assert len({tile.name for tile in tiles}) == 36
    for patient in ("p00", "p01"):
        assert {tile.label for tile in tiles if tile.patient == patient} == set(COLON)


def test_a_tile_is_the_same_wherever_it_stands(tiles):
    again = colon_tile("MUC", "p01", 1, 96, seed=0)
    assert (next(tile for tile in tiles if tile.name == again.name).image == again.image).all()
    first = list(islice(colon_phantoms(per_class=9, patients=2, side=96), 3))
    assert (first[2].image == tiles[2].image).all()


def test_tissues_differ_as_those_that_they_are_named_after(tiles):
    amounts = {}
    for label in COLON:
        drawn = [tile.concentrations for tile in tiles if tile.label == label]
        amounts[label] = np.mean(drawn, axis=(0, 1, 2))  # of H and E
    haematoxylin = {label: amount[0] for label, amount in amounts.items()}
    eosin = {label: amount[1] for label, amount in amounts.items()}
    assert max(haematoxylin, key=haematoxylin.get) == "LYM"
    assert max(eosin, key=eosin.get) == "MUS"
    assert min(haematoxylin, key=haematoxylin.get) in ("BACK", "ADI")
    assert haematoxylin["TUM"] > 1.5 * haematoxylin["STR"]
    assert eosin["MUC"] < 0.4 * eosin["STR"]


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(KeyError, match="LYM"):
        colon_tile("CAT", "p", 0, 32, 0)
    with pytest.raises(ValueError, match="every tissue"):
        next(colon_phantoms(per_class=2, patients=3))
