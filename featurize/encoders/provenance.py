"""Who trained the weights in a file: known by its SHA-256, or said to be unknown."""

from dataclasses import dataclass
from pathlib import Path

from featurize.encoders.lean_torchvision import models
from featurize.encoders.registry import Encoder
from featurize.encoders.weights import WeightsError, published_file
from imaging.files.regular_file import sha256_of

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Provenance:
    """What is known of a weights file."""

    file: str
    sha256: str
    weights: str  # torchvision's name of them, or "unknown"
    licence: str


def provenance(encoder: Encoder, path: Path) -> Provenance:
    """Look a file up among torchvision's published ones, whose names end in the first 8 digits of their SHA-256.

    Raises WeightsError for a file that bears a published name and is another, and for published weights that want
    pixels normalised otherwise than this encoder does (VGG-16 has two such).
    """
    digest = sha256_of(path)
    for published in models.get_model_weights(encoder.name):
        if digest.startswith(_start_of_digest(published.url)):
            _require_same_pixels(encoder, published, path)
            licence = encoder.licence if str(published) == encoder.weights else UNKNOWN
            return Provenance(path.name, digest, str(published), licence)
    if path.name == published_file(encoder):
        raise WeightsError(
            f"{path} is damaged or another file: its SHA-256 begins with {digest[:8]}, not "
            f"{_start_of_digest(path.name)}; get it again, or give your own weights another name"
        )
    return Provenance(path.name, digest, UNKNOWN, UNKNOWN)


def _start_of_digest(name: str) -> str:
    return Path(name).stem.rsplit("-", 1)[1]


def _require_same_pixels(encoder: Encoder, published: models.WeightsEnum, path: Path) -> None:
    wanted = published.transforms()
    if any(abs(a - b) > 1e-6 for a, b in zip((*wanted.mean, *wanted.std), (*encoder.mean, *encoder.std), strict=True)):
        raise WeightsError(
            f"{path} holds torchvision's {published}, which wants other pixels than {encoder.weights}; get "
            f"{published_file(encoder)} instead"
        )
