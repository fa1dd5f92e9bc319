"""Laws of a row's checksum: it is over whose row it is and over every value in it."""

from dataclasses import replace

import numpy as np
import pytest

from featurize.store.file_format import Entry
from featurize.store.row import SUMMED, is_whole, row_checksum

ENTRY = Entry("a.png", "benign", "p", "0" * 64)
VALUES = [np.arange(4).astype(kind) for kind in ("<f4", "<f8", "<i4", "S16", "<f8", "<f8", "S512")]


def test_it_is_over_every_value_and_their_order():
    sums = {row_checksum(ENTRY, VALUES), row_checksum(ENTRY, [*VALUES[:4], VALUES[4] + 1, *VALUES[5:]])}
    for number in range(len(VALUES)):
        changed = [value.copy() for value in VALUES]
        changed[number].view(np.uint8)[-1] ^= 1
        sums.add(row_checksum(ENTRY, changed))
    assert len(sums) == 2 + len(VALUES)


@pytest.mark.parametrize("field, matters", [("image", True), ("sha256", True), ("label", False), ("patient", False)])
def test_it_is_over_the_image_and_its_file_but_not_over_what_may_be_corrected(field, matters):
    other = replace(ENTRY, **{field: "x" * 64})
    assert (row_checksum(other, VALUES) != row_checksum(ENTRY, VALUES)) == matters


def test_a_row_without_dimensions_or_in_another_order_of_memory_has_one_checksum():
    square = np.arange(6.0).reshape(2, 3)
    assert row_checksum(ENTRY, [np.asfortranarray(square)]) == row_checksum(ENTRY, [square])
    assert row_checksum(ENTRY, [np.array(7.0)]) == row_checksum(ENTRY, [np.array([7.0])])


def test_an_empty_place_is_not_whole():
    maps = {name: np.zeros((1, 3)) for name in SUMMED} | {"crc32": np.zeros(1, "<u4")}
    assert not is_whole(ENTRY, 0, maps)
