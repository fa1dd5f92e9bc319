import base64
import re

import numpy as np
import pytest

from report.chapters.more_patients import learning_figure
from report.chapters.overall import confusion_figure
from report.chapters.probabilities import reliability_figure, risk_figure
from report.chapters.two_class import roc_figure
from report.evaluation import Evaluation
from report.figure_style import canvas
from report.measures.learning_curve import learning_curve_points
from report.page.figures import LARGEST, drawings, image_of
from report.statistics.bootstrap import resample
from tests.report.page.test_markup import read


def figure(points=10):
    drawn, axes = canvas(4, 3)
    axes.plot(np.linspace(0, 1, points), np.random.default_rng(0).random(points), "o-")
    return drawn


def content(block):
    """Kind and bytes of the picture in a block."""
    address = dict(read(block).tags)["img"]["src"]
    kind, text = re.fullmatch(r"data:image/([a-z+]+);base64,(.*)", address).groups()
    return kind, base64.b64decode(text)


@pytest.fixture(scope="module")
def known(cohort, learned):
    answers = cohort()
    resamples = resample(answers, np.random.default_rng(0), times=200)
    return Evaluation(answers, resamples, learning=learning_curve_points(learned(answers), answers))


def test_the_same_figure_gives_the_same_bytes_and_speaks_of_no_day():
    assert image_of(figure(), "words") == image_of(figure(), "words")
    assert b"<dc:date>" not in content(image_of(figure(), "words"))[1]


def test_a_figure_of_very_many_points_is_handed_over_as_pixels():
    kind, small = content(image_of(figure(), "words"))
    assert kind == "svg+xml" and b"<script" not in small
    kind, large = content(image_of(figure(points=20_000), "words"))
    assert kind == "png" and large.startswith(b"\x89PNG") and len(large) < LARGEST


def test_every_figure_says_in_words_what_it_shows(known):
    answers, resamples = known.fusion, known.resamples
    figures = {
        "confusion": confusion_figure(answers),
        "roc": roc_figure(answers, resamples),
        "calibration": reliability_figure(answers, resamples),
        "risk": risk_figure(answers, resamples),
        "learning": learning_figure(known.learning, resamples),
    }
    found = drawings(known, figures)
    assert list(found) == [
        "Confusion matrix",
        "Operating points",
        "Calibration",
        "Answering only when sure",
        "Learning curve",
    ]
    words = [dict(read(block).tags)["img"]["alt"] for block in found.values()]
    right = int(np.sum(answers.predicted == answers.label))
    assert f"{right} of 100 images are right" in words[0] and "sensitivity" in words[1]
    assert all(len(re.findall(r"\d", text)) > 5 for text in words)


def test_a_figure_that_is_not_there_has_no_block(known):
    assert drawings(known, {"roc": None}) == {}
