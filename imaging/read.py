"""From a file to pixels: safe reading, and resampling.

A file is read once, and what is hashed is what is decoded.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
from PIL import Image, ImageOps, TiffImagePlugin

from imaging.files.memory_budget import MemoryBudget
from imaging.files.pieces import MOST_SCANS, has_many_scans, too_many_pieces
from imaging.files.regular_file import FileTooLargeError, read_regular, sha256_of
from imaging.formats.colour_profile import profile_name
from imaging.formats.endings import SUFFIXES as SUFFIXES
from imaging.formats.endings import is_image as is_image
from imaging.formats.jpeg2000 import require_plain_jpeg2000
from imaging.formats.resolution import microns_per_pixel
from imaging.formats.tiff import require_plain, unread_tiff
from imaging.formats.transparency import on_white
from imaging.perceptual_hash import perceptual_hash
from imaging.read_errors import (
    MANGLED,
    MAX_PIXELS,
    SAVE_ANEW,
    ImageError,
    require_file,
    shown,
    too_large,
    unreadable,
)
from imaging.truncation import MIN_FLAT, lacks_its_tail

FORMATS = (
    "TIFF",
    "PNG",
    "JPEG",
    "BMP",
    "WEBP",
    "GIF",
    "JPEG2000",
)  # Pillow's readers of these files; its others stay shut
EIGHT_BIT = ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr")  # Pillow's modes that hold at most 8 bits a channel
DEEP = re.compile(r"I|F|I;16.*|\w+;16.*")  # Pillow's modes that hold more
SUBFILE_TYPE, WIDTH, LENGTH, COMPRESSION = 254, 256, 257, 259  # tags of TIFF
PARTS = ((273, 279), (324, 325))  # its tags that say where strips or tiles begin, and how many bytes each has
REDUCED, MASK = 1, 4  # bits of the first
JPEG_IN_TIFF = (6, 7)  # compressions
MAX_PAGES = 10_000  # looked at; a mangled file may seem to have pages without end
MAX_TAGS = 100_000  # of all pages together
MAX_BYTES = 8 * MAX_PIXELS  # of a file: the four channels of every pixel as they are, and as much beside them
READING, DECODING = MemoryBudget(share=0.25), MemoryBudget(share=0.5)  # of whatever threads there are together
BYTES_PER_PIXEL, OF_JPEG2000 = 16, 24  # while it is decoded (measured: 8 to 16, and 19 to 23)
ROWS = 256  # of a picture that become an array at once
Facts = TypeVar("Facts")


@dataclass(frozen=True)
class ImageInfo:
    """What must be known of a file before the work starts."""

    sha256: str
    height: int
    width: int
    phash: str  # what it looks like, see imaging.perceptual_hash
    profile: str | None = None  # of its colours, see imaging.formats.colour_profile; None where an older version looked
    mpp: float | None = None  # microns per pixel, see imaging.formats.resolution; 0: not said; None: as for the profile


def inspect(path: Path, known: ImageInfo | None = None) -> ImageInfo:
    """ImageInfo of an image file, decoded to its end; raises ImageError.

    known: the facts of an earlier run, which hold, without decoding, for a file of the same content.
    """
    with content_of(path) as content:
        digest = sha256(content).hexdigest()
        if known is not None and known.sha256 == digest and None not in (known.profile, known.mpp):
            return known
        image = read_image(path, content)  # a header alone promises pixels that a cut file does not have
        with _opened(path, content) as picture:  # both stand in front of the pixels
            profile, mpp = profile_name(picture.info.get("icc_profile")), microns_per_pixel(picture)
    return ImageInfo(digest, image.shape[0], image.shape[1], perceptual_hash(image), profile, mpp)


@contextmanager
def content_of(path: Path) -> Iterator[bytes]:
    """The bytes of an image file, of MAX_BYTES at most; raises ImageError.

    Threads wait for each other where the memory has no room for all that they would hold.
    """
    require_file(path)
    with READING.hold(min(path.stat().st_size, MAX_BYTES)):
        yield _read(path)


def _read(path: Path) -> bytes:
    try:
        return read_regular(path, MAX_BYTES)
    except FileTooLargeError as error:
        raise too_large(path, MAX_BYTES) from error
    except OSError as error:
        raise unreadable(path, error) from error


def content_hash(path: Path) -> str:
    """SHA-256 of an image file, of MAX_BYTES at most, which is not kept in memory; raises ImageError."""
    require_file(path)
    try:
        return sha256_of(path, MAX_BYTES)
    except FileTooLargeError as error:
        raise too_large(path, MAX_BYTES) from error
    except OSError as error:
        raise unreadable(path, error) from error


def image_size(path: Path, content: bytes) -> tuple[int, int]:
    """Height and width, as they lie, of an image with this content, by its header alone; raises ImageError."""
    with _opened(path, content) as picture:
        return picture.height, picture.width


def read_header(path: Path, content: bytes, reader: Callable[[Image.Image], Facts]) -> Facts:
    """What a function finds in an image with this content before any pixel is decoded; raises ImageError."""
    with _opened(path, content) as picture:
        return reader(picture)


def read_image(path: Path, content: bytes = b"") -> np.ndarray:
    """Decode a file to (h, w, 3) uint8 RGB, upright, transparency over white; raises ImageError.

    Where the content is given the path is only its name. A picture that is transparent throughout is refused.
    """
    if not content:
        with content_of(path) as whole:
            return _decoded(path, whole)
    return _decoded(path, content)


def _decoded(path: Path, content: bytes) -> np.ndarray:
    with _opened(path, content) as picture:
        width, height = picture.size
        each = OF_JPEG2000 if picture.format == "JPEG2000" else BYTES_PER_PIXEL
        with DECODING.hold(each * width * height):
            _require_eight_bit(path, picture)
            require_plain_jpeg2000(path, picture)
            require_plain(path, picture)
            _require_one_page(path, picture)
            _require_few_scans(path, picture, content)
            _require_whole(content, picture)
            ImageOps.exif_transpose(picture, in_place=True)
            return _pixels(on_white(path, picture))


@contextmanager
def _opened(path: Path, content: bytes) -> Iterator[Image.Image]:
    """The picture in a file's content, not decoded yet; whatever goes wrong with it becomes an ImageError."""
    try:
        many = too_many_pieces(content)
        if many:
            raise ImageError(f"{shown(path)}: not a readable image ({many}); {SAVE_ANEW}")
        with Image.open(BytesIO(content), formats=FORMATS) as picture:
            _require_modest(path, *picture.size)
            yield picture
    except ImageError:
        raise
    except MANGLED as error:
        raise unread_tiff(path, content) or unreadable(path, error, content) from error


def rescale(image: np.ndarray, scale: float) -> np.ndarray:
    """Resample (h, w, 3) uint8 by a factor with Pillow's bicubic, which is antialiased."""
    height, width = rescaled_size(image.shape[0], image.shape[1], scale)
    return resize(image, height, width)


def resize(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resample (h, w, 3) uint8 to a height and width, as `rescale` does; its own pixels where they are these."""
    if (height, width) == image.shape[:2]:
        return image
    return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BICUBIC))


def rescaled_size(height: int, width: int, scale: float) -> tuple[int, int]:
    """Height and width after `rescale`."""
    return max(1, round(height * scale)), max(1, round(width * scale))


def _require_modest(path: Path, width: int, height: int) -> None:
    """Refuse a decompression bomb, or a whole slide, by its header."""
    if width * height > MAX_PIXELS:
        raise ImageError(
            f"{shown(path)}: {width} x {height} is more than {MAX_PIXELS:,} pixels, the most that are read; "
            "cut it into smaller images, or scale it down"
        )


def _require_eight_bit(path: Path, picture: Image.Image) -> None:
    # Pillow calls 16-bit colour RGB and keeps the high bytes; only the raw mode of its tiles (RGB;16B) tells
    sixteen = re.search(r"\w+;16[BLN]", str(getattr(picture, "tile", "")))
    mode = sixteen[0] if sixteen else picture.mode
    if mode not in EIGHT_BIT:
        rule = "holds more than 8 bits a channel" if DEEP.fullmatch(mode) else "is none of grey, RGB, palette and CMYK"
        raise ImageError(f"{shown(path)}: pixel mode {mode} {rule}; save it as 8-bit RGB")


def _require_one_page(path: Path, picture: Image.Image) -> None:
    """Refuse a file of several pictures; thumbnails and the smaller copies of a pyramid are not pictures.

    A stereo or phone JPEG (MPO) has one main picture by its standard, the first.
    """
    if isinstance(picture, TiffImagePlugin.TiffImageFile):
        first, *others = tiff_pages = _tiff_pages(picture)
        pages = 1 if not first.kind & REDUCED and all(_is_copy(page, first) for page in others) else len(tiff_pages)
    else:
        pages = 1 if picture.format == "MPO" else getattr(picture, "n_frames", 1)
    if pages > 1:
        raise ImageError(
            f"{shown(path)}: holds {pages} pages, and which is meant is unclear; save each wanted page as its own file"
        )


class _Page(NamedTuple):
    kind: int  # bits of SUBFILE_TYPE
    width: int
    height: int


def _tiff_pages(picture: TiffImagePlugin.TiffImageFile) -> list[_Page]:
    """What the tags of each page say; leaves the file at its first page."""
    pages = []
    tags = 0
    with suppress(EOFError):
        for number in range(MAX_PAGES):
            with suppress(SyntaxError):  # a page that Pillow cannot show, such as a mask, has tags all the same
                picture.seek(number)
            tags += len(picture.tag_v2)
            if tags > MAX_TAGS:
                raise OSError(f"its pages have more than {MAX_TAGS:,} tags")
            pages.append(_Page(*(picture.tag_v2.get(tag, 0) for tag in (SUBFILE_TYPE, WIDTH, LENGTH))))
    picture.seek(0)
    return pages


def _is_copy(page: _Page, first: _Page) -> bool:
    """True for a smaller copy of the first page, or a mask."""
    if page.kind & (REDUCED | MASK):
        return page.width * page.height < first.width * first.height or not page.kind & REDUCED
    # not every program marks its thumbnails: at most half the size, in the same shape
    small = 2 * page.width <= first.width and 2 * page.height <= first.height
    return small and abs(page.width * first.height - page.height * first.width) <= 2 * max(first.width, first.height)


def _require_few_scans(path: Path, picture: Image.Image, content: bytes) -> None:
    """Refuse a TIFF with a JPEG among its strips or tiles that would take longer than a picture may."""
    if not isinstance(picture, TiffImagePlugin.TiffImageFile) or picture.tag_v2.get(COMPRESSION) not in JPEG_IN_TIFF:
        return
    for starts, sizes in PARTS:
        parts = set(zip(picture.tag_v2.get(starts, ()), picture.tag_v2.get(sizes, ()), strict=False))
        if has_many_scans(content, parts):
            raise ImageError(f"{shown(path)}: a part of it is drawn in more than {MOST_SCANS} scans; {SAVE_ANEW}")


def _require_whole(content: bytes, picture: Image.Image) -> None:
    """Refuse damage that decoding alone does not notice; the other formats keep no checksum of their pixels."""
    if picture.format == "PNG":
        with Image.open(BytesIO(content), formats=FORMATS) as unread:
            unread.verify()  # its checksums; a verified file must be opened anew
    if picture.format in ("JPEG", "MPO"):
        bottom = picture.crop((0, max(0, picture.height - MIN_FLAT), *picture.size))
        lowest = _pixels(bottom.convert("RGB"))
        is_flat = (lowest == lowest[-1, -1]).all()  # hardly ever, and all of the picture is looked at only then
        if is_flat and lacks_its_tail(content, _pixels(picture.convert("RGB"))):
            raise OSError("its tail is missing, though it has an end marker")


def _pixels(picture: Image.Image) -> np.ndarray:
    """The pixels of an RGB picture, (h, w, 3) uint8, some rows at a time: Pillow would copy all of them twice."""
    width, height = picture.size
    pixels = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, ROWS):
        bottom = min(top + ROWS, height)
        pixels[top:bottom] = np.asarray(picture.crop((0, top, width, bottom)))
    return pixels
