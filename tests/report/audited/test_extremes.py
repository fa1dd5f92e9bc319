"""Laws of the extremes: the right images, few of them, the same in any order, small copies where they are at hand."""

import numpy as np

from report.audited.audit_images import AuditImages
from report.audited.extremes import ENDS, MOST_CLASSES, extremes, extremes_section
from report.measures.mistakes import thumbnail
from report.page.page import block, environment
from report.printing import markdown
from tests.report.page.reading import read


def test_the_darkest_and_the_lightest_of_each_class_are_chosen(audit_images):
    images = audit_images()
    titles = {extreme.title: extreme.image for extreme in extremes(images)}
    for name in images.classes:
        own = images.of_class(name).set_index("image")[["red", "green", "blue"]].mean(axis=1)
        assert titles[f"{name}: darkest"] == own.idxmin() and titles[f"{name}: lightest"] == own.idxmax()
        assert f"{name}: usual colour" in titles


def test_the_ends_of_files_are_chosen_where_they_differ(audit_images):
    assert not any("pixels" in extreme.title for extreme in extremes(audit_images()))
    chosen = extremes(audit_images(width=np.arange(18.0) + 10))
    assert [extreme.image for extreme in chosen[-2:]] == ["c0/00000.png", "c2/00017.png"]


def test_the_order_of_the_images_does_not_matter(audit_images):
    images = audit_images(red=100.0, green=100.0, blue=100.0)
    shuffled = AuditImages(images.table.sample(frac=1, random_state=3))
    assert extremes(images) == extremes(shuffled)


def test_they_are_few_however_many_classes(audit_images):
    assert len(extremes(audit_images(classes=60))) <= 3 * MOST_CLASSES + 2 * len(ENDS)
    section = extremes_section(audit_images(classes=60), {})
    assert f"of the {MOST_CLASSES} classes of most images" in section.sentence


def test_a_class_of_one_image_or_of_unknown_colour_is_no_trouble(audit_images):
    assert [extreme.title for extreme in extremes(audit_images(classes=2, each=1))] == ["c0: lightest", "c1: lightest"]
    assert extremes(audit_images(red=np.nan)) == []


def test_small_copies_stand_in_place_of_the_table_on_the_page(audit_images):
    images = audit_images()
    first = extremes(images)[0].image
    section = extremes_section(images, {first: thumbnail(np.zeros((9, 9, 3), np.uint8))})
    markup = environment().get_template("section.html.j2").render(block=block(section, {}))
    shown = read(markup)
    assert [attributes["alt"] for tag, attributes in shown.tags if tag == "img"] == [f"c0: darkest: {first} (c0)"]
    assert "<table" not in markup and "image not at hand" in markup
    assert first in markdown([section])


def test_without_any_copy_there_is_a_table(audit_images):
    section = extremes_section(audit_images(), {})
    assert not section.thumbs
    assert "<table" in environment().get_template("section.html.j2").render(block=block(section, {}))
