"""Which TIFF files mean what Pillow makes of them. Their tags can promise more kinds of pixels than it knows.

Of some kinds it says so; others it reads as noise, or with black for white. Every rule here stands for a kind that was
seen to be read wrong, or that several readers take in several ways. Numbers of tags are those of TIFF 6.0 (1992).
"""

from collections.abc import Mapping
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, cast

from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2, TiffImageFile

from imaging.files.regular_file import open_regular
from imaging.read_errors import MANGLED, ImageError, shown

WIDTH, LENGTH, BITS, COMPRESSION, COLOURS, FILL_ORDER, SAMPLES, PLANES = 256, 257, 258, 259, 262, 266, 277, 284
PREDICTOR, PALETTE, INKS, EXTRA, NUMBERS, SUBSAMPLING, RANGES = 317, 320, 332, 338, 339, 530, 532
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, INDEXED, CMYK, YCBCR = 0, 1, 2, 3, 5, 6
CHANNELS = {WHITE_IS_ZERO: 1, BLACK_IS_ZERO: 1, RGB: 3, INDEXED: 1, CMYK: 4, YCBCR: 3}
OTHER_COLOURS = {4: "a mask", 8: "CIELab", 9: "ICCLab", 10: "ITULab", 32803: "of a sensor's filter array (raw)",
                 32844: "LogL", 32845: "LogLuv", 34892: "linear raw"}  # fmt: skip
OTHER_NUMBERS = {2: "signed", 3: "floating point", 5: "complex", 6: "complex"}
RAW, FAX, LZW, JPEGS, DEFLATES = 1, (2, 3, 4), 5, (6, 7), (8, 32946)
PREDICTED = (LZW, *DEFLATES, 34925, 50000)  # compressions that a predictor goes with
READ = (RAW, *FAX, LZW, *JPEGS, *DEFLATES, 32773)  # every Pillow reads these
COMPRESSIONS = {33003: "JPEG 2000", 33004: "JPEG 2000", 33005: "JPEG 2000", 34712: "JPEG 2000", 34933: "PNG",
                34887: "LERC", 34892: "lossy JPEG", 22610: "JPEG XR", 34934: "JPEG XR", 50001: "WebP", 34927: "WebP",
                50002: "JPEG XL", 52546: "JPEG XL", 50000: "Zstandard", 34925: "LZMA", 34676: "SGI LogLuv",
                34677: "SGI LogLuv", 32809: "ThunderScan", 32771: "CCITT in words"}  # fmt: skip
FULL_RANGE = (0, 255, 128, 255, 128, 255)  # of luma and chroma: black, white
MOTOROLA_BIG = b"MM\0\x2b"  # the first bytes of a file of more than 4 GiB in big-endian order

Tags = Mapping[int, Any]


def require_plain(path: Path, picture: Image.Image) -> None:
    """Raise ImageError for a TIFF that Pillow opens but would read wrong; any other picture passes."""
    rule = misread_kind(picture.tag_v2) if isinstance(picture, TiffImageFile) else ""
    if rule:
        raise _refusal(path, rule)


def unread_tiff(path: Path, content: bytes = b"") -> ImageError | None:
    """The true reason for a TIFF of a kind that Pillow does not open or decode; None for any other file.

    Where the content is given the path is only its name.
    """
    with suppress(*MANGLED), BytesIO(content) if content else open_regular(path) as file:
        rule = unread_kind(file)
        if rule:
            return _refusal(path, rule)
    return None


def _refusal(path: Path, rule: str) -> ImageError:
    return ImageError(f"{shown(path)}: {rule}; save it as 8-bit RGB, uncompressed or with LZW or deflate")


def tags_of(file: BinaryIO) -> dict[int, Any]:
    """The tags of the first picture of a TIFF file by number; none where it is no TIFF, or where they are damaged."""
    with suppress(*MANGLED):
        header = file.read(8)
        header += file.read(8) if header[2:3] == b"\x2b" else b""
        directory = ImageFileDirectory_v2(header)
        file.seek(cast(int, directory.next))
        directory.load(file)
        return dict(directory)
    return {}


def unread_kind(file: BinaryIO) -> str:
    """Why a file that Pillow could not read is a TIFF of a kind that is not read; "" where it is not, but damaged."""
    if file.read(4) == MOTOROLA_BIG:
        return "is a BigTIFF in big-endian order, which is not read"
    file.seek(0)
    tags = tags_of(file)
    if not tags.keys() >= {WIDTH, LENGTH, BITS, COLOURS}:
        return ""
    compression = tags.get(COMPRESSION, RAW)
    if compression not in READ:
        name = COMPRESSIONS.get(compression, "an unknown method")
        return f"is a TIFF whose pixels are compressed by {name} ({compression}), which is not read in TIFF"
    return misread_kind(tags)


def misread_kind(tags: Tags) -> str:
    """Why the pixels of a TIFF with these tags are not 8-bit grey, RGB, palette, CMYK or YCbCr; "" where they are."""
    colours = tags.get(COLOURS)
    if tags.get(COMPRESSION) == JPEGS[0]:
        colours = YCBCR  # the old kind of JPEG in TIFF seldom says so
    return (
        _odd_numbers(tags) or _odd_colours(tags, colours) or _odd_channels(tags, colours) or _odd_order(tags, colours)
    )


def _odd_numbers(tags: Tags) -> str:
    """Deep, signed, real or unequal channels."""
    bits = _several(tags, BITS, 1)
    numbers = [OTHER_NUMBERS[number] for number in _several(tags, NUMBERS, 1) if number in OTHER_NUMBERS]
    if numbers:
        return f"is a TIFF of an unusual kind, such as floating point colour: {numbers[0]} numbers of {max(bits)} bits"
    if max(bits) > 8:
        return f"is a TIFF of {max(bits)} bits a channel, and holds more than 8 bits"
    if len(set(bits)) > 1:
        return f"is a TIFF whose channels have unlike depths, {', '.join(map(str, bits))} bits"
    if bits[0] not in (1, 2, 4, 8) or (bits[0] < 8 and tags.get(SAMPLES, 1) > 1):
        return f"is a TIFF of {bits[0]} bits a channel, which is neither 8-bit colour nor grey of 1, 2, 4 or 8 bits"
    return ""


def _odd_colours(tags: Tags, colours: int | None) -> str:
    """What the numbers stand for."""
    if colours is None:
        return "is a TIFF that does not say whether its pixels are grey, RGB or a palette's"
    if colours not in CHANNELS:
        return f"is a TIFF whose pixels are {OTHER_COLOURS.get(colours, f'of an unknown kind ({colours})')}"
    if colours == INDEXED and max(_several(tags, PALETTE, 1 << 16)) < 256:
        return "is a TIFF whose palette holds 8-bit values where TIFF has 16-bit ones"
    if colours == CMYK and tags.get(INKS, 1) != 1:
        return "is a TIFF of other inks than cyan, magenta, yellow and black"
    if colours == YCBCR and tags.get(COMPRESSION) not in JPEGS:
        ranges = tuple(map(float, _several(tags, RANGES, *FULL_RANGE)))
        if _several(tags, SUBSAMPLING, 2, 2) != (1, 1) or ranges != FULL_RANGE or tags.get(PLANES, 1) != 1:
            return "is a TIFF of YCbCr colours that are coarser than its pixels, in planes or of a narrow range"
    return ""


def _odd_channels(tags: Tags, colours: int | None) -> str:
    """Channels beyond those of the colour."""
    samples = tags.get(SAMPLES, 1)
    further = samples - CHANNELS.get(colours or 0, samples)
    told = _several(tags, EXTRA)
    if further > 0 and len(told) != further:
        return f"is a TIFF of {samples} channels that does not say what the last {further} are"
    if further > 0 and colours in (WHITE_IS_ZERO, BLACK_IS_ZERO) and tags.get(PLANES, 1) != 1:
        return f"is a grey TIFF of {samples} channels in planes"
    return ""


def _odd_order(tags: Tags, colours: int | None) -> str:
    """The order of the pixels, their bits, and what is kept of them."""
    compression, in_planes = tags.get(COMPRESSION, RAW), tags.get(PLANES, 1) != 1
    if tags.get(FILL_ORDER, 1) != 1 and compression not in FAX and (compression != RAW or in_planes):
        return "is a TIFF whose bits are in reverse order"
    if tags.get(PREDICTOR, 1) != 1 and compression not in PREDICTED:
        return "is a TIFF that keeps differences of pixels but is not compressed as they are"
    bits = _several(tags, BITS, 1)
    if in_planes and compression == RAW and tags.get(SAMPLES, 1) == 1 and (colours == WHITE_IS_ZERO or bits[0] < 8):
        return "is a TIFF of one channel that is kept in planes"
    return ""


def _several(tags: Tags, tag: int, *default: int) -> tuple:
    """The values of a tag, of which there may be one."""
    value = tags.get(tag, default)
    return tuple(value) if isinstance(value, tuple | list) else (value,)
