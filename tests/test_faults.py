"""A short version of benchmarks/faults.py: killed at random moments, extract and cv end as if undisturbed."""

import sys

import numpy as np
import pytest

from benchmarks.faults import harass


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="process groups are killed the POSIX way")
def test_after_kills_at_random_moments_cache_and_predictions_are_those_of_an_undisturbed_run():
    for name, tally in harass(3, np.random.default_rng(7), jobs=1, cuts=2).items():
        assert tally.equal == tally.rounds > 0, name
