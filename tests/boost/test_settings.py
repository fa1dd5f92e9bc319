"""The settings are the paper's, and what makes no sense is refused with the rule and the value."""

import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from boost.settings import PRESETS, BoostError, BoostSettings


def test_the_paper_preset_is_the_papers():
    assert asdict(PRESETS["paper"]) == {
        "learning_rate": 0.1, "rounds": 70, "num_leaves": 191, "max_depth": 7, "feature_fraction": 0.46,
        "max_bin": 255, "views": None, "seeds": 5, "first_seed": 1,
    }  # fmt: skip


def test_fast_is_the_default_and_differs_from_the_paper_in_bins_and_views_alone():
    assert PRESETS["fast"] == BoostSettings()
    assert replace(PRESETS["fast"], max_bin=255, views=None) == PRESETS["paper"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("learning_rate", 0), ("rounds", 0), ("num_leaves", 1), ("max_depth", 0), ("feature_fraction", 1.5),
     ("max_bin", 70000), ("seeds", 0), ("rounds", 1.5), ("rounds", None), ("learning_rate", float("nan")),
     ("views", 0), ("views", 2.5), ("num_leaves", 1), ("max_bin", 1), ("first_seed", -1)],
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
