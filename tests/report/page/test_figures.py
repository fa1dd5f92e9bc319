import base64
import re

import numpy as np
import pytest

from report.chapters.contents import CHAPTERS, made
from report.chapters.figure_style import canvas
from report.evaluation import Evaluation
from report.measures.learning_curve import learning_curve_points
from report.page.figures import LARGEST, figure_bytes, html_figure
from report.section import Picture


def figure(points=10):
    drawn, axes = canvas(4, 3)
    axes.plot(np.linspace(0, 1, points), np.random.default_rng(0).random(points), "o-")
    return drawn


def content(drawn):
    """Kind and bytes of the figure on the page."""
    address = html_figure(Picture("f", lambda: drawn, "caption", "words"), drawn).src
    kind, text = re.fullmatch(r"data:image/([a-z+]+);base64,(.*)", address).groups()
    return kind, base64.b64decode(text)


@pytest.mark.parametrize(("kind", "begins"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_the_same_figure_gives_the_same_bytes_and_speaks_of_no_day(kind, begins):
    one, same = (figure_bytes(figure(), kind) for _ in range(2))
    assert one == same and one.startswith(begins)
    assert b"<dc:date>" not in one and b"CreationDate" not in one


def test_a_figure_of_very_many_points_is_handed_over_as_pixels():
    kind, small = content(figure())
    assert kind == "svg+xml" and b"<script" not in small
    kind, large = content(figure(points=6_000))
    assert kind == "png" and large.startswith(b"\x89PNG") and len(large) < LARGEST


def test_every_figure_says_in_words_what_it_shows(cohort, learned):
    out_of_fold = cohort()
    evaluation = Evaluation.of(out_of_fold, learning=learning_curve_points(learned(out_of_fold), out_of_fold))
    sections = [section for chapter in made(CHAPTERS, evaluation) for section in chapter.sections]
    pictures = {section.title: section.picture for section in sections if section.picture is not None}
    assert list(pictures) == [
        "Confusion matrix",
        "Operating points",
        "Calibration",
        "Answering only when sure",
        "Learning curve",
    ]
    words = [picture.alt for picture in pictures.values()]
    right = int(np.sum(out_of_fold.predicted == out_of_fold.label))
    assert f"{right} of 100 images are right" in words[0] and "sensitivity" in words[1]
    assert all(len(re.findall(r"\d", text)) > 5 for text in words)
