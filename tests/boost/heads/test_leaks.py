"""Two laws that a head breaks when it is fed the labels that it is tested by; one that is fed them breaks both."""

from dataclasses import replace

import numpy as np
import pytest

from boost.crossval import collect, cross_validate
from boost.descriptors import Descriptors
from boost.heads.choices import MEMBERS
from boost.heads.head import TrainingSet
from boost.heads.trees import Trees
from boost.settings import BoostSettings
from cohort.cohort import Cohort
from cohort.folds import make_folds
from report.statistics.influence import auc_within_folds

SETTINGS = BoostSettings(rounds=2, seeds=1)
SHUFFLES = 4
IMAGES = [f"i{number:02d}" for number in range(48)]
PATIENTS = [f"p{number // 2:02d}" for number in range(48)]
ARRAY = np.random.default_rng(0).normal(size=(48, 3, 8)).astype(np.float32)


def cohort_of(codes):
    return Cohort(IMAGES, codes, ("benign", "malignant"), PATIENTS, make_folds(IMAGES, codes, PATIENTS, 4, 0))


def labels(seed):
    """A class for each patient, drawn without looking at any image."""
    return np.repeat(np.random.default_rng(seed).permutation(np.arange(24) % 2), 2)


def leaking(cohort):
    """Trees that learn from all images of the cohort instead of those that the fold leaves, as by a wrong index."""
    everything = TrainingSet(list(ARRAY), cohort.codes, cohort.groups, 2, fold=0)

    class Leaking(Trees):
        def train(self, training, settings, seeds):
            return super().train(replace(everything, fold=training.fold), settings, seeds)

    return Leaking()


def honest(name):
    """What makes a head for a cohort: it needs to know nothing of it."""
    return lambda cohort: MEMBERS[name]()


def answered(make_head, cohort):
    """Out-of-fold probabilities (image, class)."""
    head = make_head(cohort)
    units = cross_validate(cohort, {"one": Descriptors.of(ARRAY)}, SETTINGS, heads=(head,))
    (predicted,) = collect(units, ["one"], cohort).values()
    return predicted


def check_held_out_labels_change_nothing(make_head):
    """The law: whatever the labels of a fold, its answers are the same to the bit."""
    cohort = cohort_of(labels(0))
    tested = cohort.fold == 1
    turned = replace(cohort, codes=np.where(tested, 1 - cohort.codes, cohort.codes))
    before, after = answered(make_head, cohort), answered(make_head, turned)
    np.testing.assert_array_equal(after[tested], before[tested])


def check_labels_without_a_signal_give_chance(make_head):
    """The law: where labels have nothing to do with the images, the mean AUC of several draws is near one half."""
    areas = []
    for seed in range(SHUFFLES):
        cohort = cohort_of(labels(seed))
        scores = answered(make_head, cohort)[:, 1]
        areas.append(auc_within_folds(cohort.codes == 1, scores, cohort.fold).value)
    assert abs(np.mean(areas) - 0.5) < 0.15


LAWS = pytest.mark.parametrize("law", [check_held_out_labels_change_nothing, check_labels_without_a_signal_give_chance])


@LAWS
@pytest.mark.parametrize("name", sorted(MEMBERS))
def test_every_head_keeps_the_laws(law, name):
    law(honest(name))


@LAWS
def test_a_head_that_is_fed_the_test_labels_is_caught(law):
    with pytest.raises(AssertionError):
        law(leaking)
