import numpy as np
import pytest

from report.measures import near_duplicates
from report.measures.near_duplicates import blocks_of, near_pairs


def clustered(rng, n):
    """Numbers of 64 bits, many of them a few bits from another."""
    numbers = rng.integers(0, 2**64, n // 4, dtype=np.uint64)[rng.integers(0, n // 4, n)]
    for _ in range(8):
        turned = np.uint64(1) << rng.integers(0, 64, n, dtype=np.uint64)
        numbers ^= np.where(rng.random(n) < 0.6, turned, np.uint64(0))
    return numbers


@pytest.mark.parametrize("limit", [0, 1, 6, 8, 20, 63])
def test_every_near_pair_is_found_once_and_no_other(limit, monkeypatch):
    monkeypatch.setattr(near_duplicates, "ROWS", 16)  # more squares than one
    numbers = clustered(np.random.default_rng(limit), 120)
    found = [frozenset(pair) for one, other in near_pairs(numbers, limit) for pair in zip(one, other, strict=True)]
    apart = np.bitwise_count(numbers[:, None] ^ numbers)
    wanted = {frozenset(pair) for pair in np.argwhere(apart <= limit).tolist() if pair[0] != pair[1]}
    assert len(found) == len(set(found)) and set(found) == wanted


def test_blocks_hold_every_bit_once():
    numbers = clustered(np.random.default_rng(0), 40)
    assert np.bitwise_count(blocks_of(numbers, 9)).sum(axis=0).tolist() == np.bitwise_count(numbers).tolist()


def test_none_and_one_make_no_pair():
    assert not list(near_pairs(np.array([], np.uint64), 8)) and not list(near_pairs(np.array([5], np.uint64), 8))


@pytest.mark.parametrize("limit", [-1, 64])
def test_a_limit_that_is_none_is_refused(limit):
    with pytest.raises(ValueError, match="0 to 63 bits"):
        list(near_pairs(np.array([1, 2], np.uint64), limit))
