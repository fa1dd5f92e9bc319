"""How large a pixel is, as far as an image file says so in its header; nothing is guessed."""

import re

from PIL import Image, TiffImagePlugin

MICRONS = 25_400  # in an inch
LEAST, MOST = 0.05, 20.0  # microns a pixel of a microscope; beyond stand the 72 or 300 dots an inch of any program
UNEQUAL = 0.02  # share by which the sides of a pixel may differ
LONGEST = 1 << 16  # characters of a description that are looked at
DESCRIPTION, X_RESOLUTION, Y_RESOLUTION = 270, 282, 283  # tags of TIFF
IMAGEJ_UNIT = re.compile(r"^unit=(.{1,20})$", re.MULTILINE)
OME_SIZE = re.compile(r'PhysicalSize([XY])="([0-9.eE+-]{1,30})"')
OME_UNIT = re.compile(r'PhysicalSize[XY]Unit="(.{1,20}?)"')
APERIO = re.compile(r"MPP = ([0-9.]{1,20})")
UNITS = {  # in microns; the letter mu stands twice in Unicode, and ImageJ writes it in a third way
    "µm": 1.0, "μm": 1.0, "um": 1.0, "\\u00B5m": 1.0, "micron": 1.0, "microns": 1.0, "nm": 1e-3, "mm": 1e3,
}  # fmt: skip

Sides = tuple[float, float]  # of a pixel, in microns


def microns_per_pixel(picture: Image.Image) -> float:
    """The side of a pixel in microns by the header of an opened file; 0 where it says none that a microscope has.

    Read are, of TIFF, the descriptions of OME, Aperio and ImageJ, and of all formats the dots an inch.
    """
    try:
        x, y = _described(picture) or _by_density(picture)
    except (ValueError, TypeError, ArithmeticError, LookupError):
        return 0.0
    fits = LEAST <= x <= MOST and abs(x - y) <= UNEQUAL * x
    return round(x, 4) if fits else 0.0


def _described(picture: Image.Image) -> Sides | None:
    """By the description of a TIFF; None where there is none that speaks of it."""
    if not isinstance(picture, TiffImagePlugin.TiffImageFile):
        return None
    text = _text(picture.tag_v2.get(DESCRIPTION, ""))
    ome = dict(OME_SIZE.findall(text))
    if ome:
        unit = OME_UNIT.search(text)
        each = UNITS[unit[1]] if unit else 1.0
        return each * float(ome["X"]), each * float(ome["Y"])
    aperio = APERIO.search(text)
    if aperio:
        return float(aperio[1]), float(aperio[1])
    imagej = IMAGEJ_UNIT.search(text)
    if imagej and text.startswith("ImageJ="):
        each = UNITS[imagej[1].strip()]
        return each / float(picture.tag_v2[X_RESOLUTION]), each / float(picture.tag_v2[Y_RESOLUTION])
    return None


def _text(value: object) -> str:
    """A description as it was meant: Pillow takes it for Latin-1, and OME writes UTF-8."""
    text = str(value)[:LONGEST]
    try:
        return text.encode("latin-1").decode("utf-8", errors="replace")
    except UnicodeEncodeError:
        return text


def _by_density(picture: Image.Image) -> Sides:
    """By the dots an inch, which Pillow makes of whatever the format counts in."""
    across, down = picture.info["dpi"]
    return MICRONS / float(across), MICRONS / float(down)
