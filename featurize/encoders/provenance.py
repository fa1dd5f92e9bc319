"""Who trained the weights in a file: known by its SHA-256, or said to be unknown."""

import re
from dataclasses import dataclass
from hashlib import md5
from pathlib import Path

from featurize.encoders.files.weights_error import WeightsError
from featurize.encoders.known.encoder import Encoder
from featurize.encoders.known.keras_applications import PUBLISHED_MD5
from featurize.encoders.lean_torchvision import models
from featurize.encoders.sources.known_origins import BY_SHA256, LITE, UNKNOWN
from featurize.encoders.sources.published_file import published_file, start_of_digest
from imaging.files.regular_file import BLOCK, open_regular, sha256_of

DIGEST = re.compile(r"-[0-9a-f]{8,}\.\w+$")  # the end of a published name that says how the SHA-256 begins
PACKAGED = {  # how the SHA-256 of files that packages bring begins, for the networks that they are of
    "57934424": "tf_efficientnet_lite0",
    "77cc7160": "tf_efficientnet_lite1",
    "9656183e": "tf_efficientnet_lite2",
}


@dataclass(frozen=True)
class Provenance:
    """What is known of a weights file."""

    file: str
    sha256: str
    weights: str  # the library's or the hub's name of them, or "unknown"
    licence: str


def provenance(encoder: Encoder, path: Path) -> Provenance:
    """Look a file up among the published ones, of which libraries tell how their SHA-256 begins, and the hub all of it.

    Raises WeightsError for a file that bears a published name and is another, and for published weights that want
    pixels normalised otherwise than this encoder does (VGG-16 has two such).
    """
    digest = sha256_of(path)
    origin = BY_SHA256.get(digest)
    if origin is not None and origin.encoder == encoder.name:
        return Provenance(path.name, digest, origin.weights, origin.licence)
    if encoder.library == "torchvision":
        return _of_torchvision(encoder, path, digest)
    if encoder.library == "keras":
        words = encoder.weights if md5_of(path) in PUBLISHED_MD5.get(encoder.name, ()) else ""
        return Provenance(path.name, digest, words or UNKNOWN, encoder.licence if words else UNKNOWN)
    words = _of_package(encoder, digest) or _of_hub(encoder, path, digest) or _of_address(encoder, path, digest)
    return Provenance(path.name, digest, words or UNKNOWN, encoder.licence if words else UNKNOWN)


def md5_of(path: Path) -> str:
    """MD5 of a file, by which Keras knows the ones that it publishes; no guard against a forger."""
    digest = md5(usedforsecurity=False)
    with open_regular(path) as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _of_torchvision(encoder: Encoder, path: Path, digest: str) -> Provenance:
    """torchvision's published files, whose names end in the first 8 digits of their SHA-256."""
    for published in models.get_model_weights(encoder.name):
        if digest.startswith(start_of_digest(published.url)):
            _require_same_pixels(encoder, published, path)
            licence = encoder.licence if str(published) == encoder.weights else UNKNOWN
            return Provenance(path.name, digest, str(published), licence)
    _require_own_digest(encoder, path, digest)
    return Provenance(path.name, digest, UNKNOWN, UNKNOWN)


def _of_package(encoder: Encoder, digest: str) -> str:
    """Files that an installed package brings, under any name."""
    name = PACKAGED.get(digest[:8])
    return LITE if name is not None and encoder.built_as.startswith(name) else ""


def _of_hub(encoder: Encoder, path: Path, digest: str) -> str:
    """Files of the hub's cache, which are named by their SHA-256 below a folder named after their page."""
    folder = f"models--{encoder.hub.replace('/', '--')}"
    is_its = bool(encoder.hub) and folder in path.parts and path.resolve().name == digest
    return encoder.hub if is_its else ""


def _of_address(encoder: Encoder, path: Path, digest: str) -> str:
    """The one file that is published at an address, under any name."""
    published = published_file(encoder)
    if not DIGEST.search(published):
        return ""
    if digest.startswith(start_of_digest(published)):
        return encoder.weights
    _require_own_digest(encoder, path, digest)
    return ""


def _require_own_digest(encoder: Encoder, path: Path, digest: str) -> None:
    if path.name == published_file(encoder):
        raise WeightsError(
            f"{path} is damaged or another file: its SHA-256 begins with {digest[:8]}, not "
            f"{start_of_digest(path.name)}; get it again, or give your own weights another name"
        )


def _require_same_pixels(encoder: Encoder, published: models.WeightsEnum, path: Path) -> None:
    wanted = published.transforms()
    if any(abs(a - b) > 1e-6 for a, b in zip((*wanted.mean, *wanted.std), (*encoder.mean, *encoder.std), strict=True)):
        raise WeightsError(
            f"{path} holds torchvision's {published}, which wants other pixels than {encoder.weights}; get "
            f"{published_file(encoder)} instead"
        )
