"""Laws of the images of an audit: what is written is read, and what is no table of them is refused."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cohort.audit.measure_image import measure_image
from cohort.audit.measured import measured_from
from cohort.cohort import Cohort
from cohort.predictions import PredictionsError
from cohort.samples import Sample
from report.audited.audit_images import FILE, NUMBERS, TEXTS, audit_images_of, read_audit_images


def test_what_is_written_is_read(audit_images, tmp_path):
    images = audit_images()
    (tmp_path / FILE).write_bytes(images.to_csv())
    again = read_audit_images(tmp_path / FILE)
    for name in TEXTS:
        assert again.table[name].tolist() == images.table[name].tolist()
    for name in (*NUMBERS, "pixels", "bytes_per_pixel", "ends"):
        np.testing.assert_allclose(again.table[name], images.table[name], atol=1e-4)
    assert again.classes == ["c0", "c1", "c2"]


def test_what_is_not_known_stays_unknown(audit_images, tmp_path):
    (tmp_path / FILE).write_bytes(audit_images(red=np.nan).to_csv())
    assert read_audit_images(tmp_path / FILE).table["red"].isna().all()


@pytest.mark.parametrize("content", ["image,label\na,b\n", "", 'image,"open'])
def test_another_table_is_a_message(content, tmp_path):
    (tmp_path / FILE).write_text(content)
    with pytest.raises(PredictionsError, match=FILE):
        read_audit_images(tmp_path / FILE)


@pytest.mark.parametrize("cell", ["inf", "-3", "red", "1e999"])
def test_senseless_numbers_are_unknown(cell, audit_images, tmp_path):
    text = audit_images().to_csv().decode()
    first, row, *rest = text.splitlines()
    cells = row.split(",")
    cells[first.split(",").index("red")] = cell
    (tmp_path / FILE).write_text("\n".join([first, ",".join(cells), *rest]))
    red = read_audit_images(tmp_path / FILE).table["red"]
    assert np.isnan(red[0]) and red[1:].notna().all()


def test_classes_of_most_images_come_first(audit_images):
    images = audit_images(label=["b"] * 3 + ["a"] * 5 + ["c"] * 10)
    assert images.most_frequent == ["c", "a", "b"] and len(images.of_class("a")) == 5


def test_a_column_varies_only_where_two_values_are_known(audit_images):
    assert not audit_images().varies("bytes") and not audit_images().varies("jpeg_quality")
    assert audit_images(jpeg_quality=[75.0, 90.0, *[np.nan] * 16]).varies("jpeg_quality")


def test_what_is_measured_is_of_the_images_themselves():
    pixels = np.random.default_rng(0).integers(0, 256, (40, 56, 3), dtype=np.uint8)
    pixels[:4] = 255
    contents = {}
    for name, options in (("b.png", {"format": "PNG"}), ("a.jpg", {"format": "JPEG", "quality": 80})):
        Image.fromarray(pixels).save(file := BytesIO(), **options)
        contents[name] = file.getvalue()
    samples = [Sample(name, Path(name), name[0], "p") for name in contents]
    measured = measured_from(samples, {name: measure_image(Path(name), content) for name, content in contents.items()})
    table = audit_images_of(
        Cohort.of(["a.jpg", "b.png"], ["a", "b"], ["a", "b"], ["p", ""], np.array([1, 2])), measured
    ).table
    png = table.set_index("image").loc["b.png"]
    assert (png["label"], png["patient"], png["width"], png["height"]) == ("b", "", 56, 40)
    assert png["bytes"] == pytest.approx(len(contents["b.png"]), rel=1e-4)
    assert png[["red", "green", "blue"]].tolist() == pytest.approx(pixels.mean(axis=(0, 1)).tolist(), rel=1e-4)
    assert png["at_ends"] == pytest.approx(np.isin(pixels, (0, 255)).mean(), rel=1e-4) and np.isnan(png["jpeg_quality"])
    jpeg = table.set_index("image").loc["a.jpg"]
    assert jpeg["jpeg_quality"] == 80 and np.isnan(jpeg["former_quality"])
