"""Frozen features stand beside trained networks, are made once, and need no download."""

from dataclasses import replace

import numpy as np
import pytest

from featurize.encoders.weights import WeightsError
from finetune.pictures.decoded import Pictures
from finetune.training_settings import TrainingSettings
from tests.finetune import tiny
from tests.workflow.trained.test_labelled_images import dataset
from workflow.trained import frozen_beside
from workflow.trained.frozen_beside import RANDOM, frozen_answers, kept_features
from workflow.trained.labelled_images import Division, in_folds
from workflow.trained.network_run import NetworkRun
from workflow.training.training_run import untracked


class TinyRun(NetworkRun):
    """A run of a tiny network that says how often it was built."""

    built = 0

    def build(self):
        """The tiny network."""
        TinyRun.built += 1
        return tiny.network()


@pytest.fixture
def run(tmp_path):
    images = in_folds(dataset(tmp_path, "x", patients=8), Division(2, seed=1), tmp_path, skip=False)
    pixels = np.random.default_rng(0).integers(0, 256, (16, 16, 16, 3), dtype=np.uint8)
    settings = TrainingSettings("squeezenet1_1", 16, batch=5, augmentation="none", stain="none")
    pictures = Pictures(images.cohort.images, pixels)
    return TinyRun(images, pictures, settings, (), tmp_path / "training")


def test_features_are_of_eight_symmetries_and_made_once(run, tmp_path):
    TinyRun.built = 0
    first = kept_features(run, tmp_path / "cache", untracked)
    again = kept_features(run, tmp_path / "cache", untracked)
    assert first.shape == (16, 8, 6)
    assert TinyRun.built == 1
    np.testing.assert_array_equal(first, again)
    network = tiny.network().eval()
    turned = np.rot90(run.pictures.pixels, axes=(1, 2)).copy()
    expected = network.features(frozen_beside.torch.from_numpy(turned)).detach().numpy()
    assert any(np.allclose(first[:, look], expected, atol=1e-5) for look in range(8))


def test_many_images_are_described_in_fewer_symmetries(run, tmp_path, monkeypatch):
    all_looks = kept_features(run, tmp_path / "cache", untracked)
    assert np.load(next((tmp_path / "cache").glob("frozen-*.npy"))).tobytes() == np.array(all_looks).tobytes()
    monkeypatch.setattr(frozen_beside, "MOST_ROWS", 64)
    assert kept_features(run, tmp_path / "cache", untracked).shape == (16, 4, 6)
    monkeypatch.setattr(frozen_beside, "MOST_ROWS", 15)
    np.testing.assert_allclose(kept_features(run, tmp_path / "cache", untracked)[:, 0], all_looks[:, 0], rtol=1e-6)


def test_features_of_another_network_are_not_taken(run, tmp_path):
    kept_features(run, tmp_path / "cache", untracked)
    TinyRun.built = 0
    kept_features(replace(run, settings=replace(run.settings, network="vgg16")), tmp_path / "cache", untracked)
    assert TinyRun.built == 1


def test_the_default_head_answers_out_of_fold(run):
    features = np.random.default_rng(0).normal(size=(16, 8, 6)).astype(np.float32)
    counted = []

    def track(what, items, total):
        counted.extend([what, total])
        return items

    table = frozen_answers(run, features, jobs=1, track=track)
    assert counted[0] == "fitting heads to frozen features" and counted[1] % len(run.images.cohort.held_out_folds) == 0
    assert sorted(table["image"]) == sorted(run.images.cohort.images)
    np.testing.assert_allclose(table[["p_a", "p_b"]].sum(axis=1), 1)


def test_without_weights_nothing_stands_beside_and_nothing_is_downloaded(run, tmp_path, monkeypatch):
    asked = []

    def nowhere(settings, source, offline):
        asked.append(offline)
        raise WeightsError("none here")

    monkeypatch.setattr(frozen_beside, "start_weights", nowhere)
    assert frozen_beside.frozen_beside(run, tmp_path, 1, untracked) == (None, RANDOM)
    assert asked == [True]
