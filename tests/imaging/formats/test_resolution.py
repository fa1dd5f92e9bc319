"""Laws of reading a file's resolution: what it says in any of several ways, and nothing where it says none."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from imaging.formats.resolution import microns_per_pixel
from imaging.read import inspect

PIXELS = Image.fromarray(np.full((8, 8, 3), 200, np.uint8))
OME = '<OME><Pixels PhysicalSizeX="{}" PhysicalSizeY="{}" PhysicalSizeXUnit="{}" SizeX="8"/></OME>'


def opened(kind, **how):
    file = BytesIO()
    PIXELS.save(file, kind, **how)
    return Image.open(BytesIO(file.getvalue()))


def tiff(description, **tags):
    info = TiffImagePlugin.ImageFileDirectory_v2()
    info[270] = description.encode()
    for tag, value in tags.items():
        info[int(tag.removeprefix("t"))] = value
    return opened("TIFF", tiffinfo=info)


@pytest.mark.parametrize("kind", ["TIFF", "PNG", "JPEG", "BMP"])
@pytest.mark.parametrize("mpp", [0.5, 2.0])
def test_dots_an_inch_of_a_microscope_are_read_in_every_format(kind, mpp):
    dots = round(25400 / mpp)
    assert microns_per_pixel(opened(kind, dpi=(dots, dots))) == pytest.approx(mpp, rel=0.01)


@pytest.mark.parametrize("dots", [1, 72, 96, 300, 600, 1200])
@pytest.mark.parametrize("kind", ["TIFF", "PNG", "JPEG", "BMP"])
def test_dots_that_any_program_writes_say_nothing(kind, dots):
    assert microns_per_pixel(opened(kind, dpi=(dots, dots))) == 0


@pytest.mark.parametrize("kind", ["TIFF", "PNG", "JPEG", "BMP", "WEBP", "GIF"])
def test_a_file_that_says_nothing_has_none(kind):
    assert microns_per_pixel(opened(kind)) == 0


def test_the_descriptions_of_microscopes_are_read():
    assert microns_per_pixel(tiff(OME.format("0.25", "0.25", "µm"))) == 0.25
    assert microns_per_pixel(tiff(OME.format("250", "250", "nm"))) == 0.25
    assert microns_per_pixel(tiff("Aperio Image Library\r\n|AppMag = 20|MPP = 0.4990|")) == 0.499
    imagej = "ImageJ=1.53\nunit={}\n"
    for unit in ("micron", "um", "\\u00B5m"):
        assert microns_per_pixel(tiff(imagej.format(unit), t282=4.0, t283=4.0, t296=1)) == 0.25


@pytest.mark.parametrize("description", [
    OME.format("nan", "1", "µm"), OME.format("1e999", "1", "µm"), OME.format("0.5", "1.5", "µm"),
    OME.format("0.5", "0.5", "parsec"), '<OME PhysicalSizeX="0.5">', "MPP = ...", "MPP = 0", "MPP = 99999999",
    "ImageJ=1\nunit=micron\n", "ImageJ=1\nunit=\n", "x" * 200_000, "unit=um", 'PhysicalSizeX="' * 5000])  # fmt: skip
def test_nonsense_says_nothing(description):
    assert microns_per_pixel(tiff(description)) == 0


def test_it_is_among_the_facts_of_a_file_and_a_file_that_an_older_version_looked_at_is_looked_at_again(tmp_path):
    path = tmp_path / "a.png"
    PIXELS.save(path, dpi=(50800, 50800))
    info = inspect(path)
    assert info.mpp == 0.5
    assert inspect(path, info) is info
    older = type(info)(info.sha256, info.height, info.width, info.phash, info.profile)
    assert inspect(path, older) == info
