"""All that decides how a network is trained; changed settings are another training."""

import json
from dataclasses import asdict, dataclass, fields
from hashlib import sha256
from math import isfinite
from typing import Any

from imaging.errors import HistoboostError

CHOICES = {
    "stain": ("macenko", "none"),
    "pooling": ("own", "average", "maximum"),
    "head": ("softmax", "sigmoid"),
    "optimiser": ("adamw", "adagrad", "adam", "keras_adam"),
    "schedule": ("cosine", "by step", "stairs"),
    "augmentation": ("histology", "idc", "nct", "pcam", "none"),
    "class_weights": ("balanced", "largest", "none"),
    "select_on": ("inner", "test"),
    "averaging": ("probabilities", "logits"),
}
SYMMETRIES = (1, 4, 8)
SWITCHES = ("frozen_norms", "drop_last", "mixed")
NAMES = ("network", "frozen_to")
WHOLE = {  # numbers that must be whole, with the least and the most that make sense
    "input": (16, 2048), "epochs": (1, 10_000), "batch": (1, 65_536), "head_epochs": (0, 10_000),
    "patience": (0, 10_000), "stair_epochs": (1, 10_000), "symmetries": (1, 8), "seed": (0, 2**32 - 1),
}  # fmt: skip
REAL = {
    "rate": (1e-9, 10.0), "upper_rate": (0.0, 10.0), "layer_decay": (0.01, 1.0), "trained_share": (0.0, 1.0),
    "weight_decay": (0.0, 1.0), "rate_decay": (0.0, 1.0), "stair_factor": (0.01, 1.0), "average_decay": (0.0, 0.9999),
    "dropout": (0.0, 0.9), "validation": (0.0, 0.5),
}  # fmt: skip


class TrainingError(HistoboostError):
    """A training that cannot begin or cannot go on."""


@dataclass(frozen=True)
class TrainingSettings:
    """How a network is trained; raises TrainingError for values that make no sense."""

    network: str  # an encoder of the registry, two of them as A+B, or a network of finetune.networks.idc_networks
    input: int  # side of what the network sees, in pixels; images are resized to it
    stain: str = "macenko"  # or none: images as they are
    pooling: str = "own"  # of an encoder as it describes crops; or the average or maximum of its last feature map
    head: str = "softmax"  # over an output a class; or sigmoid: one output for two classes, as Keras' dense 1
    epochs: int = 30
    batch: int = 32
    drop_last: bool = False  # a short batch at the end of an epoch is left out
    mixed: bool = False  # bfloat16 on a GPU for what bears it; a CPU has float32 always
    optimiser: str = "adamw"  # adam is PyTorch's, with weight decay as L2; keras_adam and adagrad have Keras' constants
    rate: float = 1e-3  # of the head, or of all layers where none is pretrained
    upper_rate: float = 0.0  # of the uppermost pretrained layer; below it each has `layer_decay` of the next
    layer_decay: float = 0.9
    head_epochs: int = 0  # at the beginning, in which the head alone is trained
    trained_share: float = 1.0  # of the pretrained layers, from the top; the others stay as they are
    frozen_to: str = ""  # the last stage of a pretrained body that stays as it is; "": trained_share decides
    frozen_norms: bool = False  # batch norm keeps the statistics that came with the weights
    weight_decay: float = 0.0
    schedule: str = "cosine"  # by step: rate / (1 + rate_decay * step), as Keras' `decay`; stairs: PyTorch's StepLR
    rate_decay: float = 0.0
    stair_epochs: int = 5  # after each so many the rate is multiplied
    stair_factor: float = 0.75
    average_decay: float = 0.0  # of the moving average of the weights; 0: none
    dropout: float = 0.0  # before the head of a pretrained network
    augmentation: str = "histology"
    class_weights: str = "balanced"  # or largest: the largest class's count over a class's own
    validation: float = 0.2  # share of the training images in the inner split, by patient; 0: no selection
    select_on: str = "inner"  # or test, as some documents did: every number of it is optimistic
    patience: int = 8  # epochs without a better inner split after which training ends; 0: never
    symmetries: int = 8  # of an image whose answers are averaged; 4: upright and flipped; 1: upright alone
    averaging: str = "probabilities"  # of the answers for an image's symmetries; or of their logits
    seed: int = 13

    def __post_init__(self) -> None:
        for name, choices in CHOICES.items():
            if getattr(self, name) not in choices:
                raise TrainingError(f"{name} is one of {', '.join(choices)}; got {getattr(self, name)!r}")
        for name, (least, most) in (WHOLE | REAL).items():
            self._require_number(name, least, most)
        for name in SWITCHES:
            if not isinstance(getattr(self, name), bool):
                raise TrainingError(f"{name} is true or false; got {getattr(self, name)!r}")
        for name in NAMES:
            if not isinstance(getattr(self, name), str):
                raise TrainingError(f"{name} is a name; got {getattr(self, name)!r}")
        if self.symmetries not in SYMMETRIES:
            raise TrainingError(f"symmetries is one of {', '.join(map(str, SYMMETRIES))}; got {self.symmetries}")
        if self.select_on == "inner" and self.patience and not self.validation:
            raise TrainingError("early stopping needs an inner split; give a validation share above 0, or patience 0")

    def _require_number(self, name: str, least: float, most: float) -> None:
        value: Any = getattr(self, name)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        is_number = is_number and (isinstance(value, int) or isfinite(value))  # a whole number may be of any length
        if not is_number or not least <= value <= most or (name in WHOLE and value != int(value)):
            kind = "whole number" if name in WHOLE else "number"
            raise TrainingError(f"{name} is a {kind} from {least:g} to {most:g}; got {value!r}")

    @property
    def key(self) -> str:
        """Eight hexadecimal digits that stand for all settings."""
        return sha256(self.to_json().encode()).hexdigest()[:8]

    def to_json(self) -> str:
        """All settings in a canonical order."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "TrainingSettings":
        """The inverse of `to_json`; raises TrainingError for anything else."""
        known = {field.name for field in fields(cls)}
        try:
            values = json.loads(text)
            unknown = sorted(set(values) - known)
        except (TypeError, ValueError, RecursionError) as error:
            raise TrainingError(f"settings of a training are a JSON object; got {text[:60]!r}") from error
        if unknown or not isinstance(values, dict):
            raise TrainingError(f"unknown settings of a training: {', '.join(map(str, unknown[:5]))}")
        try:
            return cls(**values)
        except TypeError as error:
            raise TrainingError("settings of a training lack the network or its input; train it anew") from error
