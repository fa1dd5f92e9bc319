"""How a network runs fast on what there is: OpenVINO or PyTorch on a CPU, PyTorch on a GPU.

All runners take pixels (n, h, w, 3) uint8 and give what the plain network would give, to 1e-4 in float32. On a CPU a
runner uses one thread and one crop at a time: workers are the parallelism, and large batches only cost page faults.
"""

import warnings
from copy import copy, deepcopy
from importlib.util import find_spec
from itertools import pairwise
from typing import Protocol as Interface

import torch
from torch import Tensor, nn
from torch.nn.utils import fuse_conv_bn_eval

from cohort.checks.notices import Notice
from featurize.encoders.network import FromPixels, Network
from featurize.encoders.openvino_runner import ConvertedNetwork, OpenVinoRunner
from featurize.encoders.registry import Encoder

GPU_BATCH = 64  # crops at once; halved when the memory does not suffice


class Runner(Interface):
    """A network at work, for one thread."""

    def features(self, crops: Tensor) -> Tensor:
        """Global averages: (n, side, side, 3) uint8 to (n, dim) float32."""

    def maps(self, view: Tensor) -> list[Tensor]:
        """Feature maps of a whole view: (h, w, 3) uint8 to one (1, channel, row, column) float32 for each tap."""

    def another(self) -> "Runner":
        """One more of the same network, for another thread; what can be shared is."""

    def rest(self) -> None:
        """Give back much of the memory that is only needed at work; the next call takes it again."""


class TorchRunner:
    """Batch norm folded into the convolutions, channels last, any device and precision."""

    def __init__(self, network: Network, encoder: Encoder, device: str, precision: str):
        folded = fold(deepcopy(network))
        folded = folded.to(device, getattr(torch, precision), memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.averages = FromPixels(folded, encoder, as_maps=False).to(device)
        self.taps = FromPixels(folded, encoder, as_maps=True).to(device)
        self.batch = 1 if device == "cpu" else GPU_BATCH

    def another(self) -> "TorchRunner":
        """See Runner; modules keep nothing between calls."""
        return copy(self)

    def rest(self) -> None:
        """See Runner; PyTorch keeps hardly anything between calls."""

    @torch.inference_mode()
    def features(self, crops: Tensor) -> Tensor:
        """See Runner; when memory runs out the batch is halved for good, the crops stay the same."""
        while True:
            try:
                return torch.cat([self.averages(batch).float() for batch in crops.split(self.batch)])
            except torch.OutOfMemoryError:
                if self.batch == 1:
                    raise
                self.batch //= 2
                sentence = f"GPU memory is short: {self.batch} crops at once from now on"
                warnings.warn(Notice("gpu-memory-short", sentence), stacklevel=2)

    @torch.inference_mode()
    def maps(self, view: Tensor) -> list[Tensor]:
        """See Runner."""
        return [part.float() for part in self.taps(view[None])]


def fastest(device: str, precision: str) -> str:
    """The runner that `make_runner` takes on a device: openvino or torch."""
    return "openvino" if device == "cpu" and precision == "float32" and find_spec("openvino") else "torch"


def make_runner(network: Network, encoder: Encoder, device: str, precision: str) -> Runner:
    """A network made ready to run, from one that stays as it is."""
    if fastest(device, precision) == "openvino":
        return OpenVinoRunner(ConvertedNetwork(network, encoder))
    torch.backends.cudnn.allow_tf32 = False  # else convolutions round float32 to 10 bits
    return TorchRunner(network, encoder, device, precision)


def fold(network: Network) -> Network:
    """Multiply every batch norm into the convolution before it, in place; the network computes the same.

    Where layers do not stand in the order of their work, the network stays as it is.
    """
    for module in network.modules() if network.layers_in_order else ():
        layers = list(module.named_children())
        for (before, convolution), (name, norm) in pairwise(layers):
            if isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                setattr(module, before, fuse_conv_bn_eval(convolution, norm))
                setattr(module, name, nn.Identity())
    return network
