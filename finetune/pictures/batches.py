"""Batches of altered images, made in threads ahead of the training that takes them."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from zlib import crc32

import numpy as np
import torch
from torch import Tensor

from finetune.pictures.augmentation import AUGMENTATIONS
from finetune.pictures.decoded import Pictures
from finetune.training_settings import TrainingSettings
from imaging.crops import turn_view

AHEAD = 3  # batches that are made while one is trained on
VIEWS: dict[int, Sequence[int]] = {  # as imaging.crops numbers them
    1: (0,),
    4: (0, 4, 6, 2),  # as it is, left and right exchanged, upside down, both
    8: range(8),
}


def image_rng(seed: int, epoch: int, image: str) -> np.random.Generator:
    """The generator of one image's alterations in one epoch."""
    return np.random.default_rng([seed, epoch, crc32(image.encode())])


def order_of(rows: np.ndarray, seed: int, epoch: int) -> np.ndarray:
    """The rows of a training in the order of an epoch, (image,)."""
    return np.random.default_rng([seed, epoch]).permutation(np.sort(rows))


def training_batches(
    pictures: Pictures, rows: np.ndarray, settings: TrainingSettings, epoch: int, workers: int
) -> Iterator[tuple[np.ndarray, Tensor]]:
    """The batches of an epoch: rows (n,) and their altered pixels (n, side, side, 3) uint8."""
    order = order_of(rows, settings.seed, epoch)
    alter = AUGMENTATIONS[settings.augmentation]

    def altered(row: int) -> np.ndarray:
        rng = image_rng(settings.seed, epoch, pictures.names[row])
        return alter(np.asarray(pictures.pixels[row]), rng)

    pool = ThreadPoolExecutor(workers)
    try:
        made: deque[tuple[np.ndarray, list[Future[np.ndarray]]]] = deque()
        for batch in parts_of(order, settings):
            made.append((batch, [pool.submit(altered, int(row)) for row in batch]))
            if len(made) > AHEAD:
                yield _stacked(*made.popleft())
        while made:
            yield _stacked(*made.popleft())
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # whoever interrupts does not wait for batches that nobody takes


def parts_of(order: np.ndarray, settings: TrainingSettings) -> list[np.ndarray]:
    """The rows of an epoch in batches; the last may be short, or is left out where the settings say so.

    Of fewer images than a batch none is left out.
    """
    whole = len(order) // settings.batch
    if settings.drop_last and whole:
        return list(order[: whole * settings.batch].reshape(whole, settings.batch))
    return np.array_split(order, cuts(len(order), settings.batch))


def cuts(count: int, batch: int) -> range:
    """Where the images of an epoch are cut into batches; a single one at the end joins the batch before it.

    Batch norm has no statistics of one image.

    >>> list(cuts(9, 4)), list(cuts(10, 4))
    ([4], [4, 8])
    """
    return range(batch, max(count - 1, 1), batch)


def _stacked(batch: np.ndarray, images: list[Future[np.ndarray]]) -> tuple[np.ndarray, Tensor]:
    return batch, torch.from_numpy(np.stack([image.result() for image in images]))


def plain_batches(pictures: Pictures, rows: np.ndarray, size: int) -> Iterator[Tensor]:
    """The images of some rows as they are, in order: (n, side, side, 3) uint8 each."""
    for start in range(0, len(rows), size):
        yield torch.from_numpy(np.array(pictures.pixels[rows[start : start + size]]))


def symmetries(pixels: Tensor, count: int) -> Iterator[Tensor]:
    """A batch (n, side, side, 3) upright, in its four flips, or in all 8 symmetries; the upright one is the first."""
    for number in VIEWS[count]:
        turned = [turn_view(image, number) for image in pixels.numpy()]
        yield torch.from_numpy(np.stack(turned))
