"""The weights of trained networks within a bundle: float32 values by name, and nothing else, whoever wrote them."""

import struct
from collections.abc import Mapping

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from boost.bundle.archive import BundleError

LARGEST_HEADER = 1 << 22  # bytes of the names and shapes; EfficientNet-B7, of 1,500 tensors, has 200 kB
MOST_TENSORS = 20_000
LONGEST_NAME = 300

# what safetensors raises for files that are none, and for types that NumPy lacks
_UNREADABLE = (SafetensorError, LookupError, TypeError, ValueError, AttributeError, ArithmeticError, MemoryError)


def weights_to_bytes(tensors: Mapping[str, np.ndarray]) -> bytes:
    """Values by name as safetensors, float32."""
    return save({name: np.ascontiguousarray(values, dtype=np.float32) for name, values in tensors.items()})


def weights_of_bytes(content: bytes, name: str) -> dict[str, np.ndarray]:
    """The inverse of `weights_to_bytes`; raises BundleError for anything else. `name` is how messages call it.

    Whether they are those of a network, by name and shape, is for its builder to say.
    """
    header = struct.unpack("<Q", content[:8])[0] if len(content) >= 8 else LARGEST_HEADER + 1
    if header > LARGEST_HEADER:
        raise BundleError(f"{name} is not the weights of a network: its list of tensors has no such size; fit it again")
    try:
        tensors = load(content)
    except _UNREADABLE as error:
        raise BundleError(f"{name} cannot be read as weights ({error}); get the file again, or fit it again") from error
    if not 0 < len(tensors) <= MOST_TENSORS or max(map(len, tensors)) > LONGEST_NAME:
        raise BundleError(
            f"{name} has {len(tensors):,} tensors; a network has 1 to {MOST_TENSORS:,}, whose names have at most "
            f"{LONGEST_NAME} characters; fit it again"
        )
    for tensor, values in tensors.items():
        if values.dtype != np.float32:
            raise BundleError(f"{name}: {tensor} is {values.dtype}; weights are float32; fit it again")
        if not np.isfinite(values).all():
            raise BundleError(f"{name}: {tensor} has values that are not finite; fit it again")
    return tensors
