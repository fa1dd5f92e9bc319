import numpy as np

from report.evaluation import Evaluation
from report.measures.leakage import find_leaks
from report.statistics.bootstrap import resample


def test_leaks_that_were_not_looked_for_are_no_leaks(cohort):
    answers = cohort()
    facts = Evaluation(answers, resample(answers, np.random.default_rng(0), times=200))
    assert facts.leaked == 0


def test_leaked_images_are_counted_once(cohort):
    answers = cohort()
    fold = np.arange(len(answers.images)) % 2
    leaks = find_leaks(answers.images, fold, answers.patients)
    facts = Evaluation(answers, resample(answers, np.random.default_rng(0), times=200), leaks)
    assert facts.leaked == len(set(leaks.offenders["image"])) > 0
