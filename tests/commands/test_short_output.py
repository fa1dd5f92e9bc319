"""What cv says of two classes fits a screen, asks what it was not told, and has all tables when asked for."""

import pandas as pd
from typer.testing import CliRunner

from pipeline import app

SCREEN = 40  # lines


def test_a_cross_validation_of_two_classes_fits_a_screen(place, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    labels = pd.read_csv(place.fields / "manifest.csv")[["image", "label"]]
    labels["label"] = labels["label"].map(lambda name: "grade 2" if name in ("insitu", "invasive") else "grade 1")
    labels.to_csv(tmp_path / "labels.csv", index=False)
    trees = ["--folds", "3", "--seeds", "1", "--preset", "draft", "--jobs", "1"]
    asked = ["cv", "--cache", place.folder / "cache", *trees, "--labels", tmp_path / "labels.csv"]
    for width, more in (("80", []), ("100", []), ("100", ["--verbose"]), ("80", ["--positive", "grade 2"])):
        monkeypatch.setenv("COLUMNS", width)
        result = CliRunner().invoke(app, list(map(str, [*asked, *more])), catch_exceptions=False)
        said = result.output
        assert result.exit_code == 0 and "\nAUC " in said
        assert ("Accuracy by fold" in said) == ("--verbose" in more)
        assert ("Which class is positive was not said: `--positive 'grade 2'`" in said) == ("--positive" not in more)
        if "--verbose" not in more:
            assert said.count("\n") <= SCREEN, said
            assert "or --verbose" in " ".join(said.split())
    written = (tmp_path / "results" / place.fields.name / "table.md").read_text()
    assert "| sensitivity |" in written and written.startswith("Words: ")
