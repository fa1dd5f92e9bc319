"""What crops become for a network, and notices of those blown up or at another resolution than it was trained at."""

from collections.abc import Iterable, Sequence
from typing import Any

from cohort.checks.notices import Notice
from featurize.encoders.registry import Encoder, find_encoder
from featurize.protocol import LEAST_MPP, MOST_MPP, WHOLE, Protocol, ProtocolError
from imaging.read import ImageInfo

MOST_ENLARGED = 2.0  # times; beyond, most of what the network sees was made by interpolation
MOST_APART = 1.25  # ratio of two resolutions that count as one


def size_notices(protocols: Sequence[Protocol], images: Sequence[ImageInfo], mpp: float | None) -> list[Notice]:
    """What to say of crops and resolutions before the work; raises ProtocolError for an mpp that is none.

    mpp: microns per pixel of the images as somebody gave it, for all of them; None: each image's file is asked.
    """
    if mpp is not None and not LEAST_MPP <= mpp <= MOST_MPP:
        raise ProtocolError(f"microns per pixel must be {LEAST_MPP:g} to {MOST_MPP:g}, not {mpp!r}")
    known = [mpp] * len(images) if mpp else [image.mpp for image in images if image.mpp]
    source = "as given" if mpp else "by their files"
    notices = _disagreeing(images, mpp)
    for protocol in protocols:
        encoder = find_encoder(protocol.encoder)
        if protocol.mode == WHOLE:
            continue
        notices += _enlarged(protocol)
        if encoder.mpp:
            notices += _unlike_training(protocol, encoder, known, source)
    of_unknown = [protocol.encoder for protocol in protocols if find_encoder(protocol.encoder).mpp]
    if of_unknown and len(known) < len(images):
        notices.append(_unknown(dict.fromkeys(of_unknown), len(images) - len(known)))
    return notices


def read_by(encoder: Encoder) -> dict[str, Any]:
    """The settings of a protocol that follow from the network: what crops become for it, and what is read off it."""
    side = encoder.input if encoder.fixed_input else 0
    return {"tokens": encoder.tokens, "input": side, "interpolation": interpolation_of(encoder)}


def interpolation_of(encoder: Encoder) -> str:
    """How pictures are resized for a network; the others than those of fixed input are given bicubic ones."""
    return encoder.interpolation if encoder.fixed_input else Protocol.interpolation


def resolution_at(protocol: Protocol, mpp: float) -> float:
    """Microns per pixel of what the network is given, for an image of so many."""
    return mpp / protocol.scale * protocol.crop / protocol.encoded_side


def _enlarged(protocol: Protocol) -> list[Notice]:
    times = protocol.encoded_side / protocol.crop
    if times <= MOST_ENLARGED:
        return []
    sentence = (
        f"{protocol.variant}: crops are enlarged {times:.1f} times to the {protocol.input} pixels that the network "
        "takes; use larger crops"
    )
    return [Notice("crops-enlarged", sentence)]


def _unlike_training(protocol: Protocol, encoder: Encoder, known: Iterable[float], source: str) -> list[Notice]:
    """A line where images reach the network at a resolution that it was not trained at."""
    apart = []
    for mpp in known:
        ratio, nearest = min((_ratio(resolution_at(protocol, mpp), trained), trained) for trained in encoder.mpp)
        if ratio > MOST_APART:
            apart.append((mpp, nearest))
    if not apart:
        return []
    mpp, nearest = apart[0]
    scale = protocol.scale * resolution_at(protocol, mpp) / nearest
    trained = " or ".join(f"{one:g}" for one in encoder.mpp)
    sentence = (
        f"{protocol.variant}: {len(apart)} images ({mpp:g} microns per pixel {source}) reach the network at "
        f"{resolution_at(protocol, mpp):.3g} microns per pixel, and it was trained at {trained}; "
        f"scale {scale:.2g} would be {nearest:g}"
    )
    return [Notice("resolution-unlike-training", sentence)]


def _unknown(encoders: Iterable[str], count: int) -> Notice:
    sentence = (
        f"{', '.join(encoders)}: trained at a known resolution, and the files of {count} images do not say theirs; "
        "give it in microns per pixel (--mpp), and it is held against the training's"
    )
    return Notice("resolution-unknown", sentence)


def _disagreeing(images: Sequence[ImageInfo], mpp: float | None) -> list[Notice]:
    """A line where somebody gave another resolution than files have."""
    others = [image.mpp for image in images if mpp and image.mpp and _ratio(image.mpp, mpp) > MOST_APART]
    if not others:
        return []
    sentence = (
        f"{len(others)} files say {others[0]:g} microns per pixel or the like, and {mpp:g} were given, which are "
        "taken; make sure that they are right"
    )
    return [Notice("resolutions-disagree", sentence)]


def _ratio(one: float, other: float) -> float:
    return max(one / other, other / one)
