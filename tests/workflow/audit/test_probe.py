"""The classifier of a probe finds classes by order, by place in the middle and by pairs of columns."""

import numpy as np
import pytest

from cohort.cohort import Cohort
from workflow.audit.exchange import Cells
from workflow.audit.probe import Probe, discriminants, over_inside


def told(features, labels, patients=None, folds=5):
    """The share of images that a probe tells out-of-fold, each its own patient where none are given."""
    images = [f"{number}.png" for number in range(len(labels))]
    owners = images if patients is None else [f"P{patient}" for patient in patients]
    fold = 1 + np.unique(owners, return_inverse=True)[1] % folds
    names = [str(label) for label in labels]
    cells = Cells.of(Cohort.of(images, names, sorted(set(names)), owners, fold))
    probe = Probe.of(features, cells, len(set(names)))
    answers = probe.log_probabilities(cells.label, cells.fold)
    np.testing.assert_allclose(np.exp(answers).sum(axis=1), 1)
    return np.mean(answers.argmax(axis=1) == cells.label[cells.of_image])


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def test_nine_sizes_tell_nine_classes(rng):
    labels = rng.permutation(np.arange(180) % 9)
    size = 64.0 + 8 * (labels * 5 % 9)
    assert told(np.stack([size, size], axis=1), labels) == 1


def test_a_class_in_the_middle_of_another_is_told(rng):
    labels = np.arange(120) % 2
    side = rng.choice([-1.0, 1.0], 120)
    column = np.where(labels == 1, 2 * side, 0.0) + 0.2 * rng.normal(size=120)
    assert told(column[:, None], labels) > 0.95


def test_two_columns_tell_what_neither_tells_alone(rng):
    labels = np.arange(120) % 2
    side = rng.choice([-1.0, 1.0], 120)
    columns = np.stack([side, side * (2 * labels - 1)], axis=1) + 0.1 * rng.normal(size=(120, 2))
    assert told(columns, labels) > 0.9


def test_neither_scale_nor_outliers_matter(rng):
    labels = np.arange(80) % 2
    columns = labels[:, None] + rng.normal(size=(80, 3))
    stretched = np.exp(5 * columns)
    assert told(columns, labels) == told(stretched, labels) > 0.7


def test_columns_without_a_difference_say_nothing(rng):
    labels = np.arange(40) % 2
    assert told(np.ones((40, 3)), labels) == 0.5


def test_a_class_that_the_other_folds_lack_is_never_named():
    centres = np.array([[[1.0, 0.0], [-1.0, 0.0], [0.0, 0.0]]])
    known = np.array([[True, True, False]])
    weights, offsets = discriminants(centres, known)
    assert offsets[0, 2] == -np.inf
    assert np.isfinite(weights).all()


def test_many_classes_are_told_in_the_smaller_of_two_equal_problems(rng):
    apart = 0.05 * rng.normal(size=(2, 30, 6))  # (fold, class, direction)
    turned = apart.transpose(0, 2, 1)
    np.testing.assert_allclose(over_inside(apart @ turned) @ apart, apart @ over_inside(turned @ apart), atol=1e-12)
