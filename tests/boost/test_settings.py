"""The settings are the paper's, and what makes no sense is refused with the rule and the value."""

import subprocess
import sys
from pathlib import Path

import pytest

from boost.settings import BoostError, BoostSettings


def test_the_defaults_are_the_papers_but_for_the_bins():
    settings = BoostSettings()
    assert (settings.learning_rate, settings.rounds, settings.num_leaves, settings.max_depth) == (0.1, 70, 191, 7)
    assert (settings.feature_fraction, settings.seeds, settings.max_bin) == (0.46, 5, 63)


@pytest.mark.parametrize(
    ("field", "value"),
    [("learning_rate", 0), ("rounds", 0), ("num_leaves", 1), ("max_depth", 0), ("feature_fraction", 1.5),
     ("max_bin", 70000), ("seeds", 0), ("rounds", 1.5)],
)  # fmt: skip
def test_nonsense_is_refused_by_rule_and_value(field, value):
    with pytest.raises(BoostError, match=rf"{field} must be .*{value}"):
        BoostSettings(**{field: value})


def test_models_of_a_fold_differ_in_the_seed_of_their_columns_alone():
    first, second = BoostSettings().for_fold(3).parameters(4, seed=0), BoostSettings().for_fold(3).parameters(4, seed=1)
    assert {key for key in first if first[key] != second[key]} == {"feature_fraction_seed"}
    assert first["feature_fraction_seed"] != BoostSettings().for_fold(4).parameters(4)["feature_fraction_seed"]


def test_the_settings_do_not_load_lightgbm():
    code = "import sys, boost.settings; print('lightgbm' in sys.modules)"
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
