"""What is done when memory runs out: a batch goes through the network in parts."""

import math
from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor

from cohort.checks.notices import Notice
from finetune.networks.classifier import NORMS, Classifier
from finetune.training_settings import TrainingError

Result = TypeVar("Result")
OF_CPU = ("can't allocate memory", "not enough memory", "out of memory", "ALLOC_FAILED")  # said by plain RuntimeErrors


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out: PyTorch has a type for that on a GPU, and only words on a CPU."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in OF_CPU)


def in_parts(work: Callable[[int], Result], part: int, least: int = 1) -> tuple[Result, int]:
    """Do some work with so many images at once, or with half as many where memory runs out, and so on.

    Returns what the work gives, and the number that it was done with. Raises TrainingError where `least` are too many.
    """
    while True:
        try:
            return work(part), part
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
        # only here is what was computed let go of: the error had held it
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        if part <= least:
            raise TrainingError(
                f"memory runs out with {part} image{'s' if part > 1 else ''} at once; use a smaller input, a smaller "
                "network, or close other programs"
            )
        part = max(least, math.ceil(part / 2))


def least_part(network: Classifier) -> int:
    """How many images must go through a network in training together: batch norm has no statistics of one."""
    is_normed = network.training and any(isinstance(layer, NORMS) and layer.training for layer in network.modules())
    return 2 if is_normed else 1


def split_evenly(images: Tensor, part: int, least: int) -> tuple[Tensor, ...]:
    """A batch in as few parts of about `part` images as can be, none of fewer than `least`."""
    parts = math.ceil(len(images) / part)
    return images.tensor_split(max(1, min(parts, len(images) // least)))


def parts_notice(part: int, least: int) -> Notice:
    """Says that batches go through the network in parts, and what that changes."""
    what = "the sum of the gradients is that of the whole batch, so that each step is as it would be"
    if least > 1:
        what = f"each step has the gradients of the whole batch, but batch norm sees {part} images at a time in it"
    return Notice("batch-in-parts", f"memory ran out: batches go through the network {part} images at a time; {what}")
