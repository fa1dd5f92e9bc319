from dataclasses import replace

import numpy as np

from report.evaluation import Evaluation
from report.measures.leakage import find_leaks
from report.page.headline import ONE_DATA_SET, cautions_of, headline
from report.section import interval_text
from report.statistics.bootstrap import resample
from report.statistics.intervals import overall_intervals
from tests.report.page.test_markup import read


def facts(answers, leaks=None):
    return Evaluation(answers, resample(answers, np.random.default_rng(0), times=200), leaks)


def test_every_measure_stands_there_with_its_interval(cohort):
    known = facts(cohort())
    text = read(headline(known)).text
    measures = overall_intervals(known.fusion, known.resamples)
    assert f"{100 * measures.pop('accuracy').value:.1f}\u00a0%" in text
    for name, found in measures.items():
        assert f"{name}{interval_text(name, found)}" in text.replace("−", "-")


def test_leaks_are_the_first_caution_and_only_where_there_are_some(cohort):
    answers = cohort(each=2)
    split = find_leaks(answers.images, np.arange(len(answers.images)) % 2, answers.patients)
    whole = find_leaks(answers.images, answers.fold, answers.patients)
    assert "see Leaks" in cautions_of(facts(answers, split), {})[0]
    for leaks in (whole, None):
        assert not any("Leaks" in words for words in cautions_of(facts(answers, leaks), {}))


def test_a_class_of_few_images_is_named(cohort):
    few = cautions_of(facts(cohort()), {"rare": 3, "frequent": 300})[0]
    assert "rare (3)" in few and "frequent" not in few


def test_that_other_laboratories_were_not_tested_is_always_said(cohort):
    for answers in (cohort(), replace(cohort(), patients=None)):
        assert cautions_of(facts(answers), {})[-1] == ONE_DATA_SET


def test_the_least_that_an_answer_is_held_against(answered):
    answers = answered(np.array([True, True, True, False]), np.array([0.9, 0.9, 0.1, 0.1]))
    text = read(headline(facts(answers))).text
    assert "3 of 4 images" in text and "Always answering malignant" in text and "75.0\u00a0%" in text
