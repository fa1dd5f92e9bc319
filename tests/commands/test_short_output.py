"""What cv says of two classes fits a screen, asks what it was not told, and has all tables when asked for."""

import shlex

import pandas as pd
import pytest
from typer.testing import CliRunner

from commands.terminal import console
from pipeline import app

SCREEN = 40  # lines


def test_a_cross_validation_of_two_classes_fits_a_screen(place, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    labels = pd.read_csv(place.fields / "manifest.csv")[["image", "label"]]
    labels["label"] = labels["label"].map(lambda name: "grade 2" if name in ("insitu", "invasive") else "grade 1")
    labels.to_csv(tmp_path / "labels.csv", index=False)
    trees = ["--folds", "3", "--seeds", "1", "--preset", "draft", "--jobs", "1"]
    asked = ["cv", "--cache", place.folder / "cache", *trees, "--labels", tmp_path / "labels.csv"]
    for width, more in ((80, []), (100, []), (100, ["--verbose"]), (80, ["--positive", "grade 2"])):
        monkeypatch.setattr(console, "_width", width)  # COLUMNS was read when the console was made
        result = CliRunner().invoke(app, list(map(str, [*asked, *more])), catch_exceptions=False)
        said = result.output
        assert result.exit_code == 0 and "\nAUC " in said
        assert ("Accuracy by fold" in said) == ("--verbose" in more)
        assert ("Which class is positive was not said:\n`--positive 'grade 2'`" in said) == ("--positive" not in more)
        if "--verbose" not in more:
            assert said.count("\n") <= SCREEN, said
            assert "or --verbose" in " ".join(said.split())
    written = (tmp_path / "results" / place.fields.name / "table.md").read_text()
    assert "| sensitivity |" in written and written.startswith("Words: ")


@pytest.mark.usefixtures("blank_figures")
def test_the_command_that_is_asked_for_can_be_copied(tmp_path, monkeypatch):
    """Whatever the classes are called, and however narrow the terminal is."""
    monkeypatch.setattr(console, "_width", 50)
    for first, second in (("Größe 1", "Größe 2 ohne Nekrose"), ("grade a", "it's b")):
        folder = tmp_path / first
        table = pd.DataFrame({"image": [f"i{k}" for k in range(12)], "label": [first, second] * 6})
        table = table.assign(fold=table.index // 4, **{f"p_{first}": [0.7, 0.3, 0.6, 0.6] * 3})
        table[f"p_{second}"] = 1 - table[f"p_{first}"]
        table.to_csv(tmp_path / "answers.csv", index=False)
        asked = ["report", str(tmp_path / "answers.csv"), "--out", str(folder)]
        lines = CliRunner().invoke(app, asked, catch_exceptions=False).output.splitlines()
        after = lines[lines.index("Which class is positive was not said:") + 1]
        option = shlex.split(after.split("`")[1])
        assert option == ["--positive", second]
        written = (folder / "table.md").read_text()
        assert "| AUC |" in written and "| sensitivity |" not in written
    CliRunner().invoke(app, [*asked, *option], catch_exceptions=False)
    written = (folder / "table.md").read_text()
    assert "| AUC |" in written and "| sensitivity |" in written and "was not said" not in written
