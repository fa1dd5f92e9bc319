from dataclasses import replace

import numpy as np

from report.evaluation import Evaluation
from report.measures.mistakes import WORST, thumbnail, worst_mistakes
from report.out_of_fold import OutOfFold
from report.page.gallery import gallery, mistakes_sentence
from report.page.page import environment
from tests.report.page.reading import read


def markup(out_of_fold, **known):
    return environment().get_template("gallery.html.j2").render(gallery=gallery(Evaluation.of(out_of_fold, **known)))


def test_no_error_is_no_gallery(answered):
    shown = gallery(Evaluation.of(answered(np.array([True, False]), np.array([0.9, 0.1]))))
    assert shown.sentence == "No prediction is wrong." and not shown.cards


def test_a_score_alone_tells_how_certain_a_side_is(cohort):
    answers = cohort()
    bare = replace(answers, probabilities=None)
    assert worst_mistakes(bare).tolist() == worst_mistakes(answers).tolist()
    assert "predicted side" in mistakes_sentence(bare, WORST)


def test_classes_alone_tell_nothing_of_certainty():
    names = np.array(["a", "b"])
    answers = OutOfFold(names, names, np.array([1, 2]), names[::-1], ("a", "b"))
    assert not len(worst_mistakes(answers)) and "not known" in markup(answers)


def test_the_sentence_counts_all_errors(cohort):
    answers = cohort(separation=0.3)
    wrong = int(np.sum(answers.predicted != answers.label))
    assert mistakes_sentence(answers, WORST).startswith(f"The {WORST} most certain of {wrong} wrong")


def test_an_image_that_is_not_at_hand_says_so(cohort):
    answers = cohort(separation=0.3)
    worst = answers.images[worst_mistakes(answers)[0]]
    shown = markup(answers, thumbnails={worst: thumbnail(np.zeros((8, 8, 3), dtype=np.uint8))})
    pictures = [attributes for tag, attributes in read(shown).tags if tag == "img"]
    assert len(pictures) == 1 and pictures[0]["alt"].startswith(f"{worst}: ")
    assert shown.count("image not at hand") == WORST - 1


def test_an_unknown_patient_is_said_to_be_unknown(answered):
    answers = answered(np.array([True, False]), np.array([0.1, 0.1]))
    for patients in (None, np.array(["", "q"])):
        assert "patient unknown" in markup(replace(answers, patients=patients))
