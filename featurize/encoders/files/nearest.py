"""Of which known network some weights seem to be, told by names and shapes: for the message where they do not fit."""

from collections.abc import Mapping

import torch
from torch import Tensor

from featurize.encoders.files.naming import namings
from featurize.encoders.networks import build_network
from featurize.encoders.registry import ENCODERS, Encoder
from imaging.errors import shown

SURE, LIKELY = 0.95, 0.5  # shares of a network's tensors that are in a file in the same shape
SMALLER, LARGER = 0.4, 4.0  # numbers in a file to those in a network, for it to be looked at


def seems_to_hold(state: Mapping[str, Tensor], asked: str) -> str:
    """What weights seem to be of, and what to do; in words for the end of a message."""
    numbers = sum(value.numel() for value in state.values())
    nearest, share = "", 0.0
    for encoder in ENCODERS.values():
        is_alike = SMALLER * encoder.parameters <= numbers <= LARGER * encoder.parameters
        if is_alike and (fitting := _share(state, encoder)) > share:
            nearest, share = encoder.name, fitting
    if share >= SURE and nearest != asked:
        return f"it seems to hold {nearest}: ask for that network, or give the file of {asked}"
    if share >= LIKELY:
        likeness = f"{share:.0%} of the tensors of {nearest} are in it"
        return f"{likeness}, so it may be a changed or incomplete copy; give the published file of {asked}"
    name, value = next(iter(state.items()))
    first = f"it begins with {shown(name)} {tuple(value.shape)}"
    return f"no network known here has such tensors ({first}); give the published file of {asked}"


def _share(state: Mapping[str, Tensor], encoder: Encoder) -> float:
    """The largest share of a network's tensors that are among these, under any names known."""
    try:
        with torch.device("meta"):  # shapes alone
            wanted = build_network(encoder).state_dict()
    except (RuntimeError, NotImplementedError, ValueError):  # it cannot be built without numbers
        return 0.0
    shares = [0.0]
    for renamed, _ in namings(state, wanted, encoder):
        fitting = [name for name in wanted if name in renamed and renamed[name].shape == wanted[name].shape]
        shares.append(len(fitting) / len(wanted))
    return max(shares)
