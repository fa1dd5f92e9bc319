"""The law of names that others chose: whatever a command prints or writes for people, nothing in them is obeyed."""

import csv
import re
import sys
from zipfile import ZipFile

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from benchmarks.fuzz import OBEYED
from cohort.files.spreadsheet import safe_cell
from pipeline import app

ODD = "\x1b[31m\x07\x9b\u202e\u2066[/][bold]{x}:smile:"
FORGED = "error: all is lost"
CLASSES = (f"=a{ODD}\n{FORGED}", f"@b|<img src=x>![x](y)\r{ODD}")
SMALL = ["--encoders", "squeezenet1_1", "--weights", "random", "--scale", "1", "--crops", "32", "--views", "4",
         "--crops-per-view", "1", "--device", "cpu", "--jobs", "1"]  # fmt: skip
TREES = ["--folds", "2", "--seeds", "1", "--heads", "trees", "--preset", "draft", "--jobs", "1"]


def said(*arguments, codes=(0,)):
    """What a command printed, on both streams, with nothing in it that a terminal would obey."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code in codes, result.output
    assert not OBEYED.search(result.output), ascii(result.output)
    assert FORGED not in [line.strip() for line in result.output.splitlines()], "a name has made a line of its own"
    return result.output


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a table of images whose names, classes and patients are odd, and one of new images."""
    if sys.platform == "win32":
        pytest.skip("Windows has no such names")
    place = tmp_path_factory.mktemp("odd")
    rows = [["image", "label", "patient", "scanner"]]
    for number in range(24):
        name = f"-{number}\x1b[2J\u202e.png"
        pixels = np.random.default_rng(number).integers(100 * (number % 2), 150 + 100 * (number % 2), (40, 48, 3))
        Image.fromarray(pixels.astype(np.uint8)).save(place / name)
        rows.append([name, CLASSES[number % 2], f"p{number // 3}{ODD}", f"+s{number % 2}{ODD}"])
    with (place / "odd.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    with (place / "new.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([*rows[:9], ["none\x1b.png", CLASSES[0], "", ""]])
    return place


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of matplotlib, which lacks the letters
def test_nothing_in_a_name_is_obeyed(place, monkeypatch):
    monkeypatch.chdir(place)
    said("extract", "--data", "odd.csv", *SMALL)
    said("extract", "--data", "new.csv", "--on-error", "skip", "--name", "new", *SMALL, codes=(0, 2, 3))
    for name in ("\x1b[31m", "a\nb", "../x", "[/]"):
        said("cv", "--name", name, codes=(2,))
        said("extract", "--data", "odd.csv", "--name", name, "--dry-run", codes=(0, 2))
    said("cv", "--name", "odd", *TREES, "--figures", "svg", "--by", "patient")
    said("report", "results/odd/predictions.csv", "--out", "again")
    said("compare", "odd", "odd")
    said("compare", "odd", f"odd#{ODD}", codes=(2,))
    said("fit", "--name", "odd", *TREES)
    answered = ["predict", "odd", "new.csv", "--views", "1", "--jobs", "1", "--by", "patient"]
    assert "not answered" in said(*answered, codes=(3,))
    said(*answered, "--raw-csv", "--out", "raw.csv", codes=(3,))
    said("evaluate", "odd", "--data", "odd.csv", "--by", "scanner,patient", "--jobs", "1", codes=(0, 3))
    for command in ("ls", "verify"):
        said("cache", command)
    said("cache", "gc", "--yes")
    assert '"=a' in (place / "raw.csv").read_text(encoding="utf-8"), "raw is raw"
    _look_at_what_was_written(place)


def _look_at_what_was_written(place):
    """The files for people: tables, pages, figures, cards."""
    with ZipFile(place / "models" / "odd.zip") as file:
        texts = [file.read("card.md").decode()]
    for path in [*place.glob("*/**/table.md"), *place.glob("*/**/report.html"), *place.glob("*/**/*.svg")]:
        texts.append(path.read_text(encoding="utf-8"))
    assert len(texts) >= 8
    for text in texts:
        assert not OBEYED.search(text) and not re.search(r"(?<!\\)<img src=x", text)
    for path in (place / "answers.csv", place / "answers-patients.csv", place / "results" / "odd" / "table.csv"):
        with path.open(newline="", encoding="utf-8") as file:
            for cell in [cell for row in csv.reader(file) for cell in row]:
                assert safe_cell(cell) == cell
