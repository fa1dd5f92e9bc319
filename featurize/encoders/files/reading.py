"""Any file of weights to the tables of tensors in it."""

from pathlib import Path
from typing import Any

from torch import Tensor

from featurize.encoders.files.file_kinds import AGAIN, HDF5, INDEX, SAFETENSORS, kind_of
from featurize.encoders.files.parameter_tables import tables_of
from featurize.encoders.files.safetensors_file import read_parts, read_safetensors
from featurize.encoders.files.torch_file import read_torch
from featurize.encoders.files.weights_error import unreadable


def read_weights(path: Path) -> Any:
    """What a file holds, by its content: parameters by name, or tables of them as training programs save them.

    Nothing in a file is run, and no more memory is taken than it has bytes. Raises WeightsError that says what any
    other file is.
    """
    kind = kind_of(path)
    if kind == INDEX:
        return read_parts(path, _read_part)
    if kind == SAFETENSORS:
        return read_safetensors(path)
    if kind == HDF5:
        what = "is a file of Keras (HDF5)"
        raise unreadable(path, what, "Keras' networks are asked for with --weights-style keras; others need their own")
    return read_torch(path, kind)


def _read_part(path: Path) -> dict[str, Tensor]:
    """The tensors of one of several files."""
    tables = tables_of(read_weights(path))
    if not tables:
        raise unreadable(path, "holds no named tensors", AGAIN)
    return dict(tables[0].state)
