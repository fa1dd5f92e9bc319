"""Which file has the weights that descriptors were made with: their digest decides."""

from contextlib import suppress
from pathlib import Path

from featurize.encoders.encoder_pool import EncoderPool
from featurize.encoders.registry import Encoder, find_encoder
from featurize.encoders.sources.automatic import found_here
from featurize.encoders.sources.remembered_files import remembered_files, tell_place
from featurize.encoders.sources.remembered_places import remember_place
from featurize.encoders.weights import WeightsError, find_weights

BY_WORD = ("auto", "random")  # sources of weights that are no place


def settle_weights(pool: EncoderPool, name: str, digest: str, source: str, offline: bool) -> str:
    """Have a pool take an encoder's weights of a digest from where the source says; the digest of what it found.

    `auto`: where downloads lie, else a place that an earlier run was given, which is told, and only then a download.
    Only weights of this digest are looked for; others are found where a place is named, or nothing else is there.
    Raises WeightsError.
    """
    encoder = find_encoder(name)
    if source == "auto" and _takes_what_is_here(pool, encoder, digest):
        return digest
    pool.weights[name] = find_weights(encoder, source, offline)
    found = pool.digest(name)
    if found == digest:
        remember_named(source, {name: digest})
    return found


def _takes_what_is_here(pool: EncoderPool, encoder: Encoder, digest: str) -> bool:
    """Whether weights of the digest lie where downloads do, or in a remembered place; then the pool has them."""
    here: Path | None = None
    with suppress(WeightsError):  # a damaged one is told of where no other is found
        here = found_here(encoder)
    if here is not None and pool.takes(encoder.name, here, digest):
        return True
    for path, place in remembered_files(encoder, digest):
        if pool.takes(encoder.name, path, digest):
            tell_place(encoder, place)
            return True
    return False


def remember_named(source: str, digests: dict[str, str]) -> None:
    """Remember the folder or file that a person named, in which weights of these encoders were; digests: of each."""
    if source not in BY_WORD:
        remember_place(source, digests)
