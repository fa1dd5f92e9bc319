"""From a file to pixels: safe reading, and resampling."""

import re
from dataclasses import dataclass
from hashlib import file_digest
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

SUFFIXES = (".tif", ".tiff", ".png", ".jpg", ".jpeg", ".bmp", ".webp")
FORMATS = ("TIFF", "PNG", "JPEG", "BMP", "WEBP")  # Pillow's readers of these files; its others stay shut
EIGHT_BIT = ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr")  # Pillow's modes that hold at most 8 bits a channel


class ImageError(ValueError):
    """A file that cannot be read as an 8-bit image."""


@dataclass(frozen=True)
class Facts:
    """What must be known of a file before the work starts."""

    sha256: str
    height: int
    width: int


def is_image(path: Path) -> bool:
    """True for a file whose ending names an image format that is read here, unless it is hidden."""
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()


def inspect(path: Path) -> Facts:
    """Content hash and upright size of an image file, decoded to its end; raises ImageError."""
    height, width = read_image(path).shape[:2]  # a header alone promises pixels that a cut file does not have
    with path.open("rb") as file:
        return Facts(file_digest(file, "sha256").hexdigest(), height, width)


def read_image(path: Path, content: bytes = b"") -> np.ndarray:
    """Decode a file to (h, w, 3) uint8 RGB, upright, transparency over white; raises ImageError.

    Where the content is given the path is only its name.
    """
    try:
        with Image.open(BytesIO(content) if content else path, formats=FORMATS) as picture:
            _require_eight_bit(path, picture)
            ImageOps.exif_transpose(picture, in_place=True)
            return np.asarray(_on_white(picture))
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ImageError(f"{path}: not a readable image ({error})") from error


def rescale(image: np.ndarray, scale: float) -> np.ndarray:
    """Resample (h, w, 3) uint8 by a factor with Pillow's bicubic, which is antialiased."""
    height, width = rescaled_size(image.shape[0], image.shape[1], scale)
    if (height, width) == image.shape[:2]:
        return image
    return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BICUBIC))


def rescaled_size(height: int, width: int, scale: float) -> tuple[int, int]:
    """Height and width after `rescale`."""
    return max(1, round(height * scale)), max(1, round(width * scale))


def _require_eight_bit(path: Path, picture: Image.Image) -> None:
    # Pillow calls 16-bit colour RGB and keeps the high bytes; only the raw mode of its tiles (RGB;16B) tells
    sixteen = re.search(r"\w+;16[BLN]", str(getattr(picture, "tile", "")))
    mode = sixteen[0] if sixteen else picture.mode
    if mode not in EIGHT_BIT:
        raise ImageError(f"{path}: pixel mode {mode} holds more than 8 bits a channel; save it as 8-bit RGB")


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode in ("LA", "RGBA") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture)
    return picture if picture.mode == "RGB" else picture.convert("RGB")
