"""Laws of the estimates: work is counted once where it is shared, and grows with what is asked for."""

from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import psutil
import pytest

from featurize.cost import (
    GIBI,
    Speed,
    affordable,
    calibrate,
    cautious_speed,
    cost_of,
    image_bytes,
    parts_that_fit,
    worker_bytes,
)
from featurize.encoders.encoder_pool import EncoderPool
from featurize.encoders.registry import ENCODERS
from featurize.protocol import Protocol, ProtocolError
from tests.featurize.random_networks import TORCHVISION, random_digest, random_network

PAPER = [Protocol(name, "", crop) for name in ("resnet50", "inception_v3", "vgg16") for crop in (400, 650)]
POOL = EncoderPool({"squeezenet1_1": None})
ICIAR = [(1536, 2048)] * 400


def test_the_papers_work_is_that_of_the_design():
    cost = cost_of(PAPER, ICIAR)
    assert cost.crops == 400 * 50 * 20 * 6
    assert cost.encoded["vgg16"] == pytest.approx(400 * 50 * 20 * (0.16 + 0.4225))
    assert cost.disk == pytest.approx(2 * 400 * 50 * 4 * (2048 + 2048 + 1408), rel=0.05)


def test_dense_encodes_each_view_once_whatever_the_crops():
    dense = cost_of([replace(protocol, mode="dense") for protocol in PAPER], ICIAR)
    assert dense.encoded["resnet50"] == pytest.approx(400 * 50 * 0.5**2 * 2048 * 1536 / 1e6)
    assert dense.encoded == cost_of([replace(p, mode="dense") for p in PAPER[::2]], ICIAR).encoded
    assert cost_of(PAPER, ICIAR).encoded["vgg16"] > 14 * dense.encoded["vgg16"]


def test_preparation_is_shared_by_encoders_and_not_by_scales():
    assert cost_of(PAPER, ICIAR).viewed == pytest.approx(cost_of(PAPER[:2], ICIAR).viewed)
    assert cost_of([*PAPER, replace(PAPER[0], scale=1.0)], ICIAR).viewed > cost_of(PAPER, ICIAR).viewed


def test_time_is_proportional_to_images_and_shared_by_workers():
    speed = Speed({name: 0.1 for name in ENCODERS}, 0.01)
    one, many = cost_of(PAPER, ICIAR[:10]), cost_of(PAPER, ICIAR[:70])
    assert many.seconds(speed, 1) == pytest.approx(7 * one.seconds(speed, 1))
    assert many.seconds(speed, 4) == pytest.approx(many.seconds(speed, 1) / 4)


def test_memory_limits_the_workers_and_too_little_is_refused():
    needed = worker_bytes(PAPER, ICIAR) / GIBI
    beside = psutil.Process().memory_info().rss / GIBI
    assert affordable(8, POOL, PAPER, ICIAR, beside + 100 * needed) == 8
    assert affordable(8, POOL, PAPER, ICIAR, beside + 3.5 * needed) == 3
    assert affordable(8, POOL, PAPER, ICIAR, 1.01 * needed) == 1
    with pytest.raises(ProtocolError, match="--max-memory"):
        affordable(8, POOL, PAPER, ICIAR, 0.9 * needed)
    assert worker_bytes(PAPER, ICIAR) > worker_bytes(PAPER[:1], ICIAR)
    assert worker_bytes([replace(p, mode="dense") for p in PAPER], [(6000, 8000)]) > worker_bytes(PAPER, [(6000, 8000)])


@pytest.mark.parametrize("jobs", [1, 2])
def test_memory_is_measured_without_the_networks_that_several_workers_have_for_themselves(jobs, monkeypatch):
    def rss():
        measured.append(len(pool._networks))
        return SimpleNamespace(rss=0)

    measured = []
    monkeypatch.setattr("featurize.cost.psutil.Process", lambda: SimpleNamespace(memory_info=rss))
    with EncoderPool({"squeezenet1_1": None}) as pool:
        pool.digest("squeezenet1_1")
        affordable(jobs, pool, PAPER, ICIAR, 1000)
    assert measured == [1 if jobs == 1 else 0]


def test_a_calibration_measures_every_network_asked_for():
    digest = random_digest("squeezenet1_1")
    protocols = [Protocol("squeezenet1_1", digest, crop) for crop in (64, 96)]
    speed = calibrate(protocols, EncoderPool({"squeezenet1_1": None}), seconds=0.2)
    assert set(speed.encoding) == {"squeezenet1_1"} and 0 < speed.encoding["squeezenet1_1"] < 100
    assert 0 < speed.viewing < 10


def test_a_cautious_speed_is_slow_and_slower_for_larger_networks():
    speed = cautious_speed(PAPER, "cpu")
    assert speed.encoding["resnet50"] > speed.encoding["vgg16"] >= 1 and set(speed.encoding) == {
        p.encoder for p in PAPER
    }
    assert cautious_speed(PAPER, "cuda").viewing < speed.viewing


@pytest.mark.parametrize("name", TORCHVISION)
def test_the_registry_counts_the_parameters(name):
    network = random_network(name)
    assert sum(p.numel() for p in network.parameters()) == pytest.approx(ENCODERS[name].parameters, rel=0.001)


def test_an_image_is_described_in_as_many_parts_as_the_memory_has_room_for():
    needed = [image_bytes(PAPER, 3000, 4000, parts) for parts in range(1, 5)]
    assert needed == sorted(needed) and needed[3] > needed[0]
    bytes_for = partial(image_bytes, PAPER, 3000, 4000)
    for parts, bytes_of_parts in enumerate(needed, start=1):
        assert parts_that_fit(bytes_for, 3000, 4000, 4, bytes_of_parts) == parts
    assert parts_that_fit(bytes_for, 3000, 4000, 2, 10 * needed[3]) == 2
    with pytest.raises(ProtocolError, match=r"4000 x 3000 pixels need about \d+\.\d GiB .* cut it into smaller images"):
        parts_that_fit(bytes_for, 3000, 4000, 4, needed[0] - 1)
    assert worker_bytes(PAPER, [(3000, 4000)]) > needed[0]
