"""The colour profile (ICC) that an image file carries: which device or colour space its numbers are of."""

from hashlib import sha256
from io import BytesIO

from PIL import ImageCms

DATE, IDENTIFIER = slice(24, 36), slice(84, 100)  # of the header, ICC.1:2022 7.2: two copies of a profile may differ
LONGEST = 60  # characters of a name


def profile_name(profile: bytes | None) -> str:
    """Name and digest of a profile, the same for copies that were only made at other times; "" for none.

    >>> profile_name(None), profile_name(b"no profile")
    ('', 'unreadable (c10b5424)')
    """
    if not profile:
        return ""
    timeless = bytearray(profile)
    for part in (DATE, IDENTIFIER):
        timeless[part] = bytes(len(timeless[part]))
    return f"{_description(profile)} ({sha256(timeless).hexdigest()[:8]})"


def _description(profile: bytes) -> str:
    """What a profile calls itself, on one line."""
    try:
        name = ImageCms.ImageCmsProfile(BytesIO(profile)).profile.profile_description or ""
    except (OSError, ValueError, TypeError, ImageCms.PyCMSError):
        return "unreadable"
    printable = "".join(character for character in name if character.isprintable())
    return " ".join(printable.split())[:LONGEST] or "without a name"
