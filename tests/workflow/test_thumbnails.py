import numpy as np
import pandas as pd
import pytest
from PIL import Image

from featurize.store.image_index import remember
from imaging.read import inspect
from report.out_of_fold import out_of_fold_of
from workflow.thumbnails import described_paths, thumbnails


@pytest.fixture
def answers():
    """Three answers, all wrong."""
    images = ["a/1.png", "a/2.png", "b/3.png"]
    table = pd.DataFrame({"image": images, "label": ["a", "a", "b"], "patient": "", "fold": [1, 2, 3]})
    return out_of_fold_of(table.assign(model="fusion", p_a=[0.1, 0.2, 0.9], p_b=[0.9, 0.8, 0.1]))


@pytest.fixture
def data(tmp_path, answers):
    """A data set that has the images, but for one that is damaged."""
    for image in answers.images:
        (tmp_path / "set" / image).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((8, 8, 3), 90, dtype=np.uint8)).save(tmp_path / "set" / image)
    return tmp_path / "set"


def test_images_are_found_in_the_data_set(answers, data):
    (data / "a" / "2.png").write_bytes(b"no image")
    found = thumbnails(answers, None, data)
    assert set(found) == {"a/1.png", "b/3.png"} and all(one.startswith(b"\xff\xd8") for one in found.values())


def test_images_are_found_where_they_were_described(answers, data, tmp_path):
    paths = {image: data / image for image in answers.images}
    remember(tmp_path / "cache" / "set", {image: (path, inspect(path)) for image, path in paths.items()})
    settings = {"cache": str(tmp_path / "cache"), "name": "set"}
    assert described_paths(settings) == paths
    paths["a/1.png"].unlink()
    assert set(thumbnails(answers, settings)) == {"a/2.png", "b/3.png"}


@pytest.mark.parametrize("settings", [None, {}, {"cache": "nowhere", "name": "set"}])
def test_without_images_there_are_none(answers, settings):
    assert thumbnails(answers, settings) == {}


def test_only_the_file_that_was_described_is_shown(answers, data, tmp_path):
    """An index may lead to any file of this machine: one that it has no SHA-256 of stays where it is."""
    paths = {image: data / image for image in answers.images}
    remember(tmp_path / "cache" / "set", {image: (path, inspect(path)) for image, path in paths.items()})
    settings = {"cache": str(tmp_path / "cache"), "name": "set"}
    right = {image: inspect(path).sha256 for image, path in paths.items()}
    assert set(thumbnails(answers, settings, None, right)) == set(paths)
    assert set(thumbnails(answers, settings, None, right | {"a/1.png": "0" * 64})) == {"a/2.png", "b/3.png"}
    assert set(thumbnails(answers, None, data, right | {"a/1.png": "0" * 64})) == {"a/2.png", "b/3.png"}
    Image.fromarray(np.full((8, 8, 3), 20, dtype=np.uint8)).save(paths["a/2.png"])  # another picture in its place
    assert set(thumbnails(answers, settings)) == {"a/1.png", "b/3.png"}


@pytest.mark.parametrize(
    "settings", [{"cache": 5, "name": "x"}, {"cache": "a\0", "name": "x"}, {"cache": "x" * 9999, "name": ""}]
)
def test_settings_that_lead_nowhere_show_nothing(answers, settings):
    if isinstance(settings["cache"], str):
        assert thumbnails(answers, settings) == {}
