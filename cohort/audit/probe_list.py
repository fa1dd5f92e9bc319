"""The probes of the audit: which sides of an image's making are looked at, and what is measured of each.

A probe is a handful of measures that a small classifier is given. Probes of a family tell the same kind of story.
"""

from dataclasses import dataclass
from itertools import accumulate

from imaging.errors import HistoboostError, shown

BINS = 16  # of a colour histogram, for each channel
MANIFEST = "manifest:"  # begins the key of a probe for a further column of the manifest
CHANNELS = ("red", "green", "blue")


class AuditError(HistoboostError):
    """An audit, or its file, that cannot be used; the message names the rule, the value and the way out."""


@dataclass(frozen=True)
class Probe:
    """What a small classifier is given to tell the classes from; never more than is listed."""

    key: str
    family: str
    title: str  # in a sentence, of several things
    numbers: tuple[str, ...] = ()  # measures, in their order
    words: tuple[str, ...] = ()  # what is a category rather than a number, in their order
    of_tissue: bool = False  # whether tissue that differs would show in it too, as mucus is pale
    gaps_tell: bool = True  # whether a measure that is missing says something; else an image was too smooth for it


def _of_channels(*measures: str) -> tuple[str, ...]:
    return tuple(f"{channel} {measure}" for channel in CHANNELS for measure in measures)


_BINS = [f"{first}-{first + 256 // BINS - 1}" for first in range(0, 256, 256 // BINS)]
_VECTORS = [f"{stain} in {channel}" for stain in ("haematoxylin", "eosin") for channel in CHANNELS]
_AMOUNTS = ["most haematoxylin", "most eosin", "mean haematoxylin", "mean eosin"]

PROBES = (
    Probe("rgb_means", "colour", "the three colour means", _of_channels("mean"), of_tissue=True),
    Probe("colour_histogram", "colour", "the bins of the colour histogram", _of_channels(*_BINS), of_tissue=True),
    Probe("stain", "stain", "stain vectors and amounts", (*_VECTORS, *_AMOUNTS), ("stain",), of_tissue=True),
    Probe("size", "size", "height and width", ("height", "width", "aspect", "logarithm of the pixels")),
    Probe("format", "size", "format and compression", (), ("format", "mode", "compression")),
    Probe("bytes", "size", "the bytes per pixel", ("logarithm of bytes per pixel",), of_tissue=True),
    Probe(
        "jpeg",
        "JPEG",
        "the tables and quality of JPEG",
        ("quality", "quality of chroma", "distance from libjpeg's tables", "pixels to a sample of chroma"),
        ("tables", "sampling", "layout"),
    ),
    Probe(
        "blocks",
        "JPEG",
        "the borders of 8-pixel blocks",
        ("columns of the file's grid", "rows of the file's grid", "columns of any grid", "rows of any grid"),
        of_tissue=True,
    ),
    Probe("former_jpeg", "JPEG", "traces of JPEG in the pixels", ("quality of a former JPEG",), gaps_tell=False),
    Probe(
        "range",
        "range",
        "the ends of the grey levels",
        _of_channels("at 0", "at 255", "darkest", "brightest"),
        of_tissue=True,
    ),
    Probe("gaps", "range", "gaps among the grey levels", (*_of_channels("gaps", "combing"), "jumps")),
    Probe(
        "sharpness",
        "sharpness",
        "fine and coarse contrasts",
        ("fine contrast", "coarse contrast", "fine by coarse contrast"),
        of_tissue=True,
    ),
    Probe("noise", "sharpness", "noise and noise of colour", ("noise", "noise of colour"), of_tissue=True),
    Probe(
        "background",
        "background",
        "background, pen and borders",
        ("background", "pen", "black border", "white border", "border of one colour"),
        of_tissue=True,
    ),
    Probe(
        "metadata",
        "metadata",
        "maker, software, day and resolution",
        ("day", "pixels per centimetre", "bytes of metadata"),
        ("maker", "model", "software", "description", "profile", "resolution", "orientation", "somebody"),
    ),
    Probe(
        "name", "name", "the file names", ("place in order", "digits", "letters", "separators"), ("pattern", "ending")
    ),
)
OF_FILES = tuple(probe for probe in PROBES if probe.key != "name")  # those that a file alone is measured for


def _places(lengths: dict[str, int]) -> dict[str, slice]:
    """Where the measures of each probe stand, one after the other."""
    ends = list(accumulate(lengths.values()))
    return {key: slice(end - length, end) for (key, length), end in zip(lengths.items(), ends, strict=True)}


NUMBERS_OF = _places({probe.key: len(probe.numbers) for probe in OF_FILES})
WORDS_OF = _places({probe.key: len(probe.words) for probe in OF_FILES})
BY_KEY = {probe.key: probe for probe in PROBES}
FAMILIES = (*dict.fromkeys(probe.family for probe in PROBES), "manifest")


def probe_of(key: str) -> Probe:
    """The probe of a key, of those for further columns of a manifest too; raises AuditError.

    >>> probe_of("manifest:scanner").title
    'the entries of column scanner'
    """
    column = key.removeprefix(MANIFEST)
    if column != key and column:
        return Probe(key, "manifest", f"the entries of column {shown(column)}", (column,), (column,))
    if key not in BY_KEY:
        raise AuditError(f"unknown probe {key!r}; known: {', '.join(BY_KEY)} and {MANIFEST}COLUMN")
    return BY_KEY[key]
