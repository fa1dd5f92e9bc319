"""Whatever is fed to a reader or the command line, only our own errors come of it: no traceback, no hang, no bomb.

benchmarks/fuzz.py tries many more of the same.
"""

import sys
from collections import Counter
from functools import cache

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from benchmarks import fuzz

QUICK = settings(
    max_examples=150,
    deadline=fuzz.HANG * 1000,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    database=None,
)
EDIT = st.tuples(
    st.floats(0, 1, exclude_max=True),
    st.sampled_from([0, 0, 0, 1, 4, 50, 10**7]),
    st.integers(0, 255),
    st.one_of(st.sampled_from(fuzz.SPLICES), st.binary(max_size=4)),
)
pytestmark = pytest.mark.filterwarnings("ignore")  # of Pillow, on odd metadata

target_of = cache(lambda name: fuzz.TARGETS[name]())


@pytest.mark.parametrize("name", fuzz.TARGETS)
def test_valid_input_is_read(name, tmp_path):
    for sample in target_of(name).samples[:1] if name == "images" else target_of(name).samples:
        assert fuzz.feed(target_of(name), sample, tmp_path) == ("read", "")


@pytest.mark.parametrize("name", fuzz.TARGETS)
def test_mangled_input_is_read_or_refused(name, tmp_path):
    target = target_of(name)

    @QUICK
    @given(st.sampled_from(target.samples), st.lists(EDIT, min_size=1, max_size=4))
    def check(sample, edits):
        outcome, trouble = fuzz.feed(target, fuzz.mutated(sample, edits), tmp_path)
        assert outcome in ("read", "refused"), trouble

    check()


@pytest.mark.parametrize("name", fuzz.TARGETS)
def test_input_that_is_meant_ill_is_read_or_refused(name, tmp_path):
    """A few of it; all of it, with the memory and the seconds that it takes, is tried by benchmarks/fuzz.py."""
    hostile = [data for data in target_of(name).hostile if len(data) < 100_000]
    for data in hostile[:: max(1, len(hostile) // 40)]:
        outcome, trouble = fuzz.feed(target_of(name), data, tmp_path)
        assert outcome in ("read", "refused"), trouble


@pytest.mark.parametrize("name", fuzz.TARGETS)
def test_any_bytes_are_read_or_refused(name, tmp_path):
    target = target_of(name)

    @QUICK
    @given(st.one_of(st.binary(max_size=300), st.text(max_size=100).map(str.encode)))
    @example(b"")
    @example(bytes(5000))
    def check(data):
        outcome, trouble = fuzz.feed(target, data, tmp_path)
        assert outcome in ("read", "refused"), trouble

    check()


@pytest.mark.slow
def test_any_command_ends_in_a_result_or_a_message(tmp_path, monkeypatch):
    monkeypatch.chdir(fuzz.make_place(tmp_path))
    outcomes = Counter()
    for number in range(40):
        words = fuzz.arguments(np.random.default_rng(number), tmp_path)
        outcome, trouble = fuzz.run_command(words)
        assert outcome in ("read", "refused"), (words, trouble)
        outcomes[outcome] += 1
    assert min(outcomes.values()) > 3, "commands that work and commands that do not"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["images", "stores", "predictions", "bundles"])
def test_readers_stay_within_a_limit_of_memory_and_time(name):
    """In a process of its own that may not grow by more than that, and that looks at its peak after every input."""
    if sys.platform != "linux":
        pytest.skip("only Linux holds a process to a limit of memory")
    result = fuzz.fuzz(name, 150)
    assert result["failed"] == 0 and result["inputs"] == 150, result["failures"]
    assert result["slowest_s"] < fuzz.HANG


def test_memory_and_time_are_failures(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)  # and back, wherever the work leaves this process
    wasteful = fuzz.Target((b"x",), lambda path: bytearray(b"x") * (200 << 20), (), memory=100 << 20)
    monkeypatch.setitem(fuzz.TARGETS, "wasteful", lambda: wasteful)
    monkeypatch.setitem(
        fuzz.TARGETS, "idle", lambda: fuzz.Target((b"x",), lambda path: sum(range(10**7)), (), seconds=0.01)
    )
    monkeypatch.setattr("benchmarks.fuzz.limit_memory", lambda: None)
    for name, words in (("wasteful", "MiB"), ("idle", "after 0.")):
        if name == "wasteful" and not fuzz.peak_bytes():
            continue
        result = fuzz.work(name, 0, 1)
        assert result["failed"] == 1 and words in result["failures"][0]
