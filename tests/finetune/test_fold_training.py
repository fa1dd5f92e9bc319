import numpy as np
import pytest
from scipy.special import softmax

from finetune.fold_training import answers_of, averaged, train_folds
from finetune.training_settings import TrainingError
from tests.finetune import tiny


def test_every_held_out_image_is_answered_once_by_a_network_that_never_saw_its_patient():
    of, pictures = tiny.cohort()
    done = [state for state in train_folds(of, pictures, tiny.settings(), tiny.network, None) if state.is_done]
    assert [state.fold for state in done] == [1, 2]
    answers = answers_of(done, of, "probabilities")
    np.testing.assert_allclose(answers.sum(axis=1), 1)


def test_what_is_done_is_not_done_again(tmp_path):
    of, pictures = tiny.cohort()
    first = list(train_folds(of, pictures, tiny.settings(), tiny.network, tmp_path))
    again = list(train_folds(of, pictures, tiny.settings(), tiny.network, tmp_path))
    assert len(first) == 2 * (4 + 1)
    assert [state.is_done for state in again] == [True, True]
    assert (answers_of(first, of, "logits") == answers_of(again, of, "logits")).all()


def test_a_test_set_is_one_fold_and_the_training_images_are_in_none():
    of, pictures = tiny.cohort(folds=1, train_only=16)
    done = [state for state in train_folds(of, pictures, tiny.settings(), tiny.network, None) if state.is_done]
    answers = answers_of(done, of, "probabilities")
    assert np.isnan(answers[:16]).all()
    assert np.isfinite(answers[16:]).all()


def test_pictures_of_other_images_are_refused():
    of, _ = tiny.cohort()
    with pytest.raises(TrainingError, match="not those of the folds"):
        list(train_folds(of, tiny.images(count=8).pictures, tiny.settings(), tiny.network, None))


def test_answers_for_symmetries_are_averaged_as_probabilities_or_as_logits():
    logits = np.random.default_rng(0).normal(size=(3, 8, 4))
    views = softmax(logits, axis=2)
    np.testing.assert_allclose(averaged(views, "probabilities"), views.mean(axis=1))
    np.testing.assert_allclose(averaged(views, "logits"), softmax(logits.mean(axis=1), axis=1))


def test_a_probability_of_0_leaves_a_mean_of_logits_finite():
    sure = np.array([[[1.0, 0.0], [1.0, 0.0]]])
    np.testing.assert_allclose(averaged(sure, "logits"), [[1, 0]], atol=1e-12)
