"""Of which known network some weights seem to be, told by names and shapes: for the message where they do not fit."""

from collections.abc import Mapping

from torch import Tensor

from featurize.encoders.files.naming import namings
from featurize.encoders.networks import build_uninitialised
from featurize.encoders.registry import ENCODERS, Encoder
from imaging.errors import shown

SURE, LIKELY = 0.95, 0.5  # shares of a network's tensors that are in a file in the same shape
SMALLER, LARGER = 0.4, 4.0  # numbers in a file to those in a network, for it to be looked at
LARGEST = 200_000_000  # parameters of a network that is built only to be compared


def seems_to_hold(state: Mapping[str, Tensor], asked: str) -> str:
    """What weights seem to be of, and what to do; in words for the end of a message."""
    numbers = sum(value.numel() for value in state.values())
    nearest, share = "", 0.0
    for encoder in ENCODERS.values():
        is_alike = SMALLER * encoder.parameters <= numbers <= LARGER * encoder.parameters
        is_small = encoder.parameters <= LARGEST
        if is_alike and is_small and (fitting := _share(state, encoder)) > share:
            nearest, share = encoder.name, fitting
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


def _share(state: Mapping[str, Tensor], encoder: Encoder) -> float:
    """The largest share of a network's tensors that are among these, under any names known."""
    wanted = build_uninitialised(encoder).state_dict()
    shares = [0.0]
    for renamed, _ in namings(state, wanted, encoder):
        fitting = [name for name in wanted if name in renamed and renamed[name].shape == wanted[name].shape]
        shares.append(len(fitting) / len(wanted))
    return max(shares)
