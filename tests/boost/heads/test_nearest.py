"""The neighbours of a view are the training images in its direction from their centre."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from boost.heads.nearest import PRIOR, Nearest
from boost.heads.safetensors_model import arrays_of_bytes, arrays_to_bytes
from boost.settings import BoostError
from tests.boost.heads.training_sets import CLASSES, DIM, SETTINGS, asked_about, training_set

TRAINING = training_set()


def trained(training=TRAINING):
    (model,) = Nearest().train(training, SETTINGS, [0])
    return model


def test_it_is_a_slow_vote_of_the_six_nearest_of_36():
    means = TRAINING.means()
    centre = means.mean(axis=0)
    view = asked_about()[0][0].astype(float)
    cosines = []
    for direction in means - centre:
        cosines.append(direction @ (view - centre) / np.linalg.norm(direction))
    nearest = np.argsort(cosines)[-6:]
    votes = np.bincount(TRAINING.labels[nearest], minlength=CLASSES) + PRIOR / CLASSES
    assert_allclose(trained().predict(view[None].astype(np.float32))[0], votes / votes.sum())


def test_all_that_are_as_near_as_the_last_neighbour_count():
    copies = replace(TRAINING, images=[TRAINING.images[row] for row in np.arange(36) // 12 * 12])
    votes = trained(copies).predict(copies.images[0])
    expected = np.bincount(TRAINING.labels[:12], minlength=CLASSES) + PRIOR / CLASSES
    assert_allclose(votes[0], expected / expected.sum())


@pytest.mark.parametrize(
    ("name", "value"),
    [("labels", 3), ("labels", -1), ("neighbours", 0), ("neighbours", 37), ("weights", -1.0), ("shares", 0.0)],
)
def test_arrays_that_do_not_fit_together_are_refused(name, value):
    content = trained().to_bytes()
    wanted = {"centre": (np.float32, (DIM,)), "directions": (np.float32, (36, DIM)), "labels": (np.int64, (36,)),
              "weights": (np.float64, (3,)), "shares": (np.float64, (3,)), "neighbours": (np.int64, (1,))}  # fmt: skip
    arrays = arrays_of_bytes(content, wanted)
    changed = arrays[name].copy()
    changed[0] = value
    with pytest.raises(BoostError, match="do not fit together"):
        Nearest().of_bytes(arrays_to_bytes(arrays | {name: changed}), CLASSES, DIM)
    shorter = arrays | {"labels": arrays["labels"][1:]}
    with pytest.raises(BoostError, match="do not fit together"):
        Nearest().of_bytes(arrays_to_bytes(shorter), CLASSES, DIM)
