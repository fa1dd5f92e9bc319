"""All settings that decide a descriptor; a changed setting is another protocol, with another cache file."""

import json
from dataclasses import asdict, dataclass
from hashlib import sha256

METHOD = 1  # counts up when the same settings would give other descriptors


class ProtocolError(ValueError):
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
    method: int = METHOD

    def __post_init__(self) -> None:
        for field in ("crop", "scale", "crops", "views", "power"):
            if not getattr(self, field) > 0:
                raise ProtocolError(f"{field} must be positive, not {getattr(self, field)!r}")

    @property
    def variant(self) -> str:
        """The row's name in the paper's tables, with its scale: resnet50-400@0.5."""
        return f"{self.encoder}-{self.crop}@{self.scale:g}"

    @property
    def key(self) -> str:
        """Eight hexadecimal digits that stand for all settings."""
        return sha256(self.to_json().encode()).hexdigest()[:8]

    def to_json(self) -> str:
        """All settings in a canonical order."""
        return json.dumps(asdict(self), sort_keys=True)


def parse_crops(text: str, scale: float) -> list[tuple[int, float]]:
    """Crop sizes with their scales from `400,650` or `400@0.5,1300@1`; raises ProtocolError.

    >>> parse_crops("400,1300@1", scale=0.5)
    [(400, 0.5), (1300, 1.0)]
    """
    pairs = []
    for part in text.split(","):
        crop, _, own = part.strip().partition("@")
        try:
            pairs.append((int(crop), float(own or scale)))
        except ValueError:
            raise ProtocolError(
                f"--crops {text!r}: {part.strip()!r} is not SIZE or SIZE@SCALE, as in 400,650@1"
            ) from None
    if len(set(pairs)) < len(pairs):
        raise ProtocolError(f"--crops {text!r} names a crop twice")
    return pairs
