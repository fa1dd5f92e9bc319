"""Laws of the pool: every network is built once, no two threads have the same runner, and what is lent comes back."""

import doctest
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest
import torch
from numpy.testing import assert_array_equal

from featurize.encoders import encoder_pool
from featurize.encoders.encoder_pool import EncoderPool, gpu_of, pool_of_process
from featurize.encoders.weights import WeightsError
from featurize.protocol import Protocol

NAME = "squeezenet1_1"
RUNS = [lambda path, run=run: path for run in range(3)]  # descriptions that differ
CROPS = torch.zeros(1, 64, 64, 3, dtype=torch.uint8)


@pytest.fixture
def built(monkeypatch):
    """What was built: the names of the networks that were loaded, and of those that were made ready to run."""
    calls = {"load_network": [], "make_runner": []}
    for function in calls:
        real = getattr(encoder_pool, function)

        def counted(*arguments, function=function, real=real):
            calls[function].append(arguments)
            return real(*arguments)

        monkeypatch.setattr(encoder_pool, function, counted)
    return calls


@pytest.fixture
def pool():
    with EncoderPool({NAME: None}) as made:
        yield made


@pytest.fixture
def protocol(pool):
    return Protocol(NAME, pool.digest(NAME))


def test_three_pools_of_two_threads_take_one_network_and_two_runners(pool, built):
    protocol = Protocol(NAME, pool.digest(NAME))
    seen = {}

    def describe(both_at_once):
        with pool.lend(protocol) as runner:
            both_at_once.wait(timeout=60)
            seen[id(runner)] = runner
            return runner.features(CROPS)

    for _ in range(3):
        both_at_once = Barrier(2)
        with ThreadPoolExecutor(2) as threads:
            first, second = threads.map(describe, [both_at_once] * 2)
        assert_array_equal(first, second)
    assert len(seen) == 2
    assert len(built["load_network"]) == len(built["make_runner"]) == 1


def test_what_is_lent_comes_back_even_after_an_error(pool, protocol):
    with pytest.raises(RuntimeError, match="on the way"), pool.lend(protocol) as first:
        raise RuntimeError("on the way")
    with pool.lend(protocol) as again, pool.lend(protocol) as other:
        assert again is first and other is not first


def test_a_closed_pool_holds_nothing_and_loads_anew(pool, protocol, built):
    with pool.lend(protocol):
        pool.close()
    pool.close()
    assert not pool._networks and not pool._first and not pool._idle
    with pool.lend(protocol) as runner:
        runner.features(CROPS)
    assert len(built["load_network"]) == 1


def test_weights_that_are_not_those_of_the_protocol_are_refused(pool):
    with pytest.raises(WeightsError, match=f"{NAME} have changed"), pool.lend(Protocol(NAME, "0" * 64)):
        pass


def test_a_network_that_is_read_otherwise_by_now_is_refused(pool, protocol):
    with (
        pytest.raises(WeightsError, match=r"was made of patches, and squeezenet1_1 is read as map here"),
        pool.lend(replace(protocol, tokens="patches")),
    ):
        pytest.fail("it was lent")


def test_a_pool_sent_to_a_process_is_the_one_of_its_kind_there(pool):
    arrived = [copy(pool) for _ in range(2)]
    assert arrived[0] is arrived[1]
    assert arrived[0].description == pool.description
    assert copy(EncoderPool({NAME: Path("other.pth")})) is not arrived[0]


def test_a_process_keeps_the_pools_of_two_runs_and_closes_the_one_before(protocol, built):
    def used(run):
        pool = pool_of_process({NAME: None}, "cpu", RUNS[run])
        with pool.lend(protocol):
            return pool

    first, second = used(0), used(1)
    for _ in range(2):  # by turns, and nothing is loaded again
        assert used(0) is first and used(1) is second
    assert len(built["load_network"]) == 2
    third = used(2)
    assert not first._networks and second._networks and third._networks
    assert used(1) is second and used(0) is not first
    assert not third._networks


def test_files_are_looked_for_where_this_machine_has_them():
    moved = EncoderPool({NAME: Path("there.pth")}, resolve=lambda path: Path("here") / path)
    with pytest.raises(WeightsError, match=r"here.there\.pth"):
        moved.digest(NAME)


def test_the_examples_of_the_file_are_true():
    assert doctest.testmod(encoder_pool) == (0, 2)


def test_workers_share_out_the_gpus():
    assert [gpu_of(f"LokyProcess-{number}", 2) for number in (1, 2, 3)] == ["cuda:0", "cuda:1", "cuda:0"]
    assert gpu_of("MainProcess", 4) == "cuda:0"


def test_pytorchs_compiler_is_not_loaded():
    """It takes more than a second, which every start and every worker would pay."""
    code = f"""
import sys, torch
from featurize.encoders.encoder_pool import EncoderPool
from featurize.protocol import Protocol
with EncoderPool({{"{NAME}": None}}) as pool, pool.lend(Protocol("{NAME}", pool.digest("{NAME}"))) as runner:
    runner.features(torch.zeros(1, 64, 64, 3, dtype=torch.uint8))
print([name for name in ("torch._dynamo", "sympy.core", "torch.distributed.tensor") if name in sys.modules])
"""
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
