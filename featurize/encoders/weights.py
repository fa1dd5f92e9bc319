"""Where a network's weights come from: a folder, torchvision's download, or a seed."""

import os
from hashlib import sha256
from http.client import HTTPException
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from cohort.files.atomic import replacing
from featurize.encoders.lean_torchvision import models
from featurize.encoders.networks import Network, build_network
from featurize.encoders.random_weights import SIDE, randomise, zero_counters
from featurize.encoders.registry import Encoder
from imaging.errors import HistoboostError
from imaging.files.regular_file import require_regular, sha256_of

RANDOM_SEED = 0
MOST_BYTES = 1 << 32  # of a file of weights; those of VGG-16 with its classifier are the largest, 530 MB
DRAWING = ("normal_", "uniform_", "kaiming_uniform_", "fill_", "zero_")  # what layers call to have first weights


class WeightsError(HistoboostError):
    """Weights that are missing, damaged or of another network."""


def find_weights(encoder: Encoder, source: str, offline: bool = False) -> Path | None:
    """The weights file for `auto` (downloaded and verified when missing) or a folder; None for `random`.

    Offline nothing is downloaded. Raises WeightsError saying which file to put where.
    """
    if source == "random":
        return None
    if source == "auto":
        return _downloaded(encoder, offline)
    folder = Path(source)
    published = published_file(encoder)
    for name in (f"{encoder.name}.safetensors", f"{encoder.name}.pth", published):
        if (folder / name).is_file():
            _require_few_bytes(folder / name)
            return folder / name
    raise WeightsError(
        f"no weights for {encoder.name} in {folder}: put {encoder.name}.safetensors or torchvision's {published} "
        "there, or use --weights auto to download, or --weights random to try things out"
    )


def load_network(encoder: Encoder, path: Path | None) -> Network:
    """The network in evaluation mode with the weights of a file, or random ones for None; raises WeightsError."""
    with Uninitialised():
        network = build_network(encoder)
    network.eval().requires_grad_(False)
    if path is None:
        randomise(network, encoder.input if encoder.fixed_input else SIDE, RANDOM_SEED)
    else:
        _fill(network, _read(path), path)
    return network.to(memory_format=torch.channels_last)


class Uninitialised(TorchFunctionMode):
    """Layers are built without first weights, which would be drawn to be overwritten.

    So they are on the device "meta" too, but there PyTorch loads its compiler.
    """

    def __torch_function__(self, function: Any, types: Any, arguments: Any = (), named: Any = None) -> Any:
        if getattr(function, "__name__", "") in DRAWING:
            return named["tensor"] if named and "tensor" in named else arguments[0]
        return function(*arguments, **(named or {}))


def weights_digest(network: nn.Module) -> str:
    """SHA-256 over a network's parameters and statistics in the order of their names, whatever file they came from."""
    digest = sha256()
    for name, value in sorted(network.state_dict().items()):
        digest.update(name.encode())
        digest.update(value.float().contiguous().numpy().tobytes())
    return digest.hexdigest()


def published_file(encoder: Encoder) -> str:
    """The name of torchvision's own weights file; it ends in the start of its SHA-256."""
    return Path(download_url(encoder)).name


def download_url(encoder: Encoder) -> str:
    """Where torchvision publishes the weights."""
    return models.get_weight(encoder.weights).url


def download_path(encoder: Encoder) -> Path:
    """Where torchvision's own file lies, or would, in torch's cache."""
    return Path(torch.hub.get_dir()) / "checkpoints" / published_file(encoder)


def _downloaded(encoder: Encoder, offline: bool) -> Path:
    """torchvision's own file in torch's cache; its name ends in the start of its SHA-256, which is checked."""
    url = download_url(encoder)
    target = download_path(encoder)
    prefix = target.stem.rsplit("-", 1)[1]
    if not target.exists():
        if offline:
            raise WeightsError(
                f"weights of {encoder.name} are not here and must not be downloaded; {_by_hand(url, target)}"
            )
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with replacing(target) as temporary:
                torch.hub.download_url_to_file(url, os.fspath(temporary), hash_prefix=prefix)
        except (OSError, HTTPException, RuntimeError) as error:
            raise WeightsError(
                f"weights of {encoder.name} could not be downloaded ({error}); {_by_hand(url, target)}"
            ) from error
    _require_few_bytes(target)
    if not sha256_of(target).startswith(prefix):
        raise WeightsError(f"{target} is damaged: its SHA-256 does not begin with {prefix}; delete it and try again")
    return target


def _require_few_bytes(path: Path) -> None:
    """Refuse, before it is hashed, what is no file or larger than the weights of any network."""
    try:
        require_regular(path)
        size = path.stat().st_size
    except OSError as error:
        raise WeightsError(f"{path} cannot be read ({error}); put the weights there") from error
    if size > MOST_BYTES:
        raise WeightsError(f"{path} has {size:,} bytes, and no weights have more than {MOST_BYTES:,}; get it again")


def _by_hand(url: str, target: Path) -> str:
    return (
        f"on a machine that is online get {url} and put it at {target} or in a folder given with --weights; --weights "
        "random tries things out"
    )


def _read(path: Path) -> dict[str, Tensor]:
    """Parameters by name; safetensors, or torch's format restricted to plain tensors."""
    try:
        require_regular(path)
        safe = path.suffix == ".safetensors"
        state = load_file(path) if safe else torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged file can raise anything, and one with code in it is refused
        why = "damaged, or holding more than plain tensors"
        raise WeightsError(f"{path} cannot be read as weights: it is {why}; get the file again") from error
    if not isinstance(state, dict) or not all(isinstance(v, Tensor) and isinstance(k, str) for k, v in state.items()):
        raise WeightsError(f"{path} is not a table of named parameters; save the network's state_dict()")
    return state


def _fill(network: Network, state: dict[str, Tensor], path: Path) -> None:
    """Load a state dict strictly, but for the published classifiers."""
    wanted = {key: value for key, value in state.items() if not key.startswith(network.classifiers)}
    try:
        # assign=False copies into float32; counters of batches seen are not weights and may be missing
        missing, unexpected = network.load_state_dict(wanted, strict=False)
    except RuntimeError as error:
        raise WeightsError(f"{path} holds another network's weights: {error}") from error
    missing = [key for key in missing if not key.endswith("num_batches_tracked")]
    if missing or unexpected:
        raise WeightsError(f"{path} holds another network's weights: {len(missing)} missing, {len(unexpected)} unknown")
    for name, value in network.state_dict().items():
        if not value.isfinite().all():
            raise WeightsError(f"{path} is damaged: {name} is not finite; get the file again")
    zero_counters(network)
