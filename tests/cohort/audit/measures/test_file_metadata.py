"""What files say of their making, and what hostile ones say of anything."""

from datetime import date
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, PngImagePlugin
from PIL.TiffImagePlugin import IFDRational

from cohort.audit.measures.file_metadata import metadata_measures


def measured(format="JPEG", tags=None, **options):
    """The measures of a file with some tags of EXIF."""
    exif = Image.Exif()
    exif.update(tags or {})
    options = options if tags is None else options | {"exif": exif}
    Image.new("RGB", (16, 16)).save(file := BytesIO(), format, **options)
    return metadata_measures(Image.open(file))


@pytest.mark.parametrize("format", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_maker_software_and_day_of_exif(format):
    tags = {271: "Leica", 272: "SCN400", 305: "Aperio 12.1", 306: "2019:05:04 10:11:12", 270: "tile 12 of 400"}
    (day, *_), words = measured(format, tags)
    assert words[:4] == ("Leica", "SCN400", "Aperio 12.1", "tile # of #")
    assert day == date(2019, 5, 4).toordinal()


def test_the_texts_of_png():
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Software", "ImageJ")
    texts.add_text("Creation Time", "2020-02-30 and so on")  # no such day
    (day, *_), words = measured("PNG", pnginfo=texts)
    assert words[2] == "ImageJ"
    assert np.isnan(day)


def test_resolution_is_per_centimetre_whatever_the_unit():
    in_inches, _ = measured("TIFF", dpi=(254, 254))
    in_centimetres, words = measured("TIFF", resolution=100, resolution_unit="cm")
    assert in_inches[1] == pytest.approx(100) == in_centimetres[1]
    assert words[5] == "100/cm"


OTHERS = [({274: 1}, {274: 6}), ({274: 1}, {274: 3}), ({282: 72.0, 283: 72.0}, {282: 72.0, 283: 300.0})]
OTHERS += [({283: 72.0}, {283: 300.0}), ({315: "Ann"}, {315: "Bob"}), ({316: "pc1"}, {316: "pc2"})]
OTHERS += [({33432: "A"}, {33432: "B"})]


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_orientation_both_resolutions_and_who_made_it_are_words(one, other):
    assert measured(tags=one)[1] != measured(tags=other)[1] == measured(tags=other)[1]


def test_a_file_that_says_nothing():
    numbers, words = measured("PNG")
    assert np.isnan(numbers[:2]).all()
    assert numbers[2] == 0
    assert set(words) == {""}


def test_texts_are_cut_and_shown_on_one_line():
    _, words = measured(tags={271: "x" * 5000, 305: "two\nlines \x1b[31m"})
    assert words[0] == "x" * 60
    assert words[2] == "two lines [31m"


@pytest.mark.parametrize(
    "tags", [{282: IFDRational(1, 0)}, {282: IFDRational(0, 1)}, {296: 9, 282: 1.0}, {306: "0000:00:00"}]
)
def test_absurd_values_are_unknown(tags):
    numbers, _ = measured(tags=tags)
    assert np.isnan(numbers[:2]).all()
