"""All settings that decide a descriptor; a changed setting is another protocol, with another cache file."""

import json
from dataclasses import asdict, dataclass
from hashlib import sha256
from math import inf

from imaging.errors import HistoboostError

METHOD = 1  # counts up when the same settings would give other descriptors
MODES = ("exact", "dense")
WHOLE = "whole"  # the mode of what a result is held against; nobody asks for it
PRESETS = {  # views, crops a view; the cheaper ones from the measured curve in benchmarks/README.md
    "paper": (50, 20),
    "fast": (10, 5),
    "draft": (5, 2),
}
PRECISIONS = ("float32", "bfloat16")
POSITIVE: dict[str, type[int] | type[float]] = {
    "crop": int, "scale": float, "crops": int, "views": int, "power": float,
}  # fmt: skip
CHOICES = {"precision": PRECISIONS, "mode": (*MODES, WHOLE)}
_NUMBERS: dict[type, str] = {int: "whole number", float: "number"}


class ProtocolError(HistoboostError):
    """Settings that make no sense."""


@dataclass(frozen=True)
class Protocol:
    """How one variant's descriptors are made; the defaults are those of Rakhlin et al. 2018."""

    encoder: str
    weights: str  # digest of the network's parameters
    crop: int = 400  # side of a crop in pixels of the rescaled image
    scale: float = 0.5  # images are resampled by this before anything else
    crops: int = 20  # crops per view
    views: int = 50  # stain jitters per image
    power: float = 3.0  # of the generalised mean over the crops
    seed: int = 13
    precision: str = "float32"  # of the encoder
    mode: str = (
        "exact"  # or dense: crops are windows on the feature maps of the whole view; or whole: see `whole_image`
    )
    method: int = METHOD

    def __post_init__(self) -> None:
        for field, kind in POSITIVE.items():
            self._settle_number(field, kind)
        for field, choices in CHOICES.items():
            value = getattr(self, field)
            if value not in choices:
                raise ProtocolError(f"{field} must be one of {', '.join(choices)}, not {value!r}")
        if self.seed < 0 or int(self.seed) != self.seed:
            raise ProtocolError(f"seed must be a whole number from 0, not {self.seed!r}")

    def _settle_number(self, field: str, kind: type[int] | type[float]) -> None:
        """Refuse what is no such positive number; scale 1 and scale 1.0 are one protocol with one key."""
        value = getattr(self, field)
        if not 0 < value < inf or kind(value) != value:
            raise ProtocolError(f"{field} must be a positive {_NUMBERS[kind]}, not {value!r}")
        object.__setattr__(self, field, kind(value))

    @property
    def variant(self) -> str:
        """The row's name in the paper's tables, with its scale: resnet50-400@0.5."""
        if self.mode == WHOLE:
            return f"{self.encoder}-whole{self.crop}"
        return f"{self.encoder}-{self.crop}@{self.scale:g}" + ("-dense" if self.mode == "dense" else "")

    @property
    def key(self) -> str:
        """Eight hexadecimal digits that stand for all settings."""
        return sha256(self.to_json().encode()).hexdigest()[:8]

    def to_json(self) -> str:
        """All settings in a canonical order."""
        return json.dumps(asdict(self), sort_keys=True)


def whole_image(encoder: str, side: int, weights: str, precision: str) -> Protocol:
    """The plain way that a result is held against: the whole image, resized to the network's input, as it is.

    Neither normalised nor jittered nor cropped: one view of one crop, `side` pixels high and wide.
    """
    return Protocol(encoder, weights, side, scale=1.0, crops=1, views=1, precision=precision, mode=WHOLE)


def parse_crops(text: str, scale: float) -> list[tuple[int, float]]:
    """Crop sizes with their scales from `400,650` or `400@0.5,1300@1`; raises ProtocolError.

    >>> parse_crops("400,1300@1", scale=0.5)
    [(400, 0.5), (1300, 1.0)]
    """
    pairs = []
    for part in text.split(","):
        crop, at, own = part.strip().partition("@")
        try:
            size = int(crop)
            its_scale = float(own if at else scale)
        except ValueError:
            raise ProtocolError(
                f"--crops {text!r}: {part.strip()!r} is not SIZE or SIZE@SCALE, as in 400,650@1"
            ) from None
        if not (size > 0 and 0 < its_scale < inf):
            raise ProtocolError(f"--crops {text!r}: size {size} and scale {its_scale:g} must be positive")
        pairs.append((size, its_scale))
    if len(set(pairs)) < len(pairs):
        raise ProtocolError(f"--crops {text!r} names a crop twice")
    return pairs
