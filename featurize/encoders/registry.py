"""The networks that describe a crop, by name: what they are and who trained them.

Facts alone; featurize.encoders.networks builds.
"""

from difflib import get_close_matches

from featurize.encoders.known.encoder import IMAGENET, Encoder
from featurize.encoders.known.keras_applications import KERAS
from featurize.encoders.known.pathology import PATHOLOGY
from featurize.encoders.known.photographs import OTHERS, PAPERS
from featurize.protocol import ProtocolError

__all__ = ["ENCODERS", "IMAGENET", "Encoder", "find_encoder"]

ENCODERS = {encoder.name: encoder for encoder in (*PAPERS, *OTHERS, *KERAS, *PATHOLOGY)}
ANY_OF_TIMM = "timm:"  # and a name that timm knows


def find_encoder(name: str) -> Encoder:
    """The entry of a name, or what timm knows of `timm:NAME[.TAG]`; raises ProtocolError for what nobody knows."""
    if name.startswith(ANY_OF_TIMM):
        from featurize.encoders.timm.timm_facts import timm_encoder

        return timm_encoder(name)
    if name not in ENCODERS:
        raise ProtocolError(f"unknown encoder {name!r}; {_nearest(name)}")
    return ENCODERS[name]


def _nearest(name: str) -> str:
    """What may have been meant by a name that is not known."""
    papers = ", ".join(encoder.name for encoder in PAPERS)
    known = f"known: {papers} and {len(ENCODERS) - len(PAPERS)} more, which `python pipeline.py encoders` lists"
    plain = {_plain(entry): entry for entry in ENCODERS}
    likely = [_plain(name)] if _plain(name) in plain else get_close_matches(_plain(name), plain, n=3, cutoff=0.6)
    meant = [plain[entry] for entry in likely]
    hint = f"; perhaps {' or '.join(meant)}" if meant else ""
    return f"{known}{hint}; any network of timm is {ANY_OF_TIMM}NAME"


def _plain(name: str) -> str:
    """A name without what people write differently: H-optimus-0 and h_optimus_0 are one."""
    return "".join(filter(str.isalnum, name.lower()))
