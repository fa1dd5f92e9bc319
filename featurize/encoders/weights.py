"""Where a network's weights come from: a file or folder, a download, an installed package, or a seed."""

import warnings
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import psutil
import torch
from torch import nn

from cohort.checks.notices import Notice, Warn, unsaid
from featurize.encoders.files.file_kinds import HDF5, kind_of
from featurize.encoders.files.fitting import fit_into
from featurize.encoders.files.places import file_in
from featurize.encoders.files.reading import read_weights
from featurize.encoders.files.safetensors_file import bytes_of
from featurize.encoders.files.weights_error import WeightsError
from featurize.encoders.networks import Network, build_uninitialised
from featurize.encoders.random_weights import SIDE, randomise, zero_counters
from featurize.encoders.registry import Encoder
from featurize.encoders.sources.automatic import downloaded, found_here, require_few_bytes
from featurize.encoders.sources.known_origins import KNOWN_ORIGINS
from featurize.encoders.sources.published_file import published_file
from featurize.encoders.sources.remembered_files import is_published, remembered_files, tell_place
from featurize.encoders.timm.twins import require_own

__all__ = ["WeightsError", "find_all_weights", "find_weights", "load_network", "require_one_each", "weights_digest"]

RANDOM_SEED = 0
GIBI = 1 << 30


def find_weights(encoder: Encoder, source: str, offline: bool = False) -> Path | None:
    """The weights file for `auto`, a folder or a file; None for `random`.

    `auto` looks for the published weights where downloads lie, then in places that earlier runs were given, and then
    downloads and verifies them; offline nothing is downloaded. Raises WeightsError saying which file to put where.
    """
    if source == "random":
        return None
    if source == "auto":
        path = found_here(encoder) or _published_among_remembered(encoder) or downloaded(encoder, offline)
    else:
        path = file_in(encoder, Path(source), published_file(encoder))
    require_few_bytes(path, encoder)
    size = bytes_of(path)
    if size > GIBI:
        sentence = (
            f"{path.name} has {size / GIBI:.1f} GiB, and {encoder.name} takes about as much of each worker's memory"
        )
        warnings.warn(Notice("large-weights", sentence), stacklevel=2)
    return path


def _published_among_remembered(encoder: Encoder) -> Path | None:
    """The published weights in a place that an earlier run was given, by a checksum that is known of them."""
    digests = {origin.digest for origin in KNOWN_ORIGINS if origin.encoder == encoder.name and origin.is_published}
    for path, place in remembered_files(encoder):
        if is_published(encoder, path) or (digests and _digest_of(encoder, path) in digests):
            tell_place(encoder, place)
            return path
    return None


def _digest_of(encoder: Encoder, path: Path) -> str:
    """The digest of the parameters in a file; "" where they are not those of the network."""
    try:
        return weights_digest(load_network(encoder, path))
    except WeightsError:
        return ""


def find_all_weights(encoders: Sequence[Encoder], source: str, offline: bool = False) -> dict[str, Path | None]:
    """The same for several encoders, by name; where `auto` finds none, a folder of an earlier run is named."""
    require_one_each(encoders, source)
    found = {}
    for encoder in encoders:
        try:
            found[encoder.name] = find_weights(encoder, source, offline)
        except WeightsError as error:
            _, place = next(remembered_files(encoder), (None, None))
            if source != "auto" or place is None:
                raise
            raise WeightsError(f"{error}; an earlier run had weights of its own from {place} (--weights)") from error
    return found


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


def _require_memory(encoder: Encoder) -> None:
    """Refuse a network for which the memory does not suffice, before it is built."""
    needed, free = 4 * encoder.parameters, psutil.virtual_memory().available
    if needed > free:
        raise WeightsError(
            f"{encoder.name} takes {needed / GIBI:.1f} GiB of memory, and {free / GIBI:.1f} GiB are free; close other "
            "programs, or use a smaller network"
        )
