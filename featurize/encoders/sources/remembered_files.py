"""The files of an encoder's weights in the places that earlier runs on this machine were given."""

import warnings
from collections.abc import Iterator
from pathlib import Path

from cohort.checks.notices import Notice
from featurize.encoders.files.places import file_in
from featurize.encoders.files.weights_error import WeightsError
from featurize.encoders.known.encoder import Encoder
from featurize.encoders.provenance import UNKNOWN, provenance
from featurize.encoders.sources.automatic import require_few_bytes
from featurize.encoders.sources.known_origins import BY_SHA256
from featurize.encoders.sources.published_file import published_file
from featurize.encoders.sources.remembered_places import RememberedPlace, remembered_places
from imaging.errors import shown
from imaging.files.regular_file import sha256_of

MET, USED, OTHER = range(3)  # how near a place is to what is looked for


def remembered_files(encoder: Encoder, digest: str = "") -> Iterator[tuple[Path, Path]]:
    """Files of an encoder's weights, each with the place that was remembered, the likeliest first; none is read.

    First those of places where the digest of the parameters was met, then of those where weights of this encoder were,
    then of other folders. A place that is gone, or holds no such file, is passed over.
    """
    seen = set()
    for place in sorted(remembered_places(), key=lambda place: _nearness(place, encoder, digest)):
        try:
            if _nearness(place, encoder, digest) == OTHER and place.path.is_file():
                continue  # of another network
            path = file_in(encoder, place.path, published_file(encoder))
            require_few_bytes(path, encoder)
            content = path.resolve()
        except (WeightsError, OSError, RuntimeError):  # RuntimeError: links in a circle
            continue
        if content not in seen:
            seen.add(content)
            yield path, place.path


def _nearness(place: RememberedPlace, encoder: Encoder, digest: str) -> int:
    if digest and digest in place.digests.values():
        return MET
    return USED if encoder.name in place.digests else OTHER


def is_published(encoder: Encoder, path: Path) -> bool:
    """Whether a file is, by its checksum, what `auto` would download for an encoder."""
    try:
        origin = BY_SHA256.get(sha256_of(path))
        if origin is not None and origin.encoder == encoder.name:
            return origin.is_published
        known = provenance(encoder, path).weights
    except (WeightsError, OSError):
        return False
    return known == encoder.weights if encoder.library == "torchvision" else known != UNKNOWN


def tell_place(encoder: Encoder, place: Path) -> None:
    """Say that weights are taken from a remembered place."""
    sentence = f"weights of {encoder.name} are taken from {shown(place)}, which an earlier run here was given"
    warnings.warn(Notice("weights-remembered", sentence), stacklevel=3)
