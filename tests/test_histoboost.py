"""The face for Python: its examples hold, every name is there, and importing it does no work."""

import doctest
import subprocess
import sys
from pathlib import Path

import pytest

import histoboost
from cohort.phantom_cohort import write_phantoms
from imaging.phantom import draw_field, phantoms

HERE = Path(__file__).resolve().parent
FORMATS = HERE / "formats"


def test_the_examples_hold(tmp_path):
    new = [draw_field(kind, "new", 0, 72, 80, seed=1) for kind in ("normal", "invasive")]
    write_phantoms(tmp_path / "new", new)
    names = {
        "manifest": write_phantoms(tmp_path / "fields", phantoms(1, 1, height=64, width=64)),
        "predictions": FORMATS / "predictions.csv",
        "folder": tmp_path / "report",
        "bundle_path": FORMATS / "tiny.zip",
        "images": [tmp_path / "new" / field.name for field in new],
    }
    done = doctest.testmod(histoboost, extraglobs=names)
    assert done.failed == 0 and done.attempted > 8


@pytest.mark.parametrize("name", histoboost.HOMES)
def test_every_name_is_there(name):
    assert getattr(histoboost, name).__name__ == name and name in dir(histoboost)


def test_an_unknown_name_is_an_attribute_error_that_lists_the_others():
    with pytest.raises(AttributeError, match=r"no train; it has .*Bundle, .*write_report"):
        histoboost.train  # noqa: B018


def test_importing_does_no_work():
    code = "import sys, histoboost; print(sorted({'numpy', 'pandas', 'torch', 'lightgbm'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=HERE.parent, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
