"""Weights in safetensors, whole or in several files beside an index."""

import json
from collections.abc import Callable
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from featurize.encoders.files.file_kinds import AGAIN, INDEX_ENDING
from featurize.encoders.files.weights_error import WeightsError, unreadable
from imaging.files.regular_file import open_regular, read_regular

MOST_INDEX = 16 << 20  # bytes
MOST_PARTS = 1000


def read_safetensors(path: Path) -> dict[str, Tensor]:
    """Tensors by name; raises WeightsError that says whether the file is cut short."""
    try:
        return load_file(path)
    except (SafetensorError, OSError, ValueError, RuntimeError, KeyError, MemoryError) as error:
        due = _bytes_due(path)
        size = path.stat().st_size
        if due > size:
            short = f"is cut short: it should have {due:,} bytes and has {size:,}"
            raise unreadable(path, short, AGAIN) from error
        why = str(error).rpartition("header: ")[2].partition(", expected")[0]  # of the library's long words
        raise unreadable(path, f"is damaged, its header is wrong ({why})", AGAIN) from error


def _bytes_due(path: Path) -> int:
    """How large a file of safetensors should be by what it says itself; 0 where that cannot be read."""
    with open_regular(path) as file:
        length = int.from_bytes(file.read(8), "little")
        table = file.read(length)
    if len(table) < length:
        return 8 + length
    try:
        tensors = json.loads(table)
        ends = [entry["data_offsets"][1] for name, entry in tensors.items() if name != "__metadata__"]
        return 8 + length + max(ends, default=0)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        return 0


def parts_of(index: Path) -> dict[str, list[str]]:
    """The names of the tensors in each file that an index lists; raises WeightsError.

    The files lie beside the index: names that lead elsewhere are refused.
    """
    try:
        place_of = json.loads(read_regular(index, MOST_INDEX))["weight_map"]
        pairs = [(str(name), str(file)) for name, file in place_of.items()]
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise unreadable(index, "is no index of weights in several files (weight_map)", AGAIN) from error
    parts: dict[str, list[str]] = {}
    for name, file in pairs:
        parts.setdefault(file, []).append(name)
    for file in parts:
        if Path(file).name != file or file in ("", ".", "..") or "\\" in file:
            raise unreadable(index, f"lists a file that is not beside it ({file})", AGAIN)
    if not 0 < len(parts) <= MOST_PARTS:
        raise unreadable(index, f"lists {len(parts):,} files, and there are 1 to {MOST_PARTS:,}", AGAIN)
    return parts


def bytes_of(path: Path) -> int:
    """Size of a file of weights; of an index with the files that it lists, unless it is damaged: reading refuses it."""
    size = path.stat().st_size
    if not path.name.endswith(INDEX_ENDING):
        return size
    try:
        parts = [path.parent / part for part in parts_of(path)]
    except WeightsError:
        return size
    return size + sum(part.stat().st_size for part in parts if part.is_file())


def read_parts(index: Path, read: Callable[[Path], dict[str, Tensor]]) -> dict[str, Tensor]:
    """The tensors of all files that an index lists, each read by `read`; raises WeightsError for one that lacks."""
    parts = parts_of(index)
    absent = [file for file in parts if not (index.parent / file).is_file()]
    if absent:
        raise WeightsError(
            f"{index} lists {len(parts)} files of weights, of which {len(absent)} are not beside it ({absent[0]}); get "
            "them too"
        )
    tensors: dict[str, Tensor] = {}
    for file, names in parts.items():
        part = read(index.parent / file)
        lacking = [name for name in names if name not in part]
        if lacking:
            raise WeightsError(f"{index.parent / file} lacks {lacking[0]}, which {index.name} says is in it; {AGAIN}")
        tensors |= part
    return tensors
