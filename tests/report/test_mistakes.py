from dataclasses import replace

import numpy as np

from report.answers import Answers
from report.mistakes import WORST, mistakes_sentence, worst_mistakes


def test_the_most_certain_errors_come_first_and_only_errors(cohort):
    answers = cohort(separation=0.3)
    found = worst_mistakes(answers)
    certainty = [one.certainty for one in found]
    assert len(found) == WORST and certainty == sorted(certainty, reverse=True)
    wrong = answers.predicted != answers.label
    assert {one.image for one in found} <= set(answers.images[wrong])
    left = set(answers.images[wrong]) - {one.image for one in found}
    assert max(answers.probabilities.max(axis=1)[np.isin(answers.images, list(left))]) <= min(certainty)


def test_an_answer_and_the_truth_share_what_two_classes_have(cohort):
    for one in worst_mistakes(cohort()):
        assert one.label != one.predicted
        assert abs(one.certainty + one.true_probability - 1) < 1e-12 and one.certainty >= 0.5


def test_the_order_of_the_images_does_not_matter(cohort):
    answers = cohort(separation=0.3)
    assert worst_mistakes(answers) == worst_mistakes(answers.take(np.arange(len(answers.images))[::-1]))


def test_a_tie_goes_by_name(answered):
    answers = answered(np.array([True, True, False, False]), np.array([0.1, 0.1, 0.9, 0.2]))
    assert [one.image for one in worst_mistakes(answers)] == ["i0000", "i0001", "i0002"]


def test_no_error_is_no_list(answered):
    answers = answered(np.array([True, False]), np.array([0.9, 0.1]))
    assert worst_mistakes(answers) == [] and mistakes_sentence(answers, []) == "No answer is wrong."


def test_a_score_alone_tells_wrong_sides(cohort):
    answers = cohort()
    bare = replace(answers, probabilities=None)
    assert [one.image for one in worst_mistakes(bare)] == [one.image for one in worst_mistakes(answers)]
    assert "wrong side" in mistakes_sentence(bare, worst_mistakes(bare))


def test_classes_alone_tell_nothing_of_certainty():
    names = np.array(["a", "b"])
    answers = Answers(names, names, np.array([1, 2]), names[::-1], ("a", "b"))
    assert worst_mistakes(answers) is None and "not known" in mistakes_sentence(answers, None)


def test_the_sentence_counts_all_errors(cohort):
    answers = cohort(separation=0.3)
    wrong = int(np.sum(answers.predicted != answers.label))
    assert mistakes_sentence(answers, worst_mistakes(answers)).startswith(f"The {WORST} most certain of {wrong} wrong")
