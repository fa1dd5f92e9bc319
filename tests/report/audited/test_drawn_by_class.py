"""Laws of the figures by class: bounded, with words, and left out where there is nothing to show."""

import numpy as np
import pytest

from report.audited.drawn_by_class import colour_section, file_section, shares_section
from report.audited.strips import MOST_CLASSES, MOST_DOTS, drawn_classes, patient_means, sample_of, spread, strips_words
from report.page.figures import figure_bytes
from report.section import cell_text


def drawn(section):
    return figure_bytes(section.picture.draw(), "svg")


def test_shares_are_of_all_images_and_patients_are_counted(audit_images):
    section = shares_section(audit_images(patient=["", "", *["p"] * 4, *["q"] * 12]))
    assert section.cells.map(cell_text)["% of images"].to_dict() == {"c0": "33.3", "c1": "33.3", "c2": "33.3"}
    assert section.cells["known patients"].to_dict() == {"c0": 1, "c1": 1, "c2": 1}
    assert "c0 33.3 %" in section.picture.alt and b"33.3 %" in drawn(section)


def test_colour_has_a_row_for_each_class_and_words(audit_images):
    images = audit_images()
    section = colour_section(images)
    means = images.table.groupby("label")["red"].mean()
    assert section.cells.loc["c1", "red"].mean == pytest.approx(means["c1"])
    assert f"c2 {means['c2']:.1f}" in section.picture.alt and "orange circles" in section.picture.caption
    assert b"mean red" in drawn(section)


def test_files_are_left_out_where_all_are_alike(audit_images):
    assert file_section(audit_images()) is None


def test_what_differs_between_files_is_shown_and_the_rest_is_named(audit_images):
    quality = np.where(np.arange(18) < 6, 60.0, np.nan)
    quality[0] = 90
    section = file_section(audit_images(jpeg_quality=quality))
    assert list(section.cells.columns) == ["JPEG quality"]
    assert section.cells.map(cell_text)["JPEG quality"].to_dict() == {"c0": "65.0 ± 11.2", "c1": "–", "c2": "–"}
    assert "bytes a pixel" in section.sentence and drawn(section)


def test_figures_are_bounded_however_many_images_and_classes(audit_images):
    many = audit_images(classes=30, each=100)
    assert len(drawn_classes(many)) == MOST_CLASSES
    words = strips_words(many)
    assert "20 of 30 classes" in words and f"{MOST_DOTS // MOST_CLASSES} of each class at most" in words
    assert "20 more classes" in colour_section(many).picture.alt
    assert "at most" not in strips_words(audit_images())


def test_a_sample_is_spread_over_the_names_and_the_same_in_any_order(audit_images):
    table = audit_images(classes=1, each=50).table
    chosen = sample_of(table, 5)["image"].tolist()
    assert chosen == sample_of(table.sample(frac=1, random_state=1), 5)["image"].tolist()
    assert chosen[0] == table["image"].min() and chosen[-1] == table["image"].max()
    assert len(sample_of(table, 50)) == 50


def test_unknown_patients_have_no_mean(audit_images):
    table = audit_images(patient=["", *["p"] * 17], red=[0.0, *[10.0] * 17]).table
    assert patient_means(table, "red").tolist() == [10]


def test_dots_stay_within_their_row():
    assert np.abs(spread(1000)).max() < 0.5 and not len(spread(0))
