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

DESCRIPTION, MAKER, MODEL, ORIENTATION, X_RESOLUTION, Y_RESOLUTION, UNIT = 270, 271, 272, 274, 282, 283, 296  # tags
SOFTWARE, CHANGED, ARTIST, COMPUTER, COPYRIGHT = 305, 306, 315, 316, 33432
OF_SOMEBODY = (ARTIST, COMPUTER, COPYRIGHT)
LOOKED_AT = (DESCRIPTION, MAKER, MODEL, ORIENTATION, X_RESOLUTION, Y_RESOLUTION, UNIT, SOFTWARE, CHANGED, *OF_SOMEBODY)
EXIF, TAKEN = 34665, 36867  # where the further tags stand, and the day there
LONGEST = 60  # characters of a text
MOST_TEXT = 4096  # that is looked at
DAY = re.compile(r"((?:19|20)\d\d)[:./-](\d\d?)[:./-](\d\d?)")
PER_CENTIMETRE = {2: 1 / 2.54, 3: 1.0}  # of TIFF's units of resolution
HIGHEST = 1e7  # pixels per centimetre: finer than any microscope
UNKNOWN = (np.nan, np.nan, np.nan)
UNREADABLE = ("", "", "unreadable metadata", "", "", "", "", "")


def metadata_measures(picture: Image.Image) -> tuple[tuple[float, ...], tuple[str, ...]]:
    """Day, pixels per centimetre and bytes of metadata; then maker, model, software, description, profile, resolution,
    orientation, and who made it (artist, computer, copyright).

    The description is a pattern in which # stands for digits, so that counters in it do not make every image another.
    """
    info = {key: value for key, value in picture.info.items() if isinstance(key, str)}
    try:
        tags = _tags(picture)
        profile = profile_name(info.get("icc_profile"))
        per_centimetre, resolution = _resolution(tags, info)
    except MANGLED:
        return UNKNOWN, UNREADABLE
    maker, model = _text(tags[MAKER]), _text(tags[MODEL])
    software = _text(tags[SOFTWARE]) or _text(info.get("Software"))
    description = _pattern(tags[DESCRIPTION] or _first_of(info, "comment", "Description", "Comment"))
    day = _day(tags[TAKEN]) or _day(tags[CHANGED]) or _day(info.get("Creation Time")) or np.nan
    orientation = _text(tags[ORIENTATION])
    somebody = "; ".join(_text(tags[tag]) for tag in OF_SOMEBODY).strip("; ")[:LONGEST]
    words = (maker, model, software, description, profile, resolution, orientation, somebody)
    return (day, per_centimetre, _size(info)), words


def _first_of(info: Mapping[str, Any], *names: str) -> object:
    """The first entry that says something; None where none does."""
    return next((info[name] for name in names if info.get(name)), None)


def _pattern(value: object) -> str:
    return re.sub(r"\d+", "#", _text(value, MOST_TEXT))[:LONGEST]


def _tags(picture: Image.Image) -> Mapping[int, Any]:
    """The tags that are looked at, of EXIF or of the first picture of a TIFF, and of EXIF's own directory."""
    exif = picture.getexif()
    tags = {tag: exif.get(tag) for tag in LOOKED_AT}  # and no other is decoded
    return tags | {TAKEN: exif.get_ifd(EXIF).get(TAKEN)}


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
    """Pixels per centimetre across, nan where nothing is said, and the same in words, with those down if others."""
    across = down = np.nan
    if tags[X_RESOLUTION] is not None or tags[Y_RESOLUTION] is not None:
        unit = PER_CENTIMETRE.get(tags[UNIT] or 2, np.nan)
        across = float(tags[X_RESOLUTION] or 0) * unit
        down = float(tags[Y_RESOLUTION] or 0) * unit
    elif "dpi" in info and ("exif" not in info or info.get("jfif_unit")):  # Pillow says 72 where EXIF says nothing
        across, down = float(info["dpi"][0]) / 2.54, float(info["dpi"][1]) / 2.54
    believed = [value for value in (across, down) if isfinite(value) and 0 < value < HIGHEST]
    words = " by ".join(f"{value:.4g}/cm" for value in dict.fromkeys(believed))
    return across if across in believed else np.nan, words


def _size(info: Mapping[str, Any]) -> float:
    """Bytes of what a file holds beside its pixels, as far as Pillow keeps it."""
    return float(sum(len(value) for value in info.values() if isinstance(value, bytes | str)))
