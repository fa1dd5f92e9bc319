"""How a network runs fast on what there is: OpenVINO or PyTorch on a CPU, PyTorch on a GPU.

All runners take pixels (n, h, w, 3) uint8 and give what the plain network would give, to 1e-4 in float32. On a CPU a
runner uses one thread and one crop at a time: workers are the parallelism, and large batches only cost page faults.
"""

import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import Any
from typing import Protocol as Interface

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils import fuse_conv_bn_eval

from featurize.encoders.registry import Encoder, find_encoder
from featurize.encoders.threads import one_thread
from featurize.encoders.torchvision_networks import Stages
from featurize.encoders.weights import WeightsError, load_network, weights_digest
from featurize.protocol import Protocol

CONVERTING = Lock()  # conversion follows a network through torch, which two threads cannot do at once
GPU_BATCH = 64  # crops at once; halved when the memory does not suffice


class Runner(Interface):
    """A network at work."""

    def features(self, crops: Tensor) -> Tensor:
        """Global averages: (n, side, side, 3) uint8 to (n, dim) float32."""

    def maps(self, view: Tensor) -> list[Tensor]:
        """Feature maps of a whole view: (h, w, 3) uint8 to one (1, channel, row, column) float32 for each tap."""


class FromPixels(nn.Module):
    """A network that takes pixels as they are stored."""

    def __init__(self, stages: Stages, encoder: Encoder, whole: bool):
        super().__init__()
        self.stages, self.whole = stages, whole
        self.mean: Tensor
        self.std: Tensor
        self.register_buffer("mean", 255 * torch.tensor(encoder.mean).view(3, 1, 1))
        self.register_buffer("std", 255 * torch.tensor(encoder.std).view(3, 1, 1))

    def forward(self, pixels: Tensor) -> Tensor | list[Tensor]:
        """(n, h, w, 3) uint8 to averages (n, dim), or to feature maps when `whole`."""
        x = ((pixels.permute(0, 3, 1, 2).float() - self.mean) / self.std).to(next(self.stages.parameters()).dtype)
        return self.stages.maps(x) if self.whole else self.stages(x)


class TorchRunner:
    """Batch norm folded into the convolutions, channels last, any device and precision."""

    def __init__(self, stages: Stages, encoder: Encoder, device: str, precision: str):
        folded = fold(stages).to(device, getattr(torch, precision), memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.averages, self.whole = (FromPixels(folded, encoder, whole).to(device) for whole in (False, True))
        self.batch = 1 if device == "cpu" else GPU_BATCH

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
                warnings.warn(f"GPU memory is short: {self.batch} crops at once from now on", stacklevel=2)

    @torch.inference_mode()
    def maps(self, view: Tensor) -> list[Tensor]:
        """See Runner."""
        return [part.float() for part in self.whole(view[None])]


class OpenVinoRunner:
    """OpenVINO on one thread of a CPU, in float32; a network is compiled anew for each size of image."""

    def __init__(self, stages: Stages, encoder: Encoder):
        self.modules = {whole: FromPixels(stages, encoder, whole).eval() for whole in (False, True)}
        self.converted: dict[bool, Any] = {}
        self.compiled = lru_cache(maxsize=8)(self._compile)  # sizes of images may be many

    def features(self, crops: Tensor) -> Tensor:
        """See Runner."""
        request = self.compiled(False, *crops.shape[1:3])
        rows = [request.infer({0: crop[None].numpy()})[0].copy() for crop in crops]
        return torch.from_numpy(np.concatenate(rows))

    def maps(self, view: Tensor) -> list[Tensor]:
        """See Runner."""
        request = self.compiled(True, *view.shape[:2])
        return [torch.from_numpy(part.copy()) for part in request.infer({0: view[None].numpy()}).values()]

    def _compile(self, whole: bool, height: int, width: int) -> Any:
        openvino = load_openvino()
        with CONVERTING, quiet():
            if whole not in self.converted:
                example = torch.zeros(1, 128, 128, 3, dtype=torch.uint8)
                self.converted[whole] = openvino.convert_model(self.modules[whole], example_input=example)
        model = self.converted[whole]
        model.reshape([1, height, width, 3])
        # a pinned thread would share its core with that of the next worker; bfloat16 is the default where there is any
        settings = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "ENABLE_CPU_PINNING": False,
                    "INFERENCE_PRECISION_HINT": "f32"}  # fmt: skip
        return openvino.Core().compile_model(model, "CPU", settings).create_infer_request()


def load_openvino() -> Any:
    """OpenVINO without its telemetry, which would report every conversion to its makers over the network."""
    # a module that is None counts as not installed, and OpenVINO takes a stub in its place
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino

    return openvino


def fastest(device: str, precision: str) -> str:
    """The runner that `make_runner` takes: openvino or torch."""
    return "openvino" if device == "cpu" and precision == "float32" and find_spec("openvino") else "torch"


def build_runner(name: str, path: Path | None, digest: str, device: str, precision: str, kind: str) -> Runner:
    """A network to run; raises WeightsError unless it is the one of the digest."""
    encoder = find_encoder(name)
    stages = load_network(encoder, path)
    if weights_digest(stages) != digest:
        raise WeightsError(f"the weights of {name} have changed since the work began ({path}); start extract again")
    if kind == "openvino":
        return OpenVinoRunner(stages, encoder)
    torch.backends.cudnn.allow_tf32 = False  # else convolutions round float32 to 10 bits
    return TorchRunner(stages, encoder, device, precision)


make_runner = lru_cache(build_runner)  # a worker's copy, loaded once


def fold(stages: Stages) -> Stages:
    """Multiply every batch norm into the convolution before it, in place; the network computes the same."""
    for module in stages.modules():
        layers = list(module.named_children())
        for (before, convolution), (name, norm) in pairwise(layers):
            if isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                setattr(module, before, fuse_conv_bn_eval(convolution, norm))
                setattr(module, name, nn.Identity())
    return stages


@contextmanager
def quiet() -> Iterator[None]:
    """Conversion warns of deprecations in its own use of torch; it works on one thread like everything else."""
    with warnings.catch_warnings(), one_thread():
        warnings.simplefilter("ignore")
        yield


@dataclass(frozen=True)
class Engine:
    """Where encoders run and what they are made of."""

    weights: Mapping[str, Path | None]  # by encoder; None for random weights
    device: str = "cpu"  # or cuda: all GPUs of the machine, a worker each

    def runner(self, protocol: Protocol, device: str) -> Runner:
        """The protocol's network, ready to run; loaded once in each worker."""
        path, kind = self.weights[protocol.encoder], fastest(self.device, protocol.precision)
        return make_runner(protocol.encoder, path, protocol.weights, device, protocol.precision, kind)
