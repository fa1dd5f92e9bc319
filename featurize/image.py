"""From a file to pixels: safe reading, and resampling."""

import re
from contextlib import suppress
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, TiffImagePlugin

from featurize.badfile import MANGLED, MAX_PIXELS, ImageError, require_file, shown, unreadable
from featurize.jpeg import lacks_its_tail
from featurize.phash import perceptual_hash

SUFFIXES = (".tif", ".tiff", ".png", ".jpg", ".jpeg", ".bmp", ".webp")
FORMATS = ("TIFF", "PNG", "JPEG", "BMP", "WEBP")  # Pillow's readers of these files; its others stay shut
EIGHT_BIT = ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr")  # Pillow's modes that hold at most 8 bits a channel
DEEP = re.compile(r"I|F|I;16.*|\w+;16.*")  # Pillow's modes that hold more
SUBFILE_TYPE, WIDTH, LENGTH = 254, 256, 257  # tags of TIFF
REDUCED, MASK = 1, 4  # bits of the first


@dataclass(frozen=True)
class Facts:
    """What must be known of a file before the work starts."""

    sha256: str
    height: int
    width: int
    phash: str  # what it looks like, see featurize.phash


def is_image(path: Path) -> bool:
    """True for a name whose ending is that of an image format that is read here, unless it is hidden.

    What bears such a name and is no file is an image that cannot be read, rather than none.
    """
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


def inspect(path: Path, known: Facts | None = None) -> Facts:
    """Facts of an image file, decoded to its end; raises ImageError.

    known: the facts of an earlier run, which hold, without decoding, for a file of the same content.
    """
    require_file(path)
    try:
        with path.open("rb") as file:
            sha256 = file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise unreadable(path, error) from error
    if known is not None and known.sha256 == sha256:
        return known
    image = read_image(path)  # a header alone promises pixels that a cut file does not have
    return Facts(sha256, image.shape[0], image.shape[1], perceptual_hash(image))


def read_image(path: Path) -> np.ndarray:
    """Decode a file to (h, w, 3) uint8 RGB, upright, transparency over white; raises ImageError."""
    require_file(path)
    try:
        with Image.open(path, formats=FORMATS) as picture:
            _require_modest(path, *picture.size)
            _require_eight_bit(path, picture)
            _require_one_page(path, picture)
            _require_whole(path, picture)
            ImageOps.exif_transpose(picture, in_place=True)
            return np.asarray(_on_white(picture))
    except ImageError:
        raise
    except MANGLED as error:
        raise unreadable(path, error) from error


def rescale(image: np.ndarray, scale: float) -> np.ndarray:
    """Resample (h, w, 3) uint8 by a factor with Pillow's bicubic, which is antialiased."""
    height, width = rescaled_size(image.shape[0], image.shape[1], scale)
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
    pages = 1 if picture.format == "MPO" else getattr(picture, "n_frames", 1)
    if pages == 1 or (isinstance(picture, TiffImagePlugin.TiffImageFile) and _is_pyramid(picture, pages)):
        return
    raise ImageError(
        f"{shown(path)}: holds {pages} pages, and which is meant is unclear; save each wanted page as a file of its own"
    )


def _is_pyramid(picture: TiffImagePlugin.TiffImageFile, pages: int) -> bool:
    """True where all pages after the first are smaller copies of it, or masks; leaves the file at its first page."""
    width, height = picture.size
    first = picture.tag_v2.get(SUBFILE_TYPE, 0)
    copies = [_is_copy(picture, page, width, height) for page in range(1, pages)]
    picture.seek(0)
    return not first & REDUCED and all(copies)


def _is_copy(picture: TiffImagePlugin.TiffImageFile, page: int, width: int, height: int) -> bool:
    with suppress(
        SyntaxError
    ):  # a page that Pillow does not read, such as a mask, tells its kind and size all the same
        picture.seek(page)
    kind, w, h = (picture.tag_v2.get(tag, 0) for tag in (SUBFILE_TYPE, WIDTH, LENGTH))
    if kind & (REDUCED | MASK):
        return w * h < width * height or not kind & REDUCED
    # not every program marks its thumbnails: at most half the size, in the same shape
    return 2 * w <= width and 2 * h <= height and abs(w * height - h * width) <= 2 * max(width, height)


def _require_whole(path: Path, picture: Image.Image) -> None:
    """Refuse damage that decoding alone does not notice; the other formats keep no checksum of their pixels."""
    if picture.format == "PNG":
        with Image.open(path, formats=FORMATS) as unread:
            unread.verify()  # its checksums; a verified file must be opened anew
    if picture.format in ("JPEG", "MPO") and lacks_its_tail(path.read_bytes(), np.asarray(picture.convert("RGB"))):
        raise OSError("its tail is missing, though it has an end marker")


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode in ("LA", "RGBA") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture)
    return picture if picture.mode == "RGB" else picture.convert("RGB")
