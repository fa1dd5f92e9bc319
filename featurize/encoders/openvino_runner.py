"""Networks in OpenVINO, on one thread of a CPU and in float32."""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from threading import Lock
from typing import Any

import numpy as np
import torch
from torch import Tensor

from featurize.encoders.network import FromPixels, Network
from featurize.encoders.registry import Encoder
from featurize.encoders.threads import one_thread

CONVERTING = Lock()  # conversion follows a network through torch, which two threads cannot do at once
SETTINGS = {
    "INFERENCE_NUM_THREADS": 1,
    "NUM_STREAMS": 1,
    "ENABLE_CPU_PINNING": False,  # a pinned thread would share its core with that of the next worker
    "INFERENCE_PRECISION_HINT": "f32",  # bfloat16 is the default where there is any
}


class ConvertedNetwork:
    """A network's two forms for OpenVINO, for averages and for maps; each is converted once, when it is needed."""

    def __init__(self, network: Network, encoder: Encoder):
        self.network, self.encoder = network, encoder
        self.converted: dict[bool, Any] = {}

    def for_size(self, as_maps: bool, height: int, width: int) -> Any:
        """OpenVINO's model of one form for images of one size."""
        with CONVERTING:
            if as_maps not in self.converted:
                self.converted[as_maps] = self._convert(as_maps)
            model = self.converted[as_maps].clone()
        model.reshape([1, height, width, 3])
        return model

    def _convert(self, as_maps: bool) -> Any:
        openvino = load_openvino()
        network = FromPixels(self.network, self.encoder, as_maps).eval()
        example = torch.zeros(1, 128, 128, 3, dtype=torch.uint8)
        with quiet(), torch.no_grad():
            # left to itself OpenVINO has the trace checked by a second one, which doubles the time
            traced = torch.jit.trace(network, example, strict=False, check_trace=False)
            return openvino.convert_model(traced, example_input=example)


class OpenVinoRunner:
    """A converted network at work; it is compiled for each size of image.

    Each runner compiles for itself. Requests of one compiled network wait for each other unless it is compiled with as
    many streams as there are threads, and how many there will be is not known; to compile takes a tenth of converting.
    """

    def __init__(self, network: ConvertedNetwork):
        self.network = network
        self.request = lru_cache(maxsize=8)(self._compile)  # sizes of images may be many

    def another(self) -> "OpenVinoRunner":
        """See Runner."""
        return OpenVinoRunner(self.network)

    def features(self, crops: Tensor) -> Tensor:
        """See Runner."""
        request = self.request(False, *crops.shape[1:3])
        rows = [request.infer({0: crop[None].numpy()})[0].copy() for crop in crops]
        return torch.from_numpy(np.concatenate(rows))

    def maps(self, view: Tensor) -> list[Tensor]:
        """See Runner."""
        request = self.request(True, *view.shape[:2])
        return [torch.from_numpy(part.copy()) for part in request.infer({0: view[None].numpy()}).values()]

    def _compile(self, as_maps: bool, height: int, width: int) -> Any:
        model = self.network.for_size(as_maps, height, width)
        return load_openvino().Core().compile_model(model, "CPU", SETTINGS).create_infer_request()


def load_openvino() -> Any:
    """OpenVINO without its telemetry, which would report every conversion to its makers over the network."""
    # a module that is None counts as not installed, and OpenVINO takes a stub in its place
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino

    return openvino


@contextmanager
def quiet() -> Iterator[None]:
    """Conversion warns of deprecations in its own use of torch; it works on one thread like everything else."""
    with warnings.catch_warnings(), one_thread():
        warnings.simplefilter("ignore")
        yield
