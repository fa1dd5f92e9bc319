"""Networks with tensors of the same names and shapes that give other features: whose weights a file holds.

A file can show that by its name, by the hub's page or description that it lies under, or, for the weights that packages
bring, by its numbers. One that shows nothing is taken at its word.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from featurize.encoders.files.file_kinds import INDEX_ENDING
from featurize.encoders.files.places import IN_A_FOLDER, names_of
from featurize.encoders.files.weights_error import WeightsError
from featurize.encoders.known.encoder import Encoder
from featurize.encoders.registry import ENCODERS
from imaging.files.regular_file import read_regular

HUB_FOLDER = "models--"  # how a page's folder in the hub's cache begins
DESCRIPTION = "config.json"  # beside the hub's files
MOST_DESCRIPTION = 1 << 20  # bytes
FIRST_LAYER = "conv_stem.weight"  # (channel, 3, 3, 3)
MIDDLE_OF_RED = {  # of the first six kernels of the first layer, of weights that were trained with TensorFlow's padding
    "tf_efficientnet_lite0": (1.22592, -1.19847, 0.28516, -1.04513, 1.09143, -0.00432),
    "tf_efficientnet_lite1": (-1.54469, -0.50346, 0.0, -0.04948, -1.57551, -0.07079),
    "tf_efficientnet_lite2": (0.1692, -0.00199, 0.0, -0.01507, 1.35235, -0.05467),
}
AS_NEAR = 0.01  # as two such numbers count as one: copies in half precision are no others


def require_own(encoder: Encoder, path: Path, state: Mapping[str, Tensor]) -> None:
    """Refuse weights that fit, and show that they are another network's; raises WeightsError.

    state: the network's parameters, as they were filled from the file.
    """
    _require_own_page(encoder, path)
    _require_own_padding(encoder, path, state)
    _require_own_name(encoder, path)


def _require_own_page(encoder: Encoder, path: Path) -> None:
    """Refuse a file of the hub's cache that lies under another encoder's page: some are built alike."""
    for page in _pages(path):
        others = [other.name for other in ENCODERS.values() if other.hub == page != encoder.hub]
        if others:
            raise WeightsError(
                f"{path} holds another network's weights than {encoder.name}'s: it is of {page}; ask for {others[0]}, "
                f"or give the file of {encoder.name}"
            )


def _require_own_padding(encoder: Encoder, path: Path, state: Mapping[str, Tensor]) -> None:
    """Refuse what is of the twin of a network: TensorFlow's, with other padding and batch norms, or timm's own."""
    name = encoder.built_as.partition(".")[0]
    twin = name.removeprefix("tf_") if name.startswith("tf_") else f"tf_{name}"
    by_numbers = _by_first_layer(state)
    if by_numbers == name:
        return
    told = [*_titles(path), *map(_last, _pages(path)), *_described(path)]
    by_name = any(_is_about(text, twin) for text in told) and not any(_is_about(text, name) for text in told)
    if by_numbers == twin or by_name:
        why = "by its numbers" if by_numbers == twin else "by its name"
        raise WeightsError(
            f"{path} holds another network's weights than {name}'s: {why} it is of {twin}, which has the same "
            f"tensors and pads otherwise; ask for {twin}, or give the file of {name}"
        )


def _require_own_name(encoder: Encoder, path: Path) -> None:
    """Refuse a file named after another encoder that is built alike, and not after this one."""
    own = {_plain(name) for name in names_of(encoder)}
    for title in map(_plain, _titles(path)):
        if title in own:
            return
        for other in ENCODERS.values():
            is_other = other.library == encoder.library and other.hub != encoder.hub
            if is_other and title in map(_plain, names_of(other)):
                raise WeightsError(
                    f"{path} holds another network's weights than {encoder.name}'s: by its name it is of {other.name}, "
                    f"which is built alike; ask for {other.name}, or give the file of {encoder.name}"
                )


def _by_first_layer(state: Mapping[str, Tensor]) -> str:
    """Which network's weights these are by their numbers; "" where they are not known."""
    layer = state.get(FIRST_LAYER)
    if layer is None:
        return ""
    middle = layer[:6, 0, 1, 1].float()
    for name, known in MIDDLE_OF_RED.items():
        if len(middle) == len(known) and torch.allclose(middle, torch.tensor(known), AS_NEAR, AS_NEAR):
            return name
    return ""


def _titles(path: Path) -> list[str]:
    """What a file is called, without its ending; its folder where all files have its name on the hub."""
    if path.name in IN_A_FOLDER:
        return [path.parent.name]
    return [Path(path.name.removesuffix(INDEX_ENDING)).stem]


def _pages(path: Path) -> list[str]:
    """ORGANISATION/NAME of a file in the hub's cache."""
    return [part.removeprefix(HUB_FOLDER).replace("--", "/") for part in path.parts if part.startswith(HUB_FOLDER)]


def _last(page: str) -> str:
    return page.rpartition("/")[2]


def _plain(text: str) -> str:
    """A name as people write it, with bars for hyphens."""
    return text.lower().replace("-", "_")


def _is_about(text: str, name: str) -> bool:
    """Whether a text begins with the name of a network, which goes on no further."""
    return text.startswith(name) and not text[len(name) : len(name) + 1].isalnum()


def _described(path: Path) -> list[str]:
    """What the hub's description beside its file calls the network: none or one name."""
    description = path.parent / DESCRIPTION
    if path.name not in IN_A_FOLDER or not description.is_file():
        return []
    try:
        architecture = json.loads(read_regular(description, MOST_DESCRIPTION))["architecture"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []
    return [str(architecture)]
