"""Which networks doctor looks at: those that are named, else those of the cache, else the paper's."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from featurize.encoders.registry import Encoder, find_encoder
from featurize.protocol import PRESETS, Protocol, parse_crops
from featurize.store.extractions import Extraction
from featurize.store.file_format import CacheError
from featurize.store.image_index import NAME, read_extractions
from featurize.store.store import Store
from featurize.store.variants import of_latest

PAPER = ("resnet50", "inception_v3", "vgg16")
CROPS = "400,650"


@dataclass(frozen=True)
class AskedNetworks:
    """The networks of a run that is to start."""

    encoders: tuple[Encoder, ...]

    @property
    def run(self) -> str:
        """What is to start, in words."""
        names = [encoder.name for encoder in self.encoders]
        return "the paper's run" if sorted(names) == sorted(PAPER) else f"a run with {', '.join(names)}"

    @property
    def protocols(self) -> list[Protocol]:
        """The variants of the paper for these networks, without their weights."""
        views, crops = PRESETS["paper"]
        return [
            Protocol(encoder.name, "", crop, scale, views=views, crops=crops)
            for encoder in self.encoders
            for crop, scale in parse_crops(CROPS, Protocol.scale)
        ]


def asked_networks(named: Sequence[str] | None, cache: Path) -> AskedNetworks:
    """The networks of these names, or of the data set that was described last, or the paper's.

    Raises ProtocolError for a name that nobody knows.
    """
    names = dict.fromkeys(named or _described_last(cache) or PAPER)
    return AskedNetworks(tuple(find_encoder(name) for name in names))


def _described_last(cache: Path) -> list[str]:
    """The encoders of the latest extraction of the data set in the cache that was extracted last; none without any."""
    folders = sorted({path.parent for path in cache.glob("*/*.h5")}, key=_changed)
    if not folders:
        return []
    stores = []
    for path in sorted(folders[-1].glob("*.h5")):
        with suppress(CacheError):  # damaged: the check of the cache says so
            stores.append(Store(path))
    extractions: tuple[Extraction, ...] = ()
    with suppress(CacheError):
        extractions = read_extractions(folders[-1])
    return [store.protocol.encoder for store in of_latest(stores, extractions)]


def _changed(folder: Path) -> float:
    """When descriptors or the index in the folder of a data set were written last."""
    return max(_written(path) for path in [*folder.glob("*.h5"), folder / NAME])


def _written(path: Path) -> float:
    with suppress(OSError):  # it went away meanwhile
        return path.stat().st_mtime
    return 0.0
