"""PyTorch's own files of weights, read so that nothing in them is run and no more memory is taken than they have bytes.

Such a file is a pickle that names functions. So the names are looked at first, without following them: a file that
names anything but tensors, their parts and dictionaries is refused before PyTorch's restricted reader (weights_only)
sees it. That reader is safe from PyTorch 2.6 on (CVE-2025-32434).
"""

import warnings
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from pickletools import genops
from typing import Any
from zipfile import ZIP_STORED, BadZipFile, ZipFile

import torch

from featurize.encoders.files.file_kinds import AGAIN, OLD_TORCH_START, TORCH_ZIP
from featurize.encoders.files.weights_error import WeightsError, unreadable
from imaging.files.regular_file import open_regular

MOST_PICKLE = 16 << 20  # bytes: names, shapes and places of tensors; the largest networks have less than one MiB
MOST_ENTRIES = 100_000  # of an archive
PICKLES_OF_OLD_FILES = 5  # a number, a version, the machine, the table, the keys of the storages
STORAGES = ("Double", "Float", "Half", "BFloat16", "Long", "Int", "Short", "Char", "Byte", "Bool", "Untyped")
TYPES = ("float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool")
MISLEADING = ".safetensors"  # newer versions of PyTorch go by the ending
ALLOWED = {
    "collections.OrderedDict",
    "torch._utils._rebuild_tensor",
    "torch._utils._rebuild_tensor_v2",
    "torch._utils._rebuild_parameter",
    "torch.nn.parameter.Parameter",
    "torch.Tensor",
    "torch.Size",
    "torch.device",
    "torch.storage.UntypedStorage",
    *(f"torch.{name}Storage" for name in STORAGES),
    *(f"torch.{name}" for name in TYPES),
}
TENSORS_ALONE = "where you trust the file, save the tensors alone: torch.save(torch.load('OLD.pth', weights_only=False)"
# what checkpoints of training programs often hold beside tensors: settings, paths, numbers
OF_TRAINING = ("numpy", "argparse", "pathlib", "collections", "typing", "omegaconf", "torch", "torchvision", "timm",
               "lightning", "lightning_fabric", "pytorch_lightning", "__builtin__", "_codecs")  # fmt: skip
ELSEWHERE = (
    "where it is your own, save network.state_dict() instead; else get the weights where they are published, as "
    "safetensors if there are such"
)


def read_torch(path: Path, kind: str) -> Any:
    """What a file holds: tables of tensors; raises WeightsError for one that is damaged or names anything else."""
    size = path.stat().st_size
    pickles = _zipped_pickle(path, size) if kind == TORCH_ZIP else _old_pickles(path)
    _require_tensors_alone(path, pickles, size)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of PyTorch's about its own older formats
            if kind == TORCH_ZIP and path.suffix != MISLEADING:
                return torch.load(path, map_location="cpu", weights_only=True, mmap=True)
            with open_regular(path) as file:
                return torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged file can raise anything
        raise unreadable(path, "is damaged or cut short", AGAIN) from error


def _zipped_pickle(path: Path, size: int) -> list[bytes]:
    """The pickle of an archive whose entries are just as long as they say; raises WeightsError."""
    try:
        with open_regular(path) as file, ZipFile(file) as archive:
            entries = archive.infolist()
            _require_plain(path, entries, size)
            names = [entry.filename for entry in entries]
            tables = [entry for entry in entries if entry.filename.rpartition("/")[2] == "data.pkl"]
            if len(tables) != 1 or any(name.rpartition("/")[2] == "constants.pkl" for name in names):
                raise _other_archive(path, names)
            if tables[0].file_size > MOST_PICKLE:
                raise unreadable(path, f"lists more than {MOST_PICKLE >> 20} MiB of names", AGAIN)
            return [archive.read(tables[0])]
    except (BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        if isinstance(error, WeightsError):
            raise
        raise unreadable(path, "is cut short or damaged: the table at its end is missing", AGAIN) from error


def _require_plain(path: Path, entries: list[Any], size: int) -> None:
    """Refuse what grows as it is unpacked, before anything is."""
    packed = [entry for entry in entries if entry.compress_type != ZIP_STORED]
    claimed = sum(entry.file_size for entry in entries)
    if len(entries) > MOST_ENTRIES or claimed > size or (packed and _may_be_torch(entries)):
        what = f"would unpack to {claimed:,} bytes from {size:,}, and PyTorch packs nothing"
        raise unreadable(path, what, "save the network's state_dict() anew")


def _may_be_torch(entries: list[Any]) -> bool:
    return any(entry.filename.rpartition("/")[2] == "data.pkl" for entry in entries)


def _other_archive(path: Path, names: list[str]) -> WeightsError:
    """The error for an archive that is not a table of tensors."""
    ends = {name.rpartition("/")[2] for name in names}
    if "constants.pkl" in ends:
        return unreadable(path, "is a program in TorchScript", "save the network's state_dict() instead")
    if "model.weights.h5" in ends:
        return unreadable(path, "is a model of Keras (.keras)", "save its weights with save_weights('NAME.h5')")
    if any(name.endswith(".npy") for name in ends):
        return unreadable(path, "holds arrays of NumPy (.npz)", "give weights in safetensors or of PyTorch")
    return unreadable(path, f"is an archive (zip) of {len(names)} files", "unpack it and give the weights inside")


def _old_pickles(path: Path) -> list[bytes]:
    """The start of a file as PyTorch before 1.6 wrote it, in which its pickles are."""
    with open_regular(path) as file:
        return [file.read(MOST_PICKLE)]


def _require_tensors_alone(path: Path, pickles: list[bytes], size: int) -> None:
    strangers = []
    elements = 0
    try:
        for name, count in _named(pickles[0]):
            elements += count
            if name and name not in ALLOWED and name not in strangers:
                strangers.append(name)
    except (ValueError, IndexError, KeyError, UnicodeDecodeError, OverflowError) as error:
        raise unreadable(path, "is damaged or cut short", AGAIN) from error
    if strangers:
        raise _with_objects(path, strangers)
    if elements > size:
        raise unreadable(path, f"claims {elements:,} numbers in {size:,} bytes", AGAIN)


def _named(content: bytes) -> Iterator[tuple[str, int]]:
    """What pickles name, as module.name, and how many numbers each storage that they ask for has; nothing is run."""
    stream = BytesIO(content)
    repeats = PICKLES_OF_OLD_FILES if content.startswith(OLD_TORCH_START) else 1
    for _ in range(repeats):
        texts: list[str] = []
        number = 0
        for operation, argument, _position in genops(stream):
            if operation.name in ("GLOBAL", "INST"):
                yield str(argument).replace(" ", ".", 1), 0
            elif operation.name == "STACK_GLOBAL":  # takes two texts, which may be older ones: then they are not known
                yield ".".join(texts[-2:]) or "unknown", 0
            elif operation.name in ("BINPERSID", "PERSID"):
                yield "", number
            elif isinstance(argument, str):
                texts.append(argument)
            elif isinstance(argument, int) and operation.name.startswith(("BININT", "LONG1", "INT")):
                number = argument


def _with_objects(path: Path, names: list[str]) -> WeightsError:
    """The error for a file with more than tensors in it: whether it is a whole network, and how to save the tensors."""
    listed = ", ".join(names[:3]) + (" ..." if len(names) > 3 else "")
    is_network = any(name.startswith("torch.nn.modules.") for name in names)
    is_of_training = all(name.partition(".")[0] in OF_TRAINING for name in names)
    if is_network:
        what = f"is a whole network with its code ({listed}), saved with torch.save(network)"
    else:
        what = f"names more than plain tensors ({listed}), and reading that could run any code"
    tensors = ".state_dict()" if is_network else "['state_dict']"
    return unreadable(path, what, f"{TENSORS_ALONE}{tensors}, 'NEW.pth')" if is_of_training else ELSEWHERE)
