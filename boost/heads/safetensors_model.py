"""Models as arrays in safetensors, and only such arrays as were agreed on: what is read may come from anybody."""

from collections.abc import Mapping

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from boost.settings import BoostError

Shape = tuple[int | None, ...]  # None: any size but 0


def arrays_to_bytes(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Named arrays as safetensors; the same arrays are the same bytes."""
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    return save(contiguous)


def arrays_of_bytes(content: bytes, wanted: Mapping[str, tuple[type, Shape]]) -> dict[str, np.ndarray]:
    """The arrays of these names, types and shapes; raises BoostError for any others and for values not finite."""
    try:
        arrays = load(content)
    # unknown types end in a KeyError, sizes that make no sense in the others
    except (SafetensorError, KeyError, ValueError, TypeError, OverflowError) as error:
        raise BoostError(f"a model cannot be read ({error}); fit the bundle again") from error
    if set(arrays) != set(wanted):
        raise BoostError(f"a model has {', '.join(wanted)}, not {', '.join(arrays) or 'nothing'}; fit the bundle again")
    for name, (dtype, shape) in wanted.items():
        array = arrays[name]
        if array.dtype != dtype or not _has_shape(array, shape):
            sizes = ", ".join("any" if size is None else str(size) for size in shape)
            raise BoostError(
                f"{name} of a model must be ({sizes}) {np.dtype(dtype).name}; got {array.shape} {array.dtype}; fit the "
                "bundle again"
            )
        if not np.isfinite(array).all():
            raise BoostError(f"{name} of a model must be finite; fit the bundle again")
    return arrays


def _has_shape(array: np.ndarray, shape: Shape) -> bool:
    """Whether an array has this shape, and no axis of length 0."""
    if array.ndim != len(shape) or 0 in array.shape:
        return False
    return all(size is None or size == length for size, length in zip(shape, array.shape, strict=True))
