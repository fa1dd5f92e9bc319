"""Dropout that draws from a generator of its own, so that a training that was cut off goes on to the same bits."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

THEIR_DROPOUT = (
    nn.Dropout,
    nn.Dropout1d,
    nn.Dropout2d,
    nn.Dropout3d,
    nn.AlphaDropout,
    nn.FeatureAlphaDropout,
)


class SeededDropout(nn.Module):
    """Dropout (Srivastava et al. 2014) that draws from the generator of `drawing_from`, and from nothing else."""

    def __init__(self, p: float):
        """p: the share of the values that becomes 0 in training, below 1."""
        super().__init__()
        self.p = p
        self.generator: torch.Generator | None = None

    def forward(self, values: Tensor) -> Tensor:
        """Values of any shape; those that are kept grow by 1 / (1 - p). Unchanged in evaluation mode."""
        if not self.training or not self.p:
            return values
        if self.generator is None:
            raise RuntimeError("dropout in training mode draws inside drawing_from() only")
        drawn = torch.rand(values.shape, generator=self.generator, device=values.device)
        is_kept = drawn >= self.p
        return values * is_kept / (1 - self.p)

    def extra_repr(self) -> str:
        """The share, as PyTorch's own dropout shows it."""
        return f"p={self.p}"


@contextmanager
def drawing_from(network: nn.Module, device: str, *numbers: int) -> Iterator[None]:
    """Inside, all dropout of a network draws in turn from one generator, made from whole numbers: (seed, step)."""
    layers = [module for module in network.modules() if isinstance(module, SeededDropout)]
    seed = int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> 1)
    generator = torch.Generator(device).manual_seed(seed)
    for layer in layers:
        layer.generator = generator
    try:
        yield
    finally:
        for layer in layers:
            layer.generator = None


def without_dropout(body: nn.Module) -> nn.Module:
    """A library's network with all dropout of its own switched off: that would draw from the process's generator.

    Where a recipe has dropout, it is a `SeededDropout` of ours, before the head. Stochastic depth counts as dropout.
    """
    for module in body.modules():
        if isinstance(module, THEIR_DROPOUT):
            module.p = 0.0
        elif hasattr(module, "drop_prob"):  # DropPath and DropBlock of timm
            module.drop_prob = 0.0  # type: ignore[assignment]
        elif type(module).__name__ == "StochasticDepth":  # of torchvision
            module.p = 0.0  # type: ignore[assignment]
    return body
