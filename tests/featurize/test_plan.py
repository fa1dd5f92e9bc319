"""Laws of the preparation: what can go wrong goes wrong now, names its cause, and leaves no trace."""

import json
import os
from dataclasses import replace

import h5py
import numpy as np
import pytest
import torch
from PIL import Image

from cohort.phantom_cohort import write_phantoms
from cohort.read_dataset import read_dataset
from cohort.samples import DatasetError
from featurize.encoders.encoder_pool import EncoderPool
from featurize.encoders.registry import ENCODERS
from featurize.encoders.weights import WeightsError, find_all_weights
from featurize.plan import choose_device, network_facts, plan_extraction
from featurize.protocol import ProtocolError
from featurize.store.file_format import CacheError
from imaging.crops import CropTooLarge
from imaging.phantom import phantoms
from tests.featurize.random_networks import TORCHVISION

SMALL = [("squeezenet1_1", 64, 1.0)]


@pytest.fixture
def dataset(tmp_path):
    return read_dataset(write_phantoms(tmp_path / "fields", phantoms(2, 2, height=96, width=128)))


def ready(dataset, cache, variants=SMALL, weights="random", device="cpu", **settings):
    plan = plan_extraction(dataset, variants, weights, device, **{"crops": 2, "views": 2} | settings)
    return plan.open_stores(cache), plan.pool


def test_a_store_for_each_variant_holds_the_data_set(dataset, tmp_path):
    variants = [("squeezenet1_1", 64, 1.0), ("squeezenet1_1", 48, 0.5), ("squeezenet1_1", 64, 0.75)]
    stores, engine = ready(dataset, tmp_path / "cache", variants, seed=7)
    assert [(s.protocol.encoder, s.protocol.crop, s.protocol.scale) for s in stores] == variants
    assert engine.device == "cpu" and dict(engine.weights) == {"squeezenet1_1": None}
    for store in stores:
        assert (store.protocol.crops, store.protocol.views, store.protocol.seed) == (2, 2, 7)
        entries = [(entry.image, entry.label, entry.patient) for entry in store.entries]
        assert entries == [(sample.name, sample.label, sample.patient) for sample in dataset.samples]
        assert all(len(entry.sha256) == 64 for entry in store.entries)
        assert not store.done.any() and store.path.parent == tmp_path / "cache" / dataset.name
        with h5py.File(store.path) as file:
            facts = json.loads(file.attrs["encoder"])
        assert facts["name"] == "squeezenet1_1" and facts["dim"] == 512 and facts["file"] == "random"
        assert facts["licence"] and facts["paper"] and facts["digest"] == store.protocol.weights


def test_a_variant_asked_for_twice_is_done_once(dataset, tmp_path):
    assert len(ready(dataset, tmp_path / "cache", SMALL * 2)[0]) == 1


def test_a_crop_too_large_names_image_size_and_options(dataset, tmp_path):
    Image.fromarray(np.zeros((40, 50, 3), np.uint8)).save(dataset.samples[3].path)
    with pytest.raises(CropTooLarge) as error:
        ready(dataset, tmp_path / "cache", [*SMALL, ("squeezenet1_1", 20, 0.5), ("squeezenet1_1", 24, 0.5)])
    for part in ("24", dataset.samples[3].name, "25 x 20", "0.5", "--crops", "--scale"):
        assert part in str(error.value)
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("crop, fits", [(96, True), (97, False)])
def test_the_largest_crop_is_the_shorter_side(dataset, tmp_path, crop, fits):
    if fits:
        ready(dataset, tmp_path / "cache", [("squeezenet1_1", crop, 1.0)])
    else:
        with pytest.raises(CropTooLarge):
            ready(dataset, tmp_path / "cache", [("squeezenet1_1", crop, 1.0)])


@pytest.mark.parametrize("name", [name for name in TORCHVISION if ENCODERS[name].smallest > 1])
def test_a_crop_too_small_for_its_network_is_refused(dataset, tmp_path, name):
    smallest = ENCODERS[name].smallest
    with pytest.raises(ProtocolError, match=f"crop {smallest - 1} is too small for {name}, which needs {smallest}"):
        ready(dataset, tmp_path / "cache", [*SMALL, (name, smallest - 1, 1.0)])
    assert not (tmp_path / "cache").exists()


def test_an_unknown_encoder_names_the_known_ones(dataset, tmp_path):
    with pytest.raises(ProtocolError, match=r"unknown encoder 'resnet'; known: .*resnet50"):
        ready(dataset, tmp_path / "cache", [("resnet", 64, 1.0)])


@pytest.mark.parametrize("setting", [{"views": 0}, {"crops": -1}, {"power": 0.0}])
def test_settings_without_sense_are_refused_before_an_image_is_read(dataset, tmp_path, setting):
    dataset.samples[0].path.write_text("not an image")
    with pytest.raises(ProtocolError, match=next(iter(setting))):
        ready(dataset, tmp_path / "cache", **setting)


def test_bad_images_are_listed_before_any_work(dataset, tmp_path):
    dataset.samples[0].path.write_text("not an image")
    dataset.samples[5].path.write_bytes(b"")
    with pytest.raises(DatasetError) as error:
        ready(dataset, tmp_path / "cache")
    assert dataset.samples[0].path.name in str(error.value) and dataset.samples[5].path.name in str(error.value)
    assert not (tmp_path / "cache").exists()


def test_one_file_is_not_taken_for_several_networks(dataset, tmp_path):
    file = tmp_path / "mine.pth"
    file.touch()
    variants = [(name, 64, 1.0) for name in ("uni", "mstar")]
    with pytest.raises(WeightsError, match="is one file, and uni, mstar are several networks; give a folder"):
        ready(dataset, tmp_path / "cache", variants, weights=os.fspath(file))


def test_two_ways_to_read_one_network_share_its_file(tmp_path):
    file = tmp_path / "mine.pth"
    file.touch()
    found = find_all_weights([ENCODERS["h0_mini"], ENCODERS["h0_mini_cls"]], os.fspath(file))
    assert found == {"h0_mini": file, "h0_mini_cls": file}


def test_missing_weights_are_told_before_any_work(dataset, tmp_path):
    with pytest.raises(WeightsError, match=r"squeezenet1_1\.safetensors"):
        ready(dataset, tmp_path / "cache", weights=os.fspath(tmp_path))
    assert not (tmp_path / "cache").exists()


def test_a_name_that_is_no_folders_is_refused(dataset, tmp_path):
    with pytest.raises(CacheError, match="--name"):
        ready(replace(dataset, name="a/b"), tmp_path / "cache")


def test_cuda_without_a_gpu_is_refused_and_auto_goes_on(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ProtocolError, match=r"--device cuda.*--device cpu"):
        choose_device("cuda")
    assert choose_device("auto") == choose_device("cpu") == "cpu"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert choose_device("auto") == choose_device("cuda") == "cuda"
    assert choose_device("cpu") == "cpu"


def test_facts_of_a_network_are_json():
    facts = network_facts(ENCODERS["squeezenet1_1"], EncoderPool({"squeezenet1_1": None}))
    assert json.loads(json.dumps(facts))["digest"] == facts["digest"] and "build" not in facts


def test_a_changed_image_is_noticed(dataset, tmp_path):
    before = ready(dataset, tmp_path / "cache")[0][0].entries
    Image.fromarray(np.full((96, 128, 3), 200, np.uint8)).save(dataset.samples[2].path)
    after = ready(dataset, tmp_path / "cache")[0][0].entries
    assert [old == new for old, new in zip(before, after, strict=True)] == [n != 2 for n in range(len(before))]
