"""Of which known network some weights seem to be, told by names and shapes: for the message where they do not fit."""

from collections.abc import Hashable, Mapping

from torch import Tensor

from featurize.encoders.files.naming import namings
from featurize.encoders.networks import build_uninitialised
from featurize.encoders.registry import ENCODERS, Encoder
from imaging.errors import shown

PATCHES = ("patch_embed.proj.weight", "conv_proj.weight", "patch_embeddings.projection.weight")
SURE, LIKELY = 0.95, 0.5  # shares of a network's tensors that are in a file in the same shape
ALL, CONVOLUTIONS = (0.9, 1.3), (0.6, 1.8)  # numbers in a file, or in its convolutions, to a network's parameters
MOST_BUILT = 6  # networks that are built to be compared
LARGEST = 200_000_000  # parameters of such a network


def seems_to_hold(state: Mapping[str, Tensor], asked: str) -> str:
    """What weights seem to be of, and what to do; in words for the end of a message."""
    nearest, share = "", 0.0
    for encoder in _alike(state)[:MOST_BUILT]:
        if (fitting := _share(state, encoder)) > share:
            nearest, share = encoder.name, fitting
        if share >= SURE:
            break
    if share >= SURE and nearest != asked:
        return f"it seems to hold {nearest}: ask for that network, or give the file of {asked}"
    if share >= LIKELY:
        likeness = f"{share:.0%} of the tensors of {nearest} are in it"
        return f"{likeness}, so it may be a changed or incomplete copy; give the published file of {asked}"
    if not state:
        return f"it holds no tensors; give the published file of {asked}"
    name, value = next(iter(state.items()))
    first = f"it begins with {shown(name)} {tuple(value.shape)}"
    return f"no network known here has such tensors ({first}); give the published file of {asked}"


def _alike(state: Mapping[str, Tensor]) -> list[Encoder]:
    """Encoders about as large as what is in a file, those with the nearest number of parameters first."""
    numbers = sum(value.numel() for value in state.values())
    convolutions = sum(value.numel() for value in state.values() if value.dim() == 4)
    patches = {value.shape[-1] for name, value in state.items() if name.endswith(PATCHES)}
    alike: dict[Hashable, Encoder] = {}
    for encoder in ENCODERS.values():
        is_large = ALL[0] * encoder.parameters <= numbers <= ALL[1] * encoder.parameters
        is_convolutional = CONVOLUTIONS[0] * encoder.parameters <= convolutions <= CONVOLUTIONS[1] * encoder.parameters
        is_of_kind = encoder.patch in patches if encoder.patch else not patches
        if (is_large or is_convolutional) and is_of_kind and encoder.parameters <= LARGEST:
            alike.setdefault((encoder.library, encoder.built_as, encoder.arguments), encoder)
    return sorted(alike.values(), key=lambda encoder: abs(encoder.parameters - max(convolutions, 1)))


def _share(state: Mapping[str, Tensor], encoder: Encoder) -> float:
    """The largest share of a network's tensors that are among these, under any names known."""
    wanted = build_uninitialised(encoder).state_dict()
    shares = [0.0]
    for renamed, _ in namings(state, wanted, encoder):
        fitting = [name for name in wanted if name in renamed and renamed[name].shape == wanted[name].shape]
        shares.append(len(fitting) / len(wanted))
    return max(shares)
