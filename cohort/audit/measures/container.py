"""Size and format of an image file."""

from math import log

from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

COMPRESSION, PREDICTOR = 259, 317  # tags of TIFF


def size_measures(height: int, width: int) -> tuple[float, ...]:
    """Height and width in pixels, width by height, and the logarithm of the pixels."""
    return height, width, width / height, log(height * width)


def bytes_per_pixel(content: bytes, height: int, width: int) -> tuple[float, ...]:
    """The logarithm of a file's bytes per pixel."""
    return (log(max(len(content), 1) / (height * width)),)


def format_words(picture: Image.Image, process: str) -> tuple[str, ...]:
    """Format, Pillow's mode and the compression of an image that is not decoded yet.

    process: of a JPEG stream, as `read_jpeg_stream` calls it.
    """
    compression = str(picture.info.get("compression", "") or process)
    if isinstance(picture, TiffImageFile):
        tags = picture.tag_v2
        order = "little" if tags.prefix == b"II" else "big"
        compression = f"{compression} {tags.get(COMPRESSION, 1)} predictor {tags.get(PREDICTOR, 1)} {order}-endian"
    if picture.info.get("interlace"):
        compression += " interlaced"
    return picture.format or "", picture.mode, compression[:60].strip()
