import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from report.measures.mistakes import SIDE, WORST, thumbnail, worst_mistakes
from report.out_of_fold import OutOfFold
from report.page.gallery import gallery, mistakes_sentence
from tests.report.page.test_markup import read


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


def test_no_error_is_no_gallery(answered):
    answers = answered(np.array([True, False]), np.array([0.9, 0.1]))
    assert gallery(answers, {}) == '<p class="how">No answer is wrong.</p>'


def test_a_score_alone_tells_how_certain_a_side_is(cohort):
    answers = cohort()
    bare = replace(answers, probabilities=None)
    assert worst_mistakes(bare).tolist() == worst_mistakes(answers).tolist()
    assert "side answered" in mistakes_sentence(bare, WORST)


def test_classes_alone_tell_nothing_of_certainty():
    names = np.array(["a", "b"])
    answers = OutOfFold(names, names, np.array([1, 2]), names[::-1], ("a", "b"))
    assert not len(worst_mistakes(answers)) and "not known" in gallery(answers, {})


def test_the_sentence_counts_all_errors(cohort):
    answers = cohort(separation=0.3)
    wrong = int(np.sum(answers.predicted != answers.label))
    assert mistakes_sentence(answers, WORST).startswith(f"The {WORST} most certain of {wrong} wrong")


def test_an_image_that_is_not_at_hand_says_so(cohort):
    answers = cohort(separation=0.3)
    worst = answers.images[worst_mistakes(answers)[0]]
    shown = gallery(answers, {worst: thumbnail(np.zeros((8, 8, 3), dtype=np.uint8))})
    pictures = [attributes for tag, attributes in read(shown).tags if tag == "img"]
    assert len(pictures) == 1 and pictures[0]["alt"].startswith(f"{worst}: ")
    assert shown.count("image not at hand") == WORST - 1


@pytest.mark.parametrize("patients, words", [(None, "patient unknown"), (np.array(["", "q"]), "patient unknown")])
def test_an_unknown_patient_is_said_to_be_unknown(answered, patients, words):
    answers = replace(answered(np.array([True, False]), np.array([0.1, 0.1])), patients=patients)
    assert words in gallery(answers, {})


def test_the_longer_side_is_bounded_and_the_shape_is_kept():
    small = opened(thumbnail(np.full((900, 1200, 3), 200, dtype=np.uint8)))
    assert small.format == "JPEG" and small.size == (SIDE, SIDE * 3 // 4)


def test_a_small_image_is_not_blown_up():
    assert opened(thumbnail(np.zeros((30, 20, 3), dtype=np.uint8))).size == (20, 30)


def test_colours_survive():
    image = np.zeros((400, 400, 3), dtype=np.uint8)
    image[:, :, 0] = 180
    assert np.abs(np.asarray(opened(thumbnail(image))).astype(int).mean(axis=(0, 1)) - [180, 0, 0]).max() < 4
