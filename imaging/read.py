"""From a file to pixels: safe reading, and resampling."""

import re
from contextlib import suppress
from dataclasses import dataclass
from hashlib import file_digest
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps, TiffImagePlugin

from imaging.formats.colour_profile import profile_name
from imaging.formats.endings import SUFFIXES as SUFFIXES
from imaging.formats.endings import is_image as is_image
from imaging.formats.jpeg2000 import require_plain_jpeg2000
from imaging.formats.tiff import require_plain, unread_tiff
from imaging.formats.transparency import on_white
from imaging.perceptual_hash import perceptual_hash
from imaging.read_errors import MANGLED, MAX_PIXELS, ImageError, require_file, shown, unreadable
from imaging.truncation import lacks_its_tail

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
SUBFILE_TYPE, WIDTH, LENGTH = 254, 256, 257  # tags of TIFF
REDUCED, MASK = 1, 4  # bits of the first
MAX_PAGES = 10_000  # looked at; a mangled file may seem to have pages without end


@dataclass(frozen=True)
class ImageInfo:
    """What must be known of a file before the work starts."""

    sha256: str
    height: int
    width: int
    phash: str  # what it looks like, see imaging.perceptual_hash
    profile: str | None = None  # of its colours, see imaging.formats.colour_profile; None where an older version looked


def inspect(path: Path, known: ImageInfo | None = None) -> ImageInfo:
    """ImageInfo of an image file, decoded to its end; raises ImageError.

    known: the facts of an earlier run, which hold, without decoding, for a file of the same content.
    """
    sha256 = content_hash(path)
    if known is not None and known.sha256 == sha256 and known.profile is not None:
        return known
    image = read_image(path)  # a header alone promises pixels that a cut file does not have
    return ImageInfo(sha256, image.shape[0], image.shape[1], perceptual_hash(image), _profile(path))


def content_hash(path: Path) -> str:
    """SHA-256 of an image file; raises ImageError."""
    require_file(path)
    try:
        return sha256_of(path)
    except OSError as error:
        raise unreadable(path, error) from error


def sha256_of(path: Path) -> str:
    """SHA-256 of any file; raises OSError, or ValueError for a path with a NUL character."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def read_image(path: Path, content: bytes = b"") -> np.ndarray:
    """Decode a file to (h, w, 3) uint8 RGB, upright, transparency over white; raises ImageError.

    Where the content is given the path is only its name. A picture that is transparent throughout is refused.
    """
    if not content:
        require_file(path)
    try:
        with Image.open(BytesIO(content) if content else path, formats=FORMATS) as picture:
            _require_modest(path, *picture.size)
            _require_eight_bit(path, picture)
            require_plain_jpeg2000(path, picture)
            require_plain(path, picture)
            _require_one_page(path, picture)
            _require_whole(content or path.read_bytes(), picture)
            ImageOps.exif_transpose(picture, in_place=True)
            return np.asarray(on_white(path, picture))
    except ImageError:
        raise
    except MANGLED as error:
        raise unread_tiff(path, content) or unreadable(path, error) from error


def _profile(path: Path) -> str:
    """The name of a file's colour profile, which stands in front of its pixels."""
    try:
        with Image.open(path, formats=FORMATS) as picture:
            return profile_name(picture.info.get("icc_profile"))
    except MANGLED as error:
        raise unreadable(path, error) from error


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
    with suppress(EOFError):
        for number in range(MAX_PAGES):
            with suppress(SyntaxError):  # a page that Pillow cannot show, such as a mask, has tags all the same
                picture.seek(number)
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


def _require_whole(content: bytes, picture: Image.Image) -> None:
    """Refuse damage that decoding alone does not notice; the other formats keep no checksum of their pixels."""
    if picture.format == "PNG":
        with Image.open(BytesIO(content), formats=FORMATS) as unread:
            unread.verify()  # its checksums; a verified file must be opened anew
    if picture.format in ("JPEG", "MPO") and lacks_its_tail(content, np.asarray(picture.convert("RGB"))):
        raise OSError("its tail is missing, though it has an end marker")
