"""The networks that describe a crop, by name: what they are and who trained them.

Facts alone; featurize.encoders.networks builds.
"""

from featurize.encoders.known import photographs
from featurize.encoders.known.encoder import IMAGENET, Encoder
from featurize.protocol import ProtocolError

__all__ = ["ENCODERS", "IMAGENET", "Encoder", "find_encoder"]

ENCODERS = {encoder.name: encoder for encoder in (*photographs.PAPERS, *photographs.OTHERS)}


def find_encoder(name: str) -> Encoder:
    """The registry's entry; raises ProtocolError naming the known ones."""
    if name not in ENCODERS:
        raise ProtocolError(f"unknown encoder {name!r}; known: {', '.join(ENCODERS)}")
    return ENCODERS[name]
