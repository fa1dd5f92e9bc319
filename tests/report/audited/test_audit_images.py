"""Laws of the images of an audit: what is written is read, and what is no table of them is refused."""

import numpy as np
import pytest

from cohort.predictions import PredictionsError
from report.audited.audit_images import FILE, NUMBERS, TEXTS, read_audit_images


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
