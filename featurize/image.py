"""From a file to pixels: safe reading, and resampling."""

from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

SUFFIXES = (".tif", ".tiff", ".png", ".jpg", ".jpeg", ".bmp", ".webp")
EIGHT_BIT = ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr")  # Pillow's modes that hold at most 8 bits a channel
_TURNED = (5, 6, 7, 8)  # EXIF orientations that swap height and width


class ImageError(ValueError):
    """A file that cannot be read as an 8-bit image."""


@dataclass(frozen=True)
class Facts:
    """What can be told of a file without decoding it."""

    sha256: str
    height: int
    width: int


def is_image(path: Path) -> bool:
    """True for a file whose ending names an image format that is read here."""
    return path.suffix.lower() in SUFFIXES and path.is_file()


def inspect(path: Path) -> Facts:
    """Content hash and upright size of an image file, from its header; raises ImageError."""
    try:
        with path.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
        with Image.open(path) as picture:
            width, height = picture.size
            _require_eight_bit(path, picture.mode)
            if picture.getexif().get(0x0112) in _TURNED:
                width, height = height, width
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise ImageError(f"{path}: not a readable image ({error})") from error
    return Facts(digest, height, width)


def read_image(path: Path) -> np.ndarray:
    """Decode a file to (h, w, 3) uint8 RGB, upright, transparency over white; raises ImageError."""
    try:
        with Image.open(path) as picture:
            _require_eight_bit(path, picture.mode)
            upright = ImageOps.exif_transpose(picture)
            return np.asarray(_on_white(upright))
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ImageError(f"{path}: cannot be decoded ({error})") from error


def rescale(image: np.ndarray, scale: float) -> np.ndarray:
    """Resample (h, w, 3) uint8 by a factor with Pillow's bicubic, which is antialiased."""
    height, width = rescaled_size(*image.shape[:2], scale)
    if (height, width) == image.shape[:2]:
        return image
    return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BICUBIC))


def rescaled_size(height: int, width: int, scale: float) -> tuple[int, int]:
    """Height and width after `rescale`."""
    return max(1, round(height * scale)), max(1, round(width * scale))


def _require_eight_bit(path: Path, mode: str) -> None:
    if mode not in EIGHT_BIT:
        raise ImageError(f"{path}: pixel mode {mode} holds more than 8 bits a channel; save it as 8-bit RGB")


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode in ("LA", "RGBA") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture)
    return picture.convert("RGB")
