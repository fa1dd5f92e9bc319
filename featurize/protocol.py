"""All settings that decide a descriptor; a changed setting is another protocol, with another cache file."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from hashlib import sha256
from math import inf
from numbers import Real
from typing import Any

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
MOST: dict[str, int | float] = {  # beyond what anybody needs: a file of strangers may ask for more than a life has time
    "crop": 8192, "scale": 8.0, "crops": 20_000, "views": 20_000, "power": 100.0, "seed": 2**64 - 1,
    "input": 2048,
}  # fmt: skip
MOST_PIXELS = 10**11  # to be worked on for one image, under all protocols together: a day on two cores
STAINS = ("macenko", "none")  # what images are normalised by
THIRD_NORM, MEAN, MEAN_AND_STD = POOLINGS = ("3-norm", "mean", "mean+std")  # of the crops of a view
RAKHLIN = "rakhlin2018"
STYLES = ("histoboost", RAKHLIN)  # whose line it is: ours, or that of the paper's own program
TOKENS = ("map", "cls", "patches", "cls+patches")  # what is read off a network
INTERPOLATIONS = ("bicubic", "bilinear")
ADDED = ("stain", "pooling", "style", "tokens", "input", "interpolation")  # settings that older files do not name
LEAST_MPP, MOST_MPP = 0.01, 100.0  # microns per pixel that somebody may say images have
LEAST_SIDE = 64  # that a crop counts for, however small it is and even where it is not encoded by itself
CHOICES = {
    "precision": PRECISIONS, "mode": (*MODES, WHOLE), "stain": STAINS, "pooling": POOLINGS, "style": STYLES,
    "tokens": TOKENS, "interpolation": INTERPOLATIONS,
}  # fmt: skip
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
    stain: str = "macenko"  # or none: images keep their stains, and a jitter goes along them
    pooling: str = THIRD_NORM  # of the crops of a view: with `power`; or mean; or mean+std, twice as long
    style: str = "histoboost"  # or rakhlin2018: see featurize.faithful
    tokens: str = "map"  # or cls, patches, cls+patches: what is read off the network, as its entry says
    input: int = 0  # side that crops are resized to, for a network of fixed input; 0: they are encoded as they are
    interpolation: str = "bicubic"  # of that, or bilinear

    def __post_init__(self) -> None:
        for field, kind in POSITIVE.items():
            self._settle_number(field, kind)
        for field, choices in CHOICES.items():
            value = getattr(self, field)
            if value not in choices:
                raise ProtocolError(f"{field} must be one of {', '.join(choices)}, not {value!r}")
        if not isinstance(self.seed, Real) or not 0 <= self.seed <= MOST["seed"] or int(self.seed) != self.seed:
            raise ProtocolError(f"seed must be a whole number from 0 to {MOST['seed']}, not {self.seed!r}")
        if not isinstance(self.method, int):
            raise ProtocolError(f"method must be a whole number, not {self.method!r}")
        for field in ("encoder", "weights"):
            if not isinstance(getattr(self, field), str):
                raise ProtocolError(f"{field} must be a text, not {getattr(self, field)!r}")
        self._settle_input()
        if self.mode == "dense" and not self.takes_windows:
            raise ProtocolError(f"{self.encoder} cannot be asked in dense mode: {self._why_no_windows}; use exact mode")
        if self.style == RAKHLIN and (self.stain, self.pooling) != (Protocol.stain, Protocol.pooling):
            raise ProtocolError(
                f"the paper's program knows stain {Protocol.stain} and pooling {Protocol.pooling} alone, not "
                f"{self.stain} and {self.pooling}; leave them out, or the style"
            )
        require_bounded([self])

    def _settle_input(self) -> None:
        """Refuse what is no side; 0 stands for none."""
        if self.input != 0:
            self._settle_number("input", int)
        object.__setattr__(self, "input", int(self.input))

    def _settle_number(self, field: str, kind: type[int] | type[float]) -> None:
        """Refuse what is no such positive number; scale 1 and scale 1.0 are one protocol with one key."""
        value: Any = getattr(self, field)
        is_number = isinstance(value, Real)
        if is_number and MOST[field] < value < inf:
            raise ProtocolError(f"{field} must be {MOST[field]:g} at most, not {value!r}; ask for less")
        if not is_number or not 0 < value < inf or kind(value) != value:
            raise ProtocolError(f"{field} must be a positive {_NUMBERS[kind]}, not {value!r}")
        object.__setattr__(self, field, kind(value))

    def pixels(self, image: int = 0) -> float:
        """How many are worked on for an image of so many pixels: those of its views, and those of crops to encode."""
        side = max(self.crop, self.input) if self.mode == "exact" else 0
        encoded = self.crops * max(side, LEAST_SIDE) ** 2
        return self.views * (self.scale**2 * image + encoded)

    @property
    def variant(self) -> str:
        """The row's name in the paper's tables, with its scale: resnet50-400@0.5."""
        if self.mode == WHOLE:
            return f"{self.encoder}-whole{self.crop}"
        suffix = "-dense" if self.mode == "dense" else ""
        if self.style == RAKHLIN:
            suffix = "-faithful"
        return f"{self.encoder}-{self.crop}@{self.scale:g}{suffix}"

    @property
    def encoded_side(self) -> int:
        """Side in pixels of what the network is given of a crop."""
        return self.input or self.crop

    @property
    def takes_windows(self) -> bool:
        """Whether its crops could be windows on the feature maps of a whole view, as in the dense mode."""
        return not self._why_no_windows

    @property
    def _why_no_windows(self) -> str:
        if self.input:
            return f"it takes pictures of {self.input} x {self.input} pixels alone, and a view has another size"
        if self.tokens != "map":
            return "it answers with tokens, which are no map of a view"
        return "the paper's program encodes each crop by itself" if self.style == RAKHLIN else ""

    def width(self, dim: int) -> int:
        """Length of a descriptor that is pooled from features of length `dim`."""
        return 2 * dim if self.pooling == MEAN_AND_STD else dim

    @property
    def key(self) -> str:
        """Eight hexadecimal digits that stand for all settings."""
        return sha256(self.to_json().encode()).hexdigest()[:8]

    def settings(self) -> dict[str, Any]:
        """All settings by name, but for those that came later and are as they were before."""
        settings = asdict(self)
        for field in fields(self):
            if field.name in ADDED and settings[field.name] == field.default:
                del settings[field.name]
        return settings

    def to_json(self) -> str:
        """`settings` in a canonical order."""
        return json.dumps(self.settings(), sort_keys=True)


def require_bounded(protocols: Iterable[Protocol], image: int = 0) -> None:
    """Raise ProtocolError where describing one image, of so many pixels, would take longer than anybody can wait."""
    pixels = sum(protocol.pixels(image) for protocol in protocols)
    if pixels > MOST_PIXELS:
        raise ProtocolError(
            f"{pixels:.2g} pixels would be worked on for one image, more than {MOST_PIXELS:.2g}, the most that are; "
            "ask for fewer variants, views or crops, smaller crops, a smaller scale, or give smaller images"
        )


def whole_image(
    encoder: str, side: int, weights: str, precision: str, tokens: str = "map", interpolation: str = "bicubic"
) -> Protocol:
    """The plain way that a result is held against: the whole image, resized to the network's input, as it is.

    Neither normalised nor jittered nor cropped: one view of one crop, `side` pixels high and wide.
    """
    return Protocol(
        encoder, weights, side, scale=1.0, crops=1, views=1, precision=precision, mode=WHOLE, tokens=tokens,
        interpolation=interpolation,
    )  # fmt: skip


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
                f"--crops {text!r}: {part.strip()!r} is not SIZE or SIZE@SCALE, as in 400,650@1, nor auto alone"
            ) from None
        if not (size > 0 and 0 < its_scale < inf):
            raise ProtocolError(f"--crops {text!r}: size {size} and scale {its_scale:g} must be positive")
        pairs.append((size, its_scale))
    if len(set(pairs)) < len(pairs):
        raise ProtocolError(f"--crops {text!r} names a crop twice")
    return pairs
