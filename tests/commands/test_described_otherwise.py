"""Laws of images described otherwise than usual: what was asked of extract is what a bundle does to new images."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from boost.bundle.bundle import Bundle
from cohort.phantom_cohort import write_phantoms
from featurize.on_demand import describe_views, open_image, view_threads
from featurize.store.gather import find_stores
from imaging.phantom import phantoms
from tests.featurize.random_networks import random_pool
from tests.place import invoke
from workflow.bundles.compatibility import protocols_of

VARIANT = "squeezenet1_1-64@1"
ASKED = ["--encoders", "squeezenet1_1", "--weights", "random", "--crops", 64, "--scale", 1, "--views", 2,
         "--crops-per-view", 2, "--jobs", 1]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Twelve fields, described with their own stains and twice as long, and a bundle of that."""
    folder = tmp_path_factory.mktemp("otherwise")
    manifest = write_phantoms(folder / "fields", phantoms(per_class=3, patients=3, height=96, width=112))
    cache = ["--cache", folder / "cache"]
    extract = ["extract", "--data", manifest, "--name", "fields", *cache, *ASKED]
    invoke(*extract, "--stain", "none", "--pooling", "mean+std", "--mpp", 0.5)
    invoke("fit", "--name", "fields", *cache, "--models", folder / "models", "--folds", 3, "--heads", "logistic",
           "--jobs", 1)  # fmt: skip
    return folder


def test_a_bundle_describes_new_images_as_those_it_was_trained_on(folder):
    protocols = protocols_of(Bundle.open(folder / "models" / "fields.zip"))
    assert (protocols[VARIANT].stain, protocols[VARIANT].pooling) == ("none", "mean+std")
    _, stores = find_stores(folder / "cache")
    store = stores[VARIANT]
    assert store.protocol == protocols[VARIANT] and store.encoder["dim"] == 1024
    assert store.array("descriptors").shape == (12, 2, 1024)
    image = folder / "fields" / store.entries[0].image
    with view_threads(1) as threads:
        opened = open_image(image, protocols)
        found = describe_views(opened, protocols, random_pool(), range(2), threads)
    assert found[VARIANT].shape == (2, 1024) and np.isfinite(found[VARIANT]).all()
    start, stain = opened.prepared.start(protocols[VARIANT])
    assert_array_equal(stain.matrix, store.array("stain_matrix")[0])
    assert start.shape == (96, 112, 3)


def test_it_answers_and_is_evaluated(folder):
    bundle, fields = folder / "models" / "fields.zip", folder / "fields"
    out = folder / "answers.csv"
    answered = invoke("predict", bundle, *sorted(fields.glob("*.png"))[:2], "--out", out, "--jobs", 1)
    assert "2 of 2 images answered" in answered


def test_the_same_images_described_as_usual_lie_beside_and_are_told_apart(folder):
    extract = ["extract", "--data", folder / "fields" / "manifest.csv", "--name", "fields", "--cache", folder / "cache"]
    invoke(*extract, *ASKED)
    text = invoke("cv", "--name", "fields", "--cache", folder / "cache", "--out", folder / "out",
                  "--variants", "*", code=2)  # fmt: skip
    assert "under several protocols" in text and "stain none, pooling mean+std" in text


@pytest.mark.parametrize("option", [["--stain", "reinhard"], ["--pooling", "max"], ["--mpp", 0], ["--mpp", "nan"]])
def test_what_is_none_is_refused(option, tmp_path):
    assert invoke("extract", "--data", tmp_path, *option, code=2)
