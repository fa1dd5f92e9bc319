"""A training on the disk, whole after every epoch: one safetensors file whose header holds the rest as JSON.

In it are the network, the optimiser's state, the moving average of the weights, the best weights so far, and in JSON
the epoch, the step, what is selected by, early stopping and the history. Nothing is pickled. No generator has a state
to keep: every draw is made anew, alterations from (seed, epoch, image), the order from (seed, epoch), dropout from
(seed, epoch, step). Nor has the schedule: each rate follows from the number of the step.

The file is put in place of the last one whole, so that a run that is killed loses no more than the epoch in work.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zlib import crc32

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor
from torch.optim import Optimizer

from cohort.files.atomic import write_whole
from finetune.training_settings import TrainingError

FORMAT = "histoboost training 1"


@dataclass
class Progress:
    """Where a training stands after some epochs."""

    epochs: int = 0  # done
    steps: int = 0  # done
    part: int = 0  # images on which gradients are computed at once; 0: a whole batch
    best_epoch: int = 0  # counted from 1; 0: none yet
    best: float = float("inf")  # what is selected by; less is better
    ended: bool = False
    history: list[dict[str, float]] = field(default_factory=list)  # a row an epoch


def write_checkpoint(
    path: Path,
    digest: str,
    progress: Progress,
    tensors: Mapping[str, Mapping[str, Tensor]],
    optimiser: Optimizer,
) -> None:
    """Put it in place of the last; digest: of settings, images and first weights; tensors: by part and name."""
    flat = {f"{part}/{name}": value for part, values in tensors.items() for name, value in values.items()}
    for number, state in optimiser.state_dict()["state"].items():
        flat |= {f"optimiser/{number}/{name}": value for name, value in state.items()}
    contiguous = {name: value.detach().cpu().contiguous() for name, value in flat.items()}
    header = {
        "format": FORMAT,
        "digest": digest,
        "progress": json.dumps(vars(progress)),
        "checksum": _checksum(contiguous),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, save(contiguous, metadata=header))


def read_checkpoint(path: Path, digest: str) -> tuple[Progress, dict[str, dict[str, Tensor]]] | None:
    """What `write_checkpoint` wrote for the same digest, tensors by part; None where there is none.

    Raises TrainingError for a file of another training, and for one that is damaged.
    """
    if not path.exists():
        return None
    try:
        with safe_open(path, "pt") as file:
            header = file.metadata() or {}
            flat = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118  (it is no dict)
        progress = Progress(**json.loads(header["progress"]))
        is_whole = header["checksum"] == _checksum(flat)
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise TrainingError(f"{path} is damaged; delete it to train this fold anew") from error
    if header.get("format") != FORMAT or header.get("digest") != digest:
        raise TrainingError(f"{path} is of another training; use another name, or delete it to train anew")
    if not is_whole:
        raise TrainingError(f"{path} is damaged; delete it to train this fold anew")
    parts: dict[str, dict[str, Tensor]] = {}
    for key, value in flat.items():
        part, _, name = key.partition("/")
        parts.setdefault(part, {})[name] = value
    return progress, parts


def _checksum(tensors: Mapping[str, Tensor]) -> str:
    """Of all values, for safetensors has none of its own: a bit that fell over would go unseen."""
    checksum = 0
    for name in sorted(tensors):
        values = tensors[name].reshape(-1).view(torch.uint8).numpy()
        checksum = crc32(values.data, crc32(name.encode(), checksum))
    return f"{checksum:08x}"


def load_optimiser(optimiser: Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Give an optimiser that was made from the same settings its state back."""
    state: dict[int, dict[str, Any]] = {}
    for key, value in tensors.items():
        number, _, name = key.partition("/")
        state.setdefault(int(number), {})[name] = value
    groups = optimiser.state_dict()["param_groups"]
    optimiser.load_state_dict({"state": state, "param_groups": groups})
