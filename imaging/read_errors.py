"""Why a file cannot be read as an image, and what to do about it, in words."""

import struct
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from imaging.errors import HistoboostError, shown
from imaging.files.regular_file import open_regular
from imaging.formats.endings import why_not_opened

KINDS = {  # how content begins that is often found under an image's name
    b"GIF8": "a damaged GIF image", b"%PDF": "a PDF document", b"%!PS": "a PostScript document",
    b"PK\3\4": "a ZIP archive",
    b"version https://git-lfs": "a Git LFS pointer (git lfs pull fetches the image)", b"<": "a web page or XML",
    b"\x89HDF": "an HDF5 file",
}  # fmt: skip
START = 256  # bytes of a file that tell what it is
SAVE_ANEW = "save it anew as 8-bit RGB"
MAX_PIXELS = 1 << 26  # 8192 x 8192: 200 MB decoded, and a dozen times that while it is worked on
# what a mangled file makes of Pillow, beside the OSError and SyntaxError that it promises
MANGLED = (
    OSError, SyntaxError, ValueError, ArithmeticError, LookupError, TypeError, AttributeError, MemoryError,
    RuntimeError, EOFError, struct.error, Image.DecompressionBombError, Image.DecompressionBombWarning,
)  # fmt: skip


class ImageError(HistoboostError):
    """A file that cannot be read as an 8-bit image; the message names the file, the rule and the way out."""


def require_file(path: Path) -> None:
    """Refuse what cannot be opened or would never end, such as a pipe, and what is not read whatever is in it."""
    try:
        is_file = path.is_file()
        kind = "a folder" if path.is_dir() else "neither file nor folder"
        missing = not path.exists()
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    if is_file:
        why = why_not_opened(path)
        if why:
            raise ImageError(f"{shown(path)}: {path.suffix} is a format {why}")
        return
    if path.is_symlink() and missing:
        kind = "a link to nowhere or in a circle"
    elif missing:
        raise ImageError(f"{shown(path)}: not a readable image (does not exist); correct the path or bring the file")
    raise ImageError(f"{shown(path)}: not a readable image (is {kind}); put the image in its place, or remove it")


def too_large(path: Path, most: int) -> ImageError:
    """What to say of a file with more bytes than are read."""
    return ImageError(
        f"{shown(path)}: not a readable image (it has more than {most:,} bytes, the most that are read); {SAVE_ANEW}, "
        "compressed, or cut it into smaller images"
    )


def unreadable(path: Path, error: BaseException, content: bytes | None = None) -> ImageError:
    """What is wrong with a file that Pillow or the system does not read, and what to do.

    The content is looked at where it is given, else the file.
    """
    way_out = f"copy it again from where it came, {SAVE_ANEW}, or remove it"
    why = str(error) or type(error).__name__
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        why, way_out = f"it declares more than {MAX_PIXELS:,} pixels", "cut it into smaller images, or scale it down"
    elif isinstance(error, UnidentifiedImageError):
        why = _kind_of(_start_of(path) if content is None else content[:START])
    elif isinstance(error, PermissionError):
        why, way_out = "permission denied", "allow yourself to read it: chmod u+r"
    elif isinstance(error, MemoryError):
        why, way_out = "the memory is full", "use fewer --jobs or scale it down"
    elif isinstance(error, OSError) and error.strerror:
        why = error.strerror
    return ImageError(f"{shown(path)}: not a readable image ({why}); {way_out}")


def _start_of(path: Path) -> bytes:
    with open_regular(path) as file:
        return file.read(START)


def _kind_of(start: bytes) -> str:
    """What a file is that is no image of our formats, by how it begins."""
    if not start:
        return "it is empty, 0 bytes"
    for magic, kind in KINDS.items():
        if start.lstrip().startswith(magic):
            return f"it is {kind}"
    if start.isascii() and b"\0" not in start:
        return "it is text"
    known = (
        start.startswith((b"II*\0", b"MM\0*", b"II+\0", b"\x89PNG", b"\xff\xd8\xff", b"BM")) or b"WEBP" in start[:16]
    )
    return "it is damaged or of an unusual kind, such as floating point colour" if known else "its content is unknown"
