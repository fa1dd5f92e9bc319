"""Laws of weights in a bundle: float32 values come back, anything else is refused."""

import numpy as np
import pytest
from safetensors.numpy import save

from boost.bundle.archive import BundleError
from boost.bundle.network_weights import weights_of_bytes, weights_to_bytes

VALUES = {"a.weight": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.float32(2) * np.ones(1, np.float32)}


def test_values_come_back_to_the_bit():
    read = weights_of_bytes(weights_to_bytes(VALUES), "x")
    assert {name: values.tobytes() for name, values in read.items()} == {
        name: values.tobytes() for name, values in VALUES.items()
    }


@pytest.mark.parametrize(
    "content",
    [b"", b"12345678", bytes(100), weights_to_bytes(VALUES)[:-1], (2**40).to_bytes(8, "little"), save({}),
     save({"a": np.zeros(3, np.int64)}), save({"a": np.array([np.nan], np.float32)}),
     (5 << 20).to_bytes(8, "little") + b"{" * (5 << 20)],
    ids=len,
)  # fmt: skip
def test_anything_else_is_refused(content):
    with pytest.raises(BundleError, match="again"):
        weights_of_bytes(content, "x")
