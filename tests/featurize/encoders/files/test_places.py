"""Where weights are looked for, and that no encoder takes another's."""

import os

import pytest

from featurize.encoders.files.places import names_of
from featurize.encoders.registry import ENCODERS
from featurize.encoders.sources.published_file import published_file
from featurize.encoders.weights import WeightsError, find_weights

LITE0 = ENCODERS["tf_efficientnet_lite0"]
PLACES = (
    "{name}.safetensors", "{name}.pth", "{name}.pt", "{name}.bin", "{name}.ckpt", "{name}/model.safetensors",
    "{name}/pytorch_model.bin", "{name}/{name}.pth", "model.safetensors", "pytorch_model.bin",
    "{name}.safetensors.index.json", "model.safetensors.index.json", "{name}-0aa007d2.pth",
    "efficientnet-lite0-57934424.pth", "tf_efficientnet_lite0.in1k.safetensors",
    "models--timm--tf_efficientnet_lite0.in1k/snapshots/{commit}/model.safetensors",
    "hub/models--timm--tf_efficientnet_lite0.in1k/snapshots/{commit}/pytorch_model.bin",
)  # fmt: skip


def put(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"weights")
    return path


@pytest.mark.parametrize("place", PLACES)
def test_every_usual_place_is_found(place, tmp_path):
    file = put(tmp_path / place.format(name=LITE0.name, commit="c0ffee"))
    assert find_weights(LITE0, os.fspath(tmp_path)) == file
    assert find_weights(LITE0, os.fspath(file)) == file  # the file itself


def test_the_snapshot_in_use_comes_first(tmp_path):
    page = tmp_path / "models--timm--tf_efficientnet_lite0.in1k"
    used, newer = (put(page / "snapshots" / commit / "model.safetensors") for commit in ("old", "new"))
    os.utime(newer.parent, (2e9, 2e9))
    assert find_weights(LITE0, os.fspath(tmp_path)) == newer
    put(page / "refs" / "main").write_text("old")
    assert find_weights(LITE0, os.fspath(tmp_path)) == used


def test_a_link_to_a_file_is_the_file(tmp_path):
    put(tmp_path / "blobs" / "b")
    (tmp_path / f"{LITE0.name}.pth").symlink_to(tmp_path / "blobs" / "b")
    assert find_weights(LITE0, os.fspath(tmp_path)) == tmp_path / f"{LITE0.name}.pth"


def test_of_several_published_files_none_is_guessed(tmp_path):
    put(tmp_path / f"{LITE0.name}-0aa007d2.pth")
    put(tmp_path / f"{LITE0.name}-0aa007d3.pth")
    with pytest.raises(WeightsError, match="several files for tf_efficientnet_lite0"):
        find_weights(LITE0, os.fspath(tmp_path))


def test_a_place_that_is_not_there_is_told(tmp_path):
    with pytest.raises(WeightsError, match="no such file or folder"):
        find_weights(LITE0, os.fspath(tmp_path / "gone"))


def test_no_name_stands_for_two_encoders_weights():
    """Several are built alike: a file named after the architecture would be taken for each of them."""
    pages = {}
    for encoder in ENCODERS.values():
        for name in names_of(encoder):
            pages.setdefault((name, encoder.library == "keras"), set()).add(encoder.hub or encoder.name)
    assert {name: page for name, page in pages.items() if len(page) > 1} == {}


@pytest.mark.parametrize("name", [name for name, encoder in ENCODERS.items() if encoder.library == "keras"])
def test_keras_published_files_are_found_under_their_own_names(name, tmp_path):
    file = put(tmp_path / published_file(ENCODERS[name]))
    assert find_weights(ENCODERS[name], os.fspath(tmp_path)) == file
