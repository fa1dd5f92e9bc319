"""What cv and fit say first is true, and the commands in it work when they are copied."""

import re
import shlex
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from commands.bundles.fit import FitOptions
from commands.opening_lines import folds_line, others_lines, typed_with, variants_line
from commands.options import takes
from commands.training_options import CvOptions
from featurize.store.variants import Others

GIVEN = [
    CvOptions(),
    CvOptions(folds=5, name="a set", groups="none", out=Path("my results"), cache=Path("c d"), learning_curve=True),
    CvOptions(seed=0, positive="in situ,invasive", labels=Path("l'a.csv"), by="patient", raw_csv=True, heads="all"),
    CvOptions(variants="of before", unknown_patients="train-only", no_lock=True, repeats=3),
    FitOptions(name="n", data_set="s", models=Path("m"), with_thumbnails=True, aim="youden", seeds=2),
]


def copied(command, options):
    """What a shell makes of a command: the options."""
    program, script, name, *words = shlex.split(command)
    assert (program, script, name) == ("python", "pipeline.py", "cv" if options is CvOptions else "fit")
    taken = []
    app = typer.Typer()
    app.command()(takes(options)(taken.append))
    result = CliRunner().invoke(app, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return taken[0]


@pytest.mark.parametrize("asked", GIVEN)
def test_a_command_is_the_one_that_was_given_with_other_variants(asked):
    names = ("net-64@0.5#1a2b3c4d", "timm:a-96@1-dense")
    assert copied(typed_with(asked, names), type(asked)) == replace(asked, variants=",".join(names))


def test_every_group_has_its_command_or_is_told_where_to_look():
    groups = (("a", "b"), ("c",), ("d",))
    [line] = others_lines(CvOptions(), Others(groups[:1]))
    assert line.startswith("others in the cache: a, b; `") and line.endswith("--variants a,b` takes those")
    settings = {"a": "", "b": "views 5", "c": "seed 1"}
    lines = others_lines(CvOptions(cache=Path("c")), Others(groups, settings=settings))
    assert lines[0].startswith("others in the cache: a, b (views 5); `") and "c (seed 1); `" in lines[1]
    assert lines[2:] == ["and further ones; `python pipeline.py cache ls --cache c` lists all"]
    lines = others_lines(CvOptions(), Others(groups[:1], together=("a", "b", "z"), lacking=("y",)))
    assert lines[1] == "all of them together: `python pipeline.py cv --variants a,b,z`"
    assert "y; the extract that made them" in lines[2] and "`" not in lines[2]
    assert others_lines(CvOptions(), Others()) == []


def test_the_latest_is_named_only_where_there_are_others():
    assert variants_line(["a"], Others()) == "1 variant (network, crop size and scale): a"
    assert "latest extract, whose answers are averaged: a, b" in variants_line(["a", "b"], Others((("c",),)))
    assert "latest extract that was finished: a" in variants_line(["a"], Others(lacking=("c",), is_finished=False))


@dataclass
class InFolds:
    patients: tuple[str, ...]
    held_out_folds: tuple[int, ...] = (1, 2)

    def __len__(self):
        return len(self.patients)


def test_who_shares_a_fold_is_told_where_patients_count():
    some_known = InFolds(("p", "p", "q", "", ""))
    both = "s: 5 images in 2 folds; the images of each of 2 patients share a fold"
    assert folds_line(CvOptions(), "s", some_known) == f"{both}; 2 images of unknown patients stand alone"
    assert folds_line(CvOptions(unknown_patients="one-group"), "s", some_known) == both
    assert folds_line(CvOptions(groups="none"), "s", some_known) == "s: 5 images in 2 folds"
    assert folds_line(CvOptions(), "s", InFolds(("", ""))) == "s: 2 images in 2 folds"


def test_fit_takes_the_latest_and_its_command_the_others(place, run, tmp_path):
    cache = tmp_path / "a cache"
    shutil.copytree(place.folder / "cache", cache)
    run("extract", "--data", place.fields / "manifest.csv", "--cache", cache, "--out", tmp_path, "--jobs", 1,
        "--encoders", "squeezenet1_1", "--weights", "random", "--scale", 1, "--crops", 64, "--views", 2,
        "--crops-per-view", 1)  # fmt: skip
    trees = ["--folds", 3, "--seeds", 1, "--preset", "draft", "--heads", "logistic", "--jobs", 1]
    said = run("fit", "--cache", cache, *trees, "--models", tmp_path / "models")
    assert "1 variant (network, crop size and scale) of the latest extract: squeezenet1_1-64@1 " in said
    assert "patients with images of several classes" not in said  # it was told when the place was made
    [command] = re.findall("`(python pipeline.py fit .*?)`", said)
    said = run(*shlex.split(command)[2:])
    assert "2 variants (network, crop size and scale), whose answers are averaged: squeezenet1_1-64@1, " in said
    assert "several protocols" in run("fit", "--cache", cache, *trees, "--variants", "*", code=2)


def test_the_number_of_folds_in_an_error_is_one_that_works(place, run, tmp_path):
    options = ["--cache", place.folder / "cache", "--models", tmp_path, "--seeds", 1, "--preset", "draft", "--jobs", 1]
    said = run("fit", *options, "--heads", "logistic", code=2)
    [number] = re.findall(r"use fewer folds, (\d+) at most.*\(--folds \1\)", said)
    assert "10 images of every class" in said and "10 patients, and there are 3" in said
    assert "variants (network, crop size and scale)" in said.partition("error:")[0]  # others may have more images
    run("fit", *options, "--heads", "logistic", "--folds", number)
    cv = ["cv", *options[:2], "--out", tmp_path, "--heads", "centroid"]
    said = run(*cv, "--folds", 2, "--procedure-interval", code=2)
    assert "use 3 folds or more; for all that was asked, --folds 3 works" in said
