"""What an image file says of its making, in EXIF, TIFF tags and the texts of PNG: maker, software, day, resolution.

Files are strangers': every text is cut, every number may be missing or absurd, and nothing that is wrong with it
hinders the picture itself from being measured.
"""

import re
from collections.abc import Mapping
from datetime import date
from math import isfinite
from typing import Any

import numpy as np
from PIL import Image

from imaging.formats.colour_profile import profile_name
from imaging.read_errors import MANGLED

DESCRIPTION, MAKER, MODEL, X_RESOLUTION, UNIT, SOFTWARE, CHANGED = 270, 271, 272, 282, 296, 305, 306  # tags
EXIF, TAKEN = 34665, 36867  # where the further tags stand, and the day there
LONGEST = 60  # characters of a text
MOST_TEXT = 4096  # that is looked at
DAY = re.compile(r"((?:19|20)\d\d)[:./-](\d\d?)[:./-](\d\d?)")
PER_CENTIMETRE = {2: 1 / 2.54, 3: 1.0}  # of TIFF's units of resolution
HIGHEST = 1e7  # pixels per centimetre: finer than any microscope
UNKNOWN = (np.nan, np.nan, np.nan)


def metadata_measures(picture: Image.Image) -> tuple[tuple[float, ...], tuple[str, ...]]:
    """Day, pixels per centimetre and bytes of metadata; then maker, model, software, description, profile, resolution.

    The description is a pattern in which # stands for digits, so that counters in it do not make every image another.
    """
    info = {key: value for key, value in picture.info.items() if isinstance(key, str)}
    try:
        tags = _tags(picture)
        profile = profile_name(info.get("icc_profile"))
        per_centimetre, resolution = _resolution(tags, info)
    except MANGLED:
        return UNKNOWN, ("", "", "unreadable metadata", "", "", "")
    software = _text(tags.get(SOFTWARE)) or _text(info.get("Software"))
    written = tags.get(DESCRIPTION) or info.get("comment") or info.get("Description") or info.get("Comment")
    description = re.sub(r"\d+", "#", _text(written, MOST_TEXT))[:LONGEST]
    words = (_text(tags.get(MAKER)), _text(tags.get(MODEL)), software, description, profile, resolution)
    day = _day(tags.get(TAKEN)) or _day(tags.get(CHANGED)) or _day(info.get("Creation Time"))
    return (day or np.nan, per_centimetre, _size(info)), words


def _tags(picture: Image.Image) -> Mapping[int, Any]:
    """The tags of EXIF, or of the first picture of a TIFF, with those of EXIF's own directory."""
    exif = picture.getexif()
    return {**exif, **exif.get_ifd(EXIF)}


def _text(value: object, most: int = LONGEST) -> str:
    """The beginning of a text on one line, whatever it is stored as."""
    if isinstance(value, tuple | list):
        value = " ".join(str(part)[:LONGEST] for part in value[:4])
    if isinstance(value, bytes):
        value = value[:most].decode("latin-1")
    text = "" if value is None else str(value)[:most]
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.split())


def _day(value: object) -> float:
    """The number of a day in the calendar; 0 where none is named."""
    named = DAY.search(_text(value))
    if named is None:
        return 0.0
    try:
        return float(date(*map(int, named.groups())).toordinal())
    except ValueError:  # there is no such day
        return 0.0


def _resolution(tags: Mapping[int, Any], info: Mapping[str, Any]) -> tuple[float, str]:
    """Pixels per centimetre, nan where nothing is said, and the same in words."""
    density, unit = tags.get(X_RESOLUTION), tags.get(UNIT, 2)
    if density is not None:
        scale = PER_CENTIMETRE.get(unit, np.nan) if isinstance(unit, int) else np.nan
        value = float(density) * scale
    else:
        is_made_up = "exif" in info and not info.get("jfif_unit")  # Pillow says 72 where EXIF says nothing
        dots = (np.nan,) if is_made_up else info.get("dpi", (np.nan,))
        value = float(dots[0]) / 2.54
    if not isfinite(value) or not 0 < value < HIGHEST:
        return np.nan, ""
    return value, f"{value:.4g}/cm"


def _size(info: Mapping[str, Any]) -> float:
    """Bytes of what a file holds beside its pixels, as far as Pillow keeps it."""
    return float(sum(len(value) for value in info.values() if isinstance(value, bytes | str)))
