"""Putting a file's tensors into a network, strictly: every name and shape must be the network's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from cohort.checks.notices import Notice, Warn
from featurize.encoders.files.file_kinds import AGAIN
from featurize.encoders.files.key_maps import LITE, LITE_ARCHITECTURES, is_lite
from featurize.encoders.files.naming import namings, resampled_in_words
from featurize.encoders.files.nearest_network import seems_to_hold
from featurize.encoders.files.parameter_tables import Table, tables_of
from featurize.encoders.files.weights_error import WeightsError
from featurize.encoders.networks import Network
from featurize.encoders.registry import Encoder
from imaging.errors import shown

COUNTER = "num_batches_tracked"  # how many batches batch norm has seen: no weight, and may be missing
HALVES = (torch.float16, torch.bfloat16)
READABLE = (torch.float64, torch.float32, *HALVES)


@dataclass(frozen=True)
class Fit:
    """How the tensors of a file, under some names, fit a network."""

    table: Table
    state: Mapping[str, Tensor]  # without the network's own classifier
    names: str  # whose names they had, in words
    missing: Sequence[str]
    unknown: Sequence[str]
    misshapen: Sequence[str]

    @property
    def is_strict(self) -> bool:
        """Whether every tensor has its place, and every place its tensor."""
        return not (self.missing or self.unknown or self.misshapen)


def fit_into(network: Network, content: Any, encoder: Encoder, path: Path, warn: Warn) -> None:
    """Fill a network with what a file holds; raises WeightsError for anything that does not fit or is damaged.

    warn: is told what had to be taken off or changed on the way.
    """
    wanted = network.state_dict()
    fits = _fits(content, wanted, network, encoder)
    if not fits:
        raise WeightsError(f"{path} is not a table of named parameters; save the network's state_dict()")
    for fit in fits:
        if fit.is_strict:
            _require_numbers(fit, wanted, path)
            network.load_state_dict(fit.state, strict=False)  # copies into float32; counters may be missing
            _require_sound(network, path)
            warn(_remarks(fit, path))
            return
    raise _misfit(min(fits, key=_distance), wanted, encoder, path)


def _fits(content: Any, wanted: Mapping[str, Tensor], network: Network, encoder: Encoder) -> list[Fit]:
    """Ways to read what is in a file, up to the first that fits."""
    fits: list[Fit] = []
    for table in tables_of(content):
        for state, names in namings(table.state, wanted, encoder):
            fits.append(_fit(table, state, names, wanted, network.classifiers))
            if fits[-1].is_strict:
                return fits
    return fits


def _fit(
    table: Table, state: Mapping[str, Tensor], names: str, wanted: Mapping[str, Tensor], classifiers: tuple[str, ...]
) -> Fit:
    used = {name: value for name, value in state.items() if not name.startswith(classifiers)}
    missing = [name for name in wanted if name not in used and not name.endswith(COUNTER)]
    unknown = [name for name in used if name not in wanted]
    misshapen = [name for name in wanted if name in used and used[name].shape != wanted[name].shape]
    return Fit(table, used, names, missing, unknown, misshapen)


def _distance(fit: Fit) -> int:
    return len(fit.missing) + len(fit.unknown) + len(fit.misshapen)


def _require_numbers(fit: Fit, wanted: Mapping[str, Tensor], path: Path) -> None:
    """Refuse quantised weights, which are nothing without their scales."""
    for name, value in fit.state.items():
        if wanted[name].is_floating_point() and value.dtype not in READABLE:
            kind = str(value.dtype).removeprefix("torch.")
            raise WeightsError(
                f"{path} is quantised: {shown(name)} is {kind}, and descriptors need float32, float16 or bfloat16; get "
                "the weights as they were trained"
            )


def _require_sound(network: Network, path: Path) -> None:
    for name, value in network.state_dict().items():
        lowest, highest = value.aminmax()  # NaN where there is one
        if not (lowest.isfinite() and highest.isfinite()):
            raise WeightsError(f"{path} is damaged: {name} is not finite (NaN or infinite); {AGAIN}")
        if value.dim() > 1 and name.endswith("weight") and lowest == highest == 0:
            raise WeightsError(f"{path} is damaged: {name} is zero throughout; {AGAIN}")


def _remarks(fit: Fit, path: Path) -> list[Notice]:
    """What a person should know of how a file was read."""
    notices = []
    parts = [fit.table.words, fit.names, resampled_in_words(fit.state, fit.table.state)]
    said = "; ".join(part for part in parts if part)
    if said:
        notices.append(Notice("weights-adapted", f"{path.name}: {said}; all tensors of the network fit"))
    halves = [value.dtype for value in fit.state.values() if value.dtype in HALVES]
    if halves:
        kind = str(halves[0]).removeprefix("torch.")
        of_all = f"{len(halves)} of {len(fit.state)} tensors are {kind}"
        notices.append(Notice("weights-half-precision", f"{path.name}: {of_all}; they are computed with in float32"))
    return notices


def _misfit(fit: Fit, wanted: Mapping[str, Tensor], encoder: Encoder, path: Path) -> WeightsError:
    """The error for weights that do not fit: what differs, what they seem to be of, and what to do."""
    name = encoder.name
    if is_lite(fit.table.state) and not encoder.built_as.startswith(LITE_ARCHITECTURES):
        return WeightsError(
            f"{path} holds another network's weights than {name}'s: those of {LITE}, trained with TensorFlow's "
            f"padding; they fit tf_{encoder.built_as}, not {name}"
        )
    differences = []
    if fit.missing:
        differences.append(f"{len(fit.missing)} of {len(wanted)} tensors missing ({shown(fit.missing[0])})")
    if fit.misshapen:
        first = fit.misshapen[0]
        shapes = f"{tuple(fit.state[first].shape)} for {tuple(wanted[first].shape)}"
        differences.append(f"{len(fit.misshapen)} of another width or shape ({first}: {shapes})")
    if fit.unknown:
        differences.append(f"{len(fit.unknown)} unknown ({shown(fit.unknown[0])})")
    return WeightsError(
        f"{path} holds another network's weights than {name}'s: {', '.join(differences)}; "
        f"{seems_to_hold(fit.table.state, name)}"
    )
