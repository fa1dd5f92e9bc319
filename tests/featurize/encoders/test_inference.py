"""Laws of the runners: however a network is run, it gives what the plain one gives."""

import os
import subprocess
import sys
from copy import deepcopy
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal

from featurize.encoders import openvino_runner
from featurize.encoders.inference import TorchRunner, fastest, fold
from featurize.encoders.network import FromPixels
from featurize.encoders.openvino_runner import ConvertedNetwork, OpenVinoRunner
from featurize.encoders.registry import ENCODERS
from imaging.phantom import draw_field
from tests.featurize.random_networks import TORCHVISION, random_network


@cache
def pixels(side=80):
    """Two crops of synthetic tissue: (2, side, side, 3)."""
    image = draw_field("invasive", "p", 0, side, 2 * side, seed=0).image
    return torch.from_numpy(np.stack([image[:, :side], image[:, side:]]))


@cache
@torch.inference_mode()
def plain(name):
    """Features (2, dim) of the plain network, and the maps of the first crop."""
    stages, encoder = random_network(name), ENCODERS[name]
    return FromPixels(stages, encoder, False)(pixels()), FromPixels(stages, encoder, True)(pixels()[:1])


@lru_cache(maxsize=1)  # one at a time: all of them take two gigabytes
def runner(name, kind):
    if kind == "openvino":
        pytest.importorskip("openvino")
        return OpenVinoRunner(ConvertedNetwork(random_network(name), ENCODERS[name]))
    return TorchRunner(random_network(name), ENCODERS[name], "cpu", "float32")


def error(found, expected):
    return ((found - expected).norm() / expected.norm()).item()


@pytest.mark.parametrize("kind", ["torch", "openvino"])
@pytest.mark.parametrize("name", TORCHVISION)
def test_every_runner_gives_the_features_of_the_plain_network_and_maps_whose_averages_they_are(name, kind):
    working, (features, plain_maps) = runner(name, kind), plain(name)
    found = working.features(pixels())
    assert found.dtype == torch.float32 and found.shape == (2, ENCODERS[name].dim)
    assert error(found, features) < 1e-4
    maps = working.maps(pixels()[0])
    assert [part.shape for part in maps] == [part.shape for part in plain_maps]
    for part, expected in zip(maps, plain_maps, strict=True):
        assert error(part, expected) < 1e-3
    assert error(torch.cat([part.mean(dim=(2, 3)) for part in maps], dim=1), features[:1]) < 1e-4


@pytest.mark.parametrize("side", [ENCODERS["squeezenet1_1"].smallest, 24])
def test_a_size_that_openvino_refuses_runs_in_pytorch_and_is_told(side):
    pytest.importorskip("openvino")
    small = pixels()[:1, :side, :side].contiguous()  # the pools of SqueezeNet look beyond the edge
    working = runner("squeezenet1_1", "openvino").another()
    with pytest.warns(match=f"squeezenet1_1 runs in PyTorch, not OpenVINO, for {side} x {side} pixels"):
        maps = working.maps(small[0])
        features = working.features(small)
    expected = FromPixels(random_network("squeezenet1_1"), ENCODERS["squeezenet1_1"], False)(small)
    assert error(maps[0].mean(dim=(2, 3)), expected) < 1e-4
    assert error(features, expected) < 1e-4


@pytest.mark.parametrize("kind", ["torch", "openvino"])
def test_features_do_not_depend_on_company_or_on_what_ran_before(kind):
    working = runner("squeezenet1_1", kind)
    together = working.features(pixels())
    working.features(pixels()[:, :64, :64].contiguous())
    assert_array_equal(working.features(pixels()[1:]), together[1:])
    assert_array_equal(working.features(pixels()), together)


@pytest.mark.parametrize("kind", ["torch", "openvino"])
def test_another_runner_gives_the_same_bits(kind):
    first = runner("squeezenet1_1", kind)
    other = first.another()
    assert other is not first
    assert_array_equal(other.features(pixels()), first.features(pixels()))
    assert_array_equal(other.maps(pixels()[0])[0], first.maps(pixels()[0])[0])


def test_folding_leaves_no_batch_norm():
    folded = fold(deepcopy(random_network("inception_v3")))
    assert not [layer for layer in folded.modules() if isinstance(layer, torch.nn.BatchNorm2d)]


def test_when_memory_runs_out_the_batch_is_halved_and_the_crops_stay(monkeypatch):
    working = TorchRunner(random_network("squeezenet1_1"), ENCODERS["squeezenet1_1"], "cpu", "float32")
    expected, real, sizes = working.features(pixels().repeat(4, 1, 1, 1)), working.averages, []

    def small_memory(batch):
        sizes.append(len(batch))
        if len(batch) > 2:
            raise torch.OutOfMemoryError
        return real(batch)

    working.averages, working.batch = small_memory, 8
    with pytest.warns(UserWarning, match=r"2 crops at once"):
        found = working.features(pixels().repeat(4, 1, 1, 1))
    assert sizes == [8, 4, 2, 2, 2, 2]
    assert error(found, expected) < 1e-5
    working.features(pixels())
    assert sizes[-1] == 2
    monkeypatch.setattr(working, "averages", lambda batch: (_ for _ in ()).throw(torch.OutOfMemoryError))
    with pytest.raises(torch.OutOfMemoryError), pytest.warns(UserWarning):
        working.features(pixels())


@pytest.mark.parametrize("name", ["squeezenet1_1"])
def test_bfloat16_is_near_and_not_the_same(name):
    reduced = TorchRunner(random_network(name), ENCODERS[name], "cpu", "bfloat16").features(pixels())
    assert reduced.dtype == torch.float32
    assert 1e-5 < error(reduced, plain(name)[0]) < 0.05


def test_openvino_reports_to_nobody():
    """Its telemetry starts a process that goes online; here nothing of it may even be loaded, and no process start."""
    pytest.importorskip("openvino")
    code = """
import sys, os, multiprocessing.process, torch
started = []
multiprocessing.process.BaseProcess.start = lambda process: started.append(process)
from featurize.encoders.registry import ENCODERS
from featurize.encoders.openvino_runner import ConvertedNetwork, OpenVinoRunner
from featurize.encoders.weights import load_network
runner = OpenVinoRunner(ConvertedNetwork(load_network(ENCODERS["squeezenet1_1"], None), ENCODERS["squeezenet1_1"]))
runner.features(torch.zeros(1, 64, 64, 3, dtype=torch.uint8))
print(started, sorted(name for name, module in sys.modules.items() if "openvino_telemetry" in name and module))
"""
    root = Path(__file__).resolve().parents[3]
    environment = {name: value for name, value in os.environ.items() if name != "CI"}  # there it is silent anyway
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[] []"


def test_the_fastest_runner():
    pytest.importorskip("openvino")
    assert fastest("cpu", "float32") == "openvino"
    assert fastest("cuda", "float32") == fastest("cpu", "bfloat16") == "torch"


# what is compiled for sizes of images


def test_compiled_sizes_are_bounded_by_the_memory_that_they_take(monkeypatch):
    pytest.importorskip("openvino")
    working = runner("squeezenet1_1", "openvino").another()
    view = torch.zeros(200, 200, 3, dtype=torch.uint8)
    maps = working.maps(view)[0]
    (first,) = working.compiled.values()
    monkeypatch.setattr(openvino_runner, "HELD", 3 * first.nbytes)
    for side in range(188, 206, 3):
        working.maps(view[:side, :side] if side < 200 else view)
        assert sum(compiled.nbytes for compiled in working.compiled.values()) <= 3 * first.nbytes
    assert 2 <= len(working.compiled) <= 4
    assert_array_equal(working.maps(view)[0], maps)
    monkeypatch.setattr(openvino_runner, "HELD", 0)
    working.features(pixels())
    assert list(working.compiled) == [(False, 80, 80)], "the last is kept, however large it is"


def test_at_rest_a_runner_keeps_what_is_for_crops_and_gives_up_what_is_for_large_views(monkeypatch):
    pytest.importorskip("openvino")
    working = runner("squeezenet1_1", "openvino").another()
    features = working.features(pixels())
    maps = working.maps(pixels()[0])[0]
    working.rest()
    assert list(working.compiled) == [(False, 80, 80), (True, 80, 80)]
    monkeypatch.setattr(openvino_runner, "AT_REST", 0)
    working.rest()
    assert list(working.compiled) == [(False, 80, 80)]
    assert_array_equal(working.maps(pixels()[0])[0], maps)
    assert_array_equal(working.features(pixels()), features)


def test_a_compiled_network_takes_its_weights_and_its_largest_layer():
    pytest.importorskip("openvino")
    network = ConvertedNetwork(random_network("vgg16"), ENCODERS["vgg16"])
    weights = 4 * ENCODERS["vgg16"].parameters
    small, large = (openvino_runner.bytes_of(network.for_size(True, side, side)) for side in (64, 320))
    widest = 2 * 4 * 64 * 320 * 320  # bytes that the second convolution reads and writes
    assert weights < small < 2 * weights
    assert 1.0 < (large - small) / widest < 1.5
