"""Laws of every head: honest probabilities, no dependence on order, workers and what is held out, bytes that return."""

from dataclasses import replace

import numpy as np
import pytest
from joblib import Parallel, delayed
from numpy.testing import assert_allclose, assert_array_equal
from threadpoolctl import threadpool_limits

from boost.heads.choices import MEMBERS, find_head
from boost.heads.head import TrainingSet, predict_views
from boost.settings import BoostError
from tests.boost.heads.training_sets import CLASSES, DIM, SETTINGS, VIEWS, asked_about, reordered, training_set

TRAINING = training_set()
ASKED = asked_about()
every_head = pytest.mark.parametrize("name", sorted(MEMBERS))


def models_of(name, training=TRAINING, class_weights="none"):
    head = MEMBERS[name](class_weights)
    return list(head.train(training, SETTINGS, range(head.models(SETTINGS))))


def predicted(name, training=TRAINING, asked=ASKED, class_weights="none"):
    """Mean over the models, (image, view, class)."""
    return np.mean([predict_views(model, asked) for model in models_of(name, training, class_weights)], axis=0)


@every_head
@pytest.mark.parametrize("class_weights", ["none", "balanced"])
@pytest.mark.parametrize("classes", [2, 3])
def test_probabilities_of_every_view_are_above_0_and_sum_to_1(name, class_weights, classes):
    p = predicted(name, training_set(classes=classes), class_weights=class_weights)
    assert p.shape == (len(ASKED), VIEWS, classes)
    assert np.isfinite(p).all() and (p > 0).all()
    assert_allclose(p.sum(axis=2), 1, atol=1e-12)


@every_head
def test_no_view_however_odd_is_given_a_probability_of_0(name):
    odd = [np.full((1, DIM), value, np.float32) for value in (0, 1e6, -1e6, 1e30, -1e30)]
    odd.append(np.array([[1e30, -1e30] * (DIM // 2)], np.float32))
    p = predicted(name, asked=odd)
    assert np.isfinite(p).all() and (p > 0).all()


@every_head
def test_a_signal_is_learned_by_all_but_the_shares(name):
    asked = training_set(seed=4)
    right = predicted(name, asked=asked.images).mean(axis=1).argmax(axis=1) == asked.labels
    assert right.mean() > (0.3 if name == "shares" else 0.6)


@every_head
def test_the_order_of_the_images_does_not_matter(name):
    order = np.random.default_rng(1).permutation(len(TRAINING.labels))
    assert_allclose(predicted(name, reordered(TRAINING, order)), predicted(name), atol=1e-6)


@pytest.mark.parametrize("name", sorted(set(MEMBERS) - {"trees"}))
def test_the_order_of_the_classes_is_that_of_the_answers_and_nothing_else(name):
    """Trees draw columns class after class, so theirs differ."""
    turned = np.array([2, 0, 1])
    other = replace(TRAINING, labels=turned[TRAINING.labels])
    assert_allclose(predicted(name, other)[:, :, turned], predicted(name), atol=1e-6)


@every_head
def test_threads_workers_and_further_runs_change_no_bit(name):
    first = predicted(name)
    with threadpool_limits(2):
        assert_array_equal(predicted(name), first)
    for other in Parallel(2, backend="threading")(delayed(predicted)(name) for _ in range(3)):
        assert_array_equal(other, first)


@every_head
def test_a_view_is_answered_alike_whatever_it_is_asked_with(name):
    (model, *_) = models_of(name)
    together = model.predict(np.concatenate(ASKED))
    for number, row in enumerate(np.concatenate(ASKED)):
        assert_array_equal(model.predict(row[None])[0], together[number])


@every_head
def test_a_seeds_model_does_not_depend_on_which_others_are_trained(name):
    head = MEMBERS[name]()
    last = head.models(SETTINGS) - 1
    (alone,) = head.train(TRAINING, SETTINGS, [last])
    assert_array_equal(alone.predict(ASKED[0]), models_of(name)[last].predict(ASKED[0]))


@every_head
def test_a_model_comes_back_from_its_bytes_to_the_bit(name):
    for model in models_of(name):
        content = model.to_bytes()
        again = MEMBERS[name]().of_bytes(content, CLASSES, DIM)
        assert again.to_bytes() == content
        assert_array_equal(predict_views(again, ASKED), predict_views(model, ASKED))


@every_head
def test_bytes_that_are_damaged_or_for_others_are_an_error_in_words(name):
    head = MEMBERS[name]()
    content = models_of(name)[0].to_bytes()
    wrong = [b"", b"\xff" * 40, content[:-1], content[: len(content) // 2], b"\xff" * 8 + content[8:], content + b"\0"]
    for damaged in wrong:
        with pytest.raises(BoostError, match="again"):
            head.of_bytes(damaged, CLASSES, DIM)
    for classes, dim in ((CLASSES + 1, DIM), (CLASSES, DIM + 1)):
        with pytest.raises(BoostError, match="again"):
            head.of_bytes(content, classes, dim)


@every_head
def test_no_flipped_byte_ends_in_anything_but_a_model_or_an_error(name):
    head = MEMBERS[name]()
    content = models_of(name)[0].to_bytes()
    rng = np.random.default_rng(0)
    for position in rng.integers(min(len(content), 600), size=60).tolist():
        flipped = content[:position] + bytes([content[position] ^ 0x55]) + content[position + 1 :]
        try:
            p = head.of_bytes(flipped, CLASSES, DIM).predict(ASKED[0])
        except BoostError:
            continue
        assert p.shape == (VIEWS, CLASSES)


@every_head
def test_constant_columns_and_identical_images_are_no_obstacle(name):
    constant = []
    for image in TRAINING.images:
        constant.append(np.concatenate([image, np.full((VIEWS, 2), 7, np.float32)], axis=1))
    asked = [np.concatenate([image, np.full((VIEWS, 2), 7, np.float32)], axis=1) for image in ASKED]
    if name != "trees":  # which draw among more columns
        assert_allclose(predicted(name, replace(TRAINING, images=constant), asked), predicted(name), atol=1e-6)
    same = replace(TRAINING, images=[np.ones((VIEWS, DIM), np.float32)] * len(TRAINING.labels))
    assert_allclose(predicted(name, same), 1 / CLASSES, atol=1e-3)


@every_head
def test_two_patients_are_enough(name):
    patients = training_set(images=40, patients=2, classes=2)
    assert predicted(name, patients).shape == (len(ASKED), VIEWS, 2)
    one_of_each = replace(patients, groups=np.array(["one", "other"])[np.arange(40) // 20])
    assert predicted(name, one_of_each).shape == (len(ASKED), VIEWS, 2)


@every_head
def test_balanced_weights_are_what_copies_of_the_rare_classes_images_would_be(name):
    """Of 30 images of one class and 10 of the other: the shares are even, and the rare class gains everywhere."""
    whole = training_set(images=60, patients=20, classes=2)
    rows = np.flatnonzero((whole.labels == 0) | (np.arange(60) < 20))
    rare = reordered(whole, rows)
    counts = rare.counts()
    assert counts[1] < counts[0] / 2
    balanced, plain = (predicted(name, rare, class_weights=weights) for weights in ("balanced", "none"))
    assert balanced[..., 1].mean() > plain[..., 1].mean()
    even = MEMBERS[name]("balanced").image_weights(whole.labels, 2)
    assert_array_equal(even, np.ones(60))
    assert_allclose(predicted(name, whole, class_weights="balanced"), predicted(name, whole), atol=1e-9)


def test_weights_of_images_are_1_on_average_and_alike_by_class():
    labels = np.array([0, 0, 0, 2, 2, 0, 2, 0])
    weights = MEMBERS["shares"]("balanced").image_weights(labels, 3)
    assert weights.mean() == pytest.approx(1)
    assert weights[labels == 0].sum() == pytest.approx(weights[labels == 2].sum())
    assert_allclose(MEMBERS["shares"]("balanced").priors(labels, 3), [0.5, 0, 0.5])


def test_other_weights_and_other_names_are_refused():
    with pytest.raises(BoostError, match="none or balanced"):
        MEMBERS["trees"]("patients")
    with pytest.raises(BoostError, match="unknown head 'forest'; known: trees"):
        find_head("forest")
    assert find_head("nearest", "balanced") == MEMBERS["nearest"]("balanced")


def test_the_mean_of_the_views_is_taken_in_double_precision():
    large = TrainingSet([np.full((3, 1), 2**24 + 2, np.float32)] * 2, np.array([0, 1]), np.array(["a", "b"]), 2, 1)
    assert (large.means() == 2**24 + 2).all()


def test_a_class_without_images_and_lengths_that_differ_are_refused():
    for change, match in (
        ({"labels": TRAINING.labels % 2}, r"all of 0..2"),
        ({"labels": TRAINING.labels[1:]}, r"labels must be \(36,\)"),
        ({"groups": TRAINING.groups[1:]}, r"groups must be \(36,\)"),
    ):
        with pytest.raises(ValueError, match=match):
            replace(TRAINING, **change)
