"""All pairs of 64-bit hashes that differ in a few bits, exactly and without comparing each with each.

Cut into limit + 1 blocks of bits, two hashes that differ in at most `limit` bits agree in some block, since so few bits
cannot lie in every block (multi-index hashing: Norouzi, Punjani & Fleet 2012, CVPR; 2014, IEEE TPAMI 36:1107). So only
hashes that share a block are compared.
"""

from collections.abc import Iterator

import numpy as np

BITS = 64
ROWS = 1024  # that are compared at once with as many: 8 MiB

Pairs = tuple[np.ndarray, np.ndarray]  # (pairs,) and (pairs,): places of the first and of the second


def near_pairs(numbers: np.ndarray, limit: int) -> Iterator[Pairs]:
    """Each two of (n,) uint64 that differ in at most `limit` of 64 bits, each pair once, some pairs at a time.

    >>> [[places.tolist() for places in pairs] for pairs in near_pairs(np.array([15, 13, 64], np.uint64), 1)]
    [[[1], [0]]]
    """
    if not 0 <= limit < BITS:
        raise ValueError(f"two hashes are near when they differ in 0 to {BITS - 1} bits; got {limit}")
    blocks = blocks_of(numbers, limit + 1)  # (blocks, n)
    for place, block in enumerate(blocks):
        for bucket in buckets_of(block):
            for first, second in pairs_within(numbers, bucket, limit):
                # what agrees in an earlier block was a pair there
                agreed = (blocks[:place, first] == blocks[:place, second]).any(axis=0)  # (pairs,)
                if not agreed.all():
                    yield first[~agreed], second[~agreed]


def blocks_of(numbers: np.ndarray, count: int) -> np.ndarray:
    """Each number cut into blocks of bits, (n,) -> (count, n); their widths differ by one bit at most."""
    edges = [BITS * block // count for block in range(count + 1)]
    blocks = np.empty((count, len(numbers)), dtype=np.uint64)
    for block in range(count):
        width = edges[block + 1] - edges[block]
        mask = np.uint64(2**width - 1)
        blocks[block] = (numbers >> np.uint64(edges[block])) & mask
    return blocks


def buckets_of(block: np.ndarray) -> list[np.ndarray]:
    """The places of equal values of (n,), two and more of them together."""
    order = np.argsort(block, kind="stable")  # (n,)
    starts = np.flatnonzero(np.diff(block[order])) + 1
    return [bucket for bucket in np.split(order, starts) if len(bucket) > 1]


def pairs_within(numbers: np.ndarray, bucket: np.ndarray, limit: int) -> Iterator[Pairs]:
    """The pairs within some places (m,), in squares of at most ROWS x ROWS."""
    for top in range(0, len(bucket), ROWS):
        rows = bucket[top : top + ROWS]
        for left in range(0, top + ROWS, ROWS):
            columns = bucket[left : left + ROWS]
            apart = np.bitwise_count(numbers[rows][:, None] ^ numbers[columns])  # (rows, columns)
            row, column = np.nonzero(apart <= limit)
            is_once = row + top > column + left  # each pair once, and nothing with itself
            yield rows[row[is_once]], columns[column[is_once]]
