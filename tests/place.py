"""A small data set, described and fitted once for the tests of fit and predict."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cohort.phantom_cohort import write_phantoms
from imaging.phantom import draw_field, phantoms
from pipeline import app


def invoke(*arguments, code=0, stdin=None):
    """Run a command in this process; returns what it printed."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False, input=stdin)
    assert result.exit_code == code, result.output
    return " ".join(result.output.split())


@dataclass(frozen=True)
class Place:
    """24 fields of 3 patients, their cache, and a bundle of 2 variants x 3 folds x 1 seed."""

    folder: Path

    @property
    def fit(self):
        """The command that makes the bundle, without the folder of models."""
        trees = ["--folds", 3, "--seeds", 1, "--preset", "draft", "--jobs", 1]
        return ["fit", "--name", "fields", "--cache", self.folder / "cache", *trees]

    @property
    def bundle(self):
        """Its file."""
        return self.folder / "models" / "fields.zip"

    @property
    def fields(self):
        """The folder of its images."""
        return self.folder / "fields"

    @property
    def new(self):
        """The folder of four fields of a patient who is not among them: test0.png (normal) to test3.png (invasive)."""
        return self.folder / "new"

    def predict(self, *arguments, code=0, stdin=None):
        """Run predict with the bundle."""
        return invoke("predict", self.bundle, *arguments, "--jobs", 1, code=code, stdin=stdin)


@pytest.fixture(scope="session")
def place(tmp_path_factory):
    """The same for all tests; nobody writes to it."""
    place = Place(tmp_path_factory.mktemp("place"))
    write_phantoms(place.fields, phantoms(per_class=6, patients=3, height=144, width=176))
    kinds = ("normal", "benign", "insitu", "invasive")
    write_phantoms(place.new, [draw_field(kind, "new", 0, 144, 176, seed=1) for kind in kinds])
    (place.new / "manifest.csv").unlink()
    for number, kind in enumerate(kinds):
        (place.new / f"{kind}_new_0.png").rename(place.new / f"test{number}.png")
    invoke("extract", "--data", place.fields / "manifest.csv", "--cache", place.folder / "cache", "--jobs", 1,
        "--encoders", "squeezenet1_1", "--weights", "random", "--scale", "1", "--crops", "64,96", "--views", "4",
        "--crops-per-view", "2")  # fmt: skip
    invoke(*place.fit, "--models", place.folder / "models")
    return place


@pytest.fixture
def run():
    """What runs a command."""
    return invoke
