"""From an encoder to its network, whatever library its layers come from."""

from typing import Any

from torch import Tensor
from torch.nn import init
from torch.overrides import TorchFunctionMode

from featurize.encoders.known.encoder import Encoder
from featurize.encoders.network import FromPixels, Network

__all__ = ["FromPixels", "Network", "build_network", "build_uninitialised"]

DRAWING = ("normal_", "uniform_", "kaiming_uniform_", "fill_", "zero_")  # what layers call to have first weights


def build_network(encoder: Encoder) -> Network:
    """The encoder's network, its parameters as the library draws them; each library is loaded when it is needed."""
    if encoder.library == "timm":
        from featurize.encoders.timm.timm_networks import build_timm

        return build_timm(encoder)
    if encoder.library == "keras":
        from featurize.encoders.keras.keras_networks import build_keras

        return build_keras(encoder.built_as)
    from featurize.encoders.torchvision_networks import BUILDERS

    return BUILDERS[encoder.built_as]()


def build_uninitialised(encoder: Encoder) -> Network:
    """The encoder's network without values: whoever asks gives every parameter and statistic one."""
    with Uninitialised():
        return build_network(encoder)


class Uninitialised(TorchFunctionMode):
    """Layers are built without first weights, which would be drawn to be overwritten.

    So they are on the device "meta" too, but there PyTorch loads its compiler. What draws numbers until all lie inside
    bounds is left out by its name, since it would never end.
    """

    def __enter__(self) -> Any:
        self._truncated = init._no_grad_trunc_normal_
        init._no_grad_trunc_normal_ = _unchanged  # type: ignore[assignment]
        return super().__enter__()

    def __exit__(self, *exception: Any) -> None:
        init._no_grad_trunc_normal_ = self._truncated
        super().__exit__(*exception)

    def __torch_function__(self, function: Any, types: Any, arguments: Any = (), named: Any = None) -> Any:
        if getattr(function, "__name__", "") in DRAWING:
            return named["tensor"] if named and "tensor" in named else arguments[0]
        return function(*arguments, **(named or {}))


def _unchanged(tensor: Tensor, *_: Any, **__: Any) -> Tensor:
    return tensor
