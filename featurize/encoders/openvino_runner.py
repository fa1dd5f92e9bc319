"""Networks in OpenVINO, on one thread of a CPU and in float32."""

import sys
import warnings
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from cohort.checks.notices import Notice
from featurize.encoders.network import FromPixels, Network
from featurize.encoders.registry import ANY_OF_TIMM, Encoder
from featurize.encoders.threads import one_thread

CONVERTING = Lock()  # conversion follows a network through torch, which two threads cannot do at once
SETTINGS = {
    "INFERENCE_NUM_THREADS": 1,
    "NUM_STREAMS": 1,
    "ENABLE_CPU_PINNING": False,  # a pinned thread would share its core with that of the next worker
    "INFERENCE_PRECISION_HINT": "f32",  # bfloat16 is the default where there is any
}
EXAMPLE = 128  # side of the picture by which a network is followed that takes any size
HELD = 768 << 20  # bytes of what a runner has compiled, beside the last; to compile anew takes a tenth of a second
AT_REST = 192 << 20  # of what it has compiled for whole views: joblib ends a worker that grows by 300 MB between tasks
SPARE = 1.3  # what a compiled network takes, measured, to what its layers do
SAME = 1e-4  # of the size of features or maps


class ConvertedNetwork:
    """A network's two forms for OpenVINO, for averages and for maps; each is converted once, when it is needed."""

    def __init__(self, network: Network, encoder: Encoder):
        self.network, self.encoder = network, encoder
        self.converted: dict[bool, Any] = {}
        self.is_proven = not encoder.name.startswith(ANY_OF_TIMM)  # by the tests; any other is held against PyTorch

    def for_size(self, as_maps: bool, height: int, width: int) -> Any:
        """OpenVINO's model of one form for images of one size."""
        with CONVERTING:
            if as_maps not in self.converted:
                side = self.encoder.input if self.encoder.fixed_input else max(EXAMPLE, self.encoder.smallest)
                self.converted[as_maps] = self._convert(as_maps, side, side)
            model = self.converted[as_maps].clone()
        model.reshape([1, height, width, 3])
        return model

    def of_size(self, as_maps: bool, height: int, width: int) -> Any:
        """OpenVINO's model of one form, followed at one size: for networks that are not the same at all sizes."""
        with CONVERTING:
            return self._convert(as_maps, height, width)

    def in_torch(self, as_maps: bool) -> "TorchRequest":
        """The same without OpenVINO."""
        return TorchRequest(FromPixels(self.network, self.encoder, as_maps).eval())

    def _convert(self, as_maps: bool, height: int, width: int) -> Any:
        openvino = load_openvino()
        network = FromPixels(self.network, self.encoder, as_maps).eval()
        example = torch.zeros(1, height, width, 3, dtype=torch.uint8)
        with quiet(), torch.no_grad():
            # left to itself OpenVINO has the trace checked by a second one, which doubles the time
            traced = torch.jit.trace(network, example, strict=False, check_trace=False)
            return openvino.convert_model(traced, example_input=example)


class TorchRequest:
    """A plain network that is asked as one of OpenVINO's is."""

    def __init__(self, network: FromPixels):
        self.network = network

    @torch.inference_mode()
    def infer(self, inputs: dict[int, np.ndarray]) -> dict[int, np.ndarray]:
        """Pixels (1, h, w, 3) to features, or to maps, by their number."""
        found = self.network(torch.from_numpy(inputs[0]))
        return {number: part.numpy() for number, part in enumerate(found if isinstance(found, list) else [found])}


class OpenVinoRunner:
    """A converted network at work; it is compiled for each size of image.

    Each runner compiles for itself. Requests of one compiled network wait for each other unless it is compiled with as
    many streams as there are threads, and how many there will be is not known; to compile takes a tenth of converting.
    """

    def __init__(self, network: ConvertedNetwork):
        self.network = network
        self.compiled: OrderedDict[tuple[bool, int, int], Compiled] = OrderedDict()  # the last used at the end

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

    def rest(self) -> None:
        """See Runner: what is compiled for crops stays, as their sizes are those of the run."""
        of_views = [size for size in self.compiled if size[0]]
        held = sum(self.compiled[size].nbytes for size in of_views)
        for size in of_views:
            if held <= AT_REST:
                break
            held -= self.compiled.pop(size).nbytes

    def request(self, as_maps: bool, height: int, width: int) -> Any:
        """The network ready for images of one size; sizes may be many, and those used longest ago are given up."""
        size = as_maps, height, width
        if size not in self.compiled:
            self.compiled[size] = self._compile(*size) if self.network.is_proven else self._compile_any(*size)
        self.compiled.move_to_end(size)
        return self.compiled[size].request

    def _compile(self, as_maps: bool, height: int, width: int) -> "Compiled":
        """A network of which is known that OpenVINO follows it, or else in PyTorch.

        Images so small that a layer sees beyond their edge are refused by OpenVINO while PyTorch takes some of them.
        """
        try:
            model = self.network.for_size(as_maps, height, width)
        except RuntimeError:
            return self._in_torch(self.network.in_torch(as_maps), height, width)
        return self._compile_model(model)

    def _compile_any(self, as_maps: bool, height: int, width: int) -> "Compiled":
        """Any network: as OpenVINO follows it for all sizes, or for this one, or else in PyTorch."""
        plain = self.network.in_torch(as_maps)
        pixels = np.random.default_rng(0).integers(0, 256, (1, height, width, 3), np.uint8)
        expected = plain.infer({0: pixels})
        for convert in (self.network.for_size, self.network.of_size):
            try:
                compiled = self._compile_model(convert(as_maps, height, width))
                if agree(compiled.request.infer({0: pixels}), expected):
                    return compiled
            except Exception:  # noqa: BLE001  # whatever the layers of a network that nobody has tried here lead to
                continue
        return self._in_torch(plain, height, width)

    def _in_torch(self, plain: TorchRequest, height: int, width: int) -> "Compiled":
        """A network without OpenVINO, which is told."""
        name = self.network.encoder.name
        sentence = f"{name} runs in PyTorch, not OpenVINO, for {width} x {height} pixels: slower, features are the same"
        warnings.warn(Notice("slower-network", sentence), stacklevel=2)
        return Compiled(plain, 0)

    def _compile_model(self, model: Any) -> "Compiled":
        nbytes = bytes_of(model)
        self._make_room(nbytes)
        compiled = load_openvino().Core().compile_model(model, "CPU", SETTINGS)
        return Compiled(compiled.create_infer_request(), nbytes)

    def _make_room(self, nbytes: int) -> None:
        """Give up what was used longest ago until so many bytes fit beside the rest."""
        held = sum(compiled.nbytes for compiled in self.compiled.values())
        while self.compiled and held + nbytes > HELD:
            _, longest_ago = self.compiled.popitem(last=False)
            held -= longest_ago.nbytes


class Compiled(NamedTuple):
    """A network compiled for one size of image."""

    request: Any
    nbytes: int  # that it takes, estimated


def agree(found: Any, expected: dict[int, np.ndarray]) -> bool:
    """Whether two ways of running a network give the same, but for the last digits."""
    parts = list(found.values())
    if [part.shape for part in parts] != [part.shape for part in expected.values()]:
        return False
    pairs = zip(parts, expected.values(), strict=True)
    return all(np.linalg.norm(one - other) <= SAME * np.linalg.norm(other) for one, other in pairs)


def bytes_of(model: Any) -> int:
    """What a model takes once it is compiled and has run: its weights, and its largest layer with what that reads.

    Layers lend each other their memory. Measured on VGG-16 and SqueezeNet: see benchmarks/README.md.
    """
    weights, largest = 0, 0
    for layer in model.get_ordered_ops():
        written = sum(_bytes_at(output) for output in layer.outputs())
        if layer.get_type_name() == "Constant":
            weights += written
            continue
        read = 0
        for source in layer.inputs():
            before = source.get_source_output()
            read += 0 if before.get_node().get_type_name() == "Constant" else _bytes_at(before)
        largest = max(largest, read + written)
    return round(SPARE * (weights + largest))


def _bytes_at(output: Any) -> int:
    """Of the values that a layer writes to one of its outputs; 0 where their number is not known before it runs."""
    shape = output.get_partial_shape()
    if shape.is_dynamic:
        return 0
    return int(np.prod(shape.to_shape(), dtype=np.int64)) * output.get_element_type().size


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
