import io

import numpy as np
from PIL import Image

from report.measures.mistakes import SIDE, WORST, thumbnail, worst_mistakes


def opened(content):
    return Image.open(io.BytesIO(content))


def test_the_most_certain_errors_come_first_and_only_errors(cohort):
    answers = cohort(separation=0.3)
    rows = worst_mistakes(answers)
    certainty = answers.probabilities.max(axis=1)
    wrong = answers.predicted != answers.label
    assert len(rows) == WORST and wrong[rows].all() and (np.diff(certainty[rows]) <= 0).all()
    left = np.setdiff1d(np.flatnonzero(wrong), rows)
    assert certainty[left].max() <= certainty[rows].min()


def test_the_order_of_the_images_does_not_matter(cohort):
    answers = cohort(separation=0.3)
    turned = answers.take(np.arange(len(answers.images))[::-1])
    names = [shown.images[worst_mistakes(shown)].tolist() for shown in (answers, turned)]
    assert names[0] == names[1]


def test_a_tie_goes_by_name(answered):
    answers = answered(np.array([True, True, False, False]), np.array([0.1, 0.1, 0.9, 0.2]))
    assert worst_mistakes(answers).tolist() == [0, 1, 2]


def test_the_longer_side_is_bounded_and_the_shape_is_kept():
    small = opened(thumbnail(np.full((900, 1200, 3), 200, dtype=np.uint8)))
    assert small.format == "JPEG" and small.size == (SIDE, SIDE * 3 // 4)


def test_a_small_image_is_not_blown_up():
    assert opened(thumbnail(np.zeros((30, 20, 3), dtype=np.uint8))).size == (20, 30)


def test_colours_survive():
    image = np.zeros((400, 400, 3), dtype=np.uint8)
    image[:, :, 0] = 180
    assert np.abs(np.asarray(opened(thumbnail(image))).astype(int).mean(axis=(0, 1)) - [180, 0, 0]).max() < 4
