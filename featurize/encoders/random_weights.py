"""Weights drawn from a seed: descriptors of an untrained network, to try things out."""

import torch
from torch import Tensor, nn

from featurize.encoders.network import Network
from featurize.encoders.threads import one_thread

SIDE = 192  # of the random images that set the statistics, where a network takes any size
OTHERS_STD = 0.02  # of what is neither convolution nor linear: positions, class tokens, tables


def randomise(network: Network, side: int, seed: int) -> None:
    """He initialisation from a seed; batch-norm statistics are those of seeded random images of this side."""
    rng = torch.Generator().manual_seed(seed)
    norms = [layer for layer in network.modules() if isinstance(layer, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    for layer in network.modules():
        _draw(layer, rng)
    for norm in norms:
        norm.reset_parameters()  # and statistics
        norm.momentum = None  # plain averages
        norm.train()
    if norms:
        with torch.inference_mode(), one_thread():
            network(_cloudy(4, side, rng))
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum  # a training goes on with the network's own
        norm.eval()
    zero_counters(network)


def _draw(layer: nn.Module, rng: torch.Generator) -> None:
    """A layer's own parameters: weights keep the variance of what passes, biases are zero, scales are one."""
    for name, parameter in layer.named_parameters(recurse=False):
        if parameter.dim() < 2:
            is_scale = "bias" not in name and "beta" not in name
            nn.init.constant_(parameter, float(is_scale))
        elif isinstance(layer, nn.Conv2d) and name == "weight":
            nn.init.kaiming_normal_(parameter, nonlinearity="relu", generator=rng)
        elif isinstance(layer, nn.Linear) and name == "weight":
            nn.init.kaiming_normal_(parameter, nonlinearity="linear", generator=rng)
        else:
            nn.init.normal_(parameter, std=OTHERS_STD, generator=rng)


def zero_counters(network: nn.Module) -> None:
    """Forget how many batches batch norm has seen: no descriptor depends on it, the digest would."""
    for name, buffer in network.named_buffers():
        if name.endswith("num_batches_tracked"):
            buffer.zero_()


def _cloudy(count: int, size: int, rng: torch.Generator) -> Tensor:
    """Random images (count, 3, size, size) with structure at all scales and alike in their channels, as photographs."""
    sides = [size >> step for step in range(6)] + [1]  # the last is an overall brightness
    octaves = [torch.randn(count, 3, side, side, generator=rng) for side in sides]
    clouds = torch.zeros(count, 3, size, size)
    for octave in octaves:
        clouds += nn.functional.interpolate(octave, size=(size, size), mode="nearest")
    return clouds.mean(dim=1, keepdim=True) + 0.2 * clouds
