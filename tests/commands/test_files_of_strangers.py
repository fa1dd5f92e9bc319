"""Laws of all commands: none waits for a pipe or device in a file's place, and none writes through a planted link."""

import os
import shutil
import signal
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from cohort.files.atomic import write_whole
from featurize.store.gather import find_stores
from featurize.store.image_index import IndexedImage, read_image_index, write_image_index
from tests.blank_figures import figures_left_blank
from tests.place import invoke

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here"),
    pytest.mark.usefixtures("blank_figures"),
]
CV = ["cv", "--folds", 3, "--seeds", 1, "--heads", "trees", "--preset", "draft", "--jobs", 1]
EXTRACT = ["--jobs", 1, "--encoders", "squeezenet1_1", "--weights", "random", "--scale", "1", "--crops", "64,96",
           "--views", "4", "--crops-per-view", "2"]  # fmt: skip
GUESSES = ("{}.part", "{}.new", "{}.tmp", ".{}.part", "{}.1.part", "{}~")  # names that a writer might give a file


class Waited(Exception):
    """A command did not end."""


@contextmanager
def no_waiting(seconds=60):
    def stop(*_):
        raise Waited

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def others(folder):
    """What stands in a file's place: a pipe, a link to a device without end, a folder."""
    folder.mkdir()
    os.mkfifo(folder / "pipe")
    (folder / "zero").symlink_to("/dev/zero")
    (folder / "folder").mkdir()
    return [folder / "pipe", folder / "zero", folder / "folder"]


@pytest.fixture(scope="module")
def done(place, tmp_path_factory):
    """A folder with a cross-validation of the place's cache, which all tests share."""
    folder = tmp_path_factory.mktemp("done")
    with figures_left_blank():
        invoke(*CV, "--cache", place.folder / "cache", "--out", folder / "results")
    return folder


@pytest.mark.parametrize("option", ["--labels", "--folds-file"])
def test_a_table_for_cv_that_is_none_is_refused_at_once(option, place, run, tmp_path):
    for path in others(tmp_path / "others"):
        with no_waiting():
            told = run(*CV, option, path, "--cache", place.folder / "cache", "--out", tmp_path, code=2)
        assert "only regular files are opened" in told


def test_predictions_and_what_lies_beside_them(done, run, tmp_path):
    results = tmp_path / "results"
    shutil.copytree(done / "results" / "fields", results)
    for path in others(tmp_path / "others"):
        for words in (["report", path], ["compare", path, results], ["report", results / "predictions.csv",
                      "--patients", path], ["report", results / "predictions.csv", "--data", path]):  # fmt: skip
            with no_waiting():
                run(*words, *(["--out", tmp_path / "out"] if words[0] == "report" else []), code=2)
    for name in ("settings.json", "images.csv", "learning_answers.csv", "nested_answers.csv"):
        (results / name).unlink(missing_ok=True)
        os.mkfifo(results / name)
    with no_waiting():
        run("report", results / "predictions.csv", "--out", tmp_path / "out")


def test_what_the_index_of_images_names(place, run, tmp_path):
    """As in a cache, and a folder of settings that leads to it, from somebody else."""
    cache = tmp_path / "cache"
    shutil.copytree(place.folder / "cache", cache)
    index = read_image_index(cache / "fields")
    paths = [*others(tmp_path / "others"), Path("/dev/tty"), Path("x\0y")]
    infos = [entry.info for entry in index.values()]
    swapped = {}
    for number, (image, info) in enumerate(zip(index, infos, strict=True)):
        swapped[image] = IndexedImage(str(paths[number % len(paths)]), info)
    write_image_index(cache / "fields", swapped)
    with no_waiting():
        told = run(*CV, "--cache", cache, "--out", tmp_path / "results")
        run("report", tmp_path / "results" / "fields" / "predictions.csv", "--out", tmp_path / "out")
    assert "24 image files are not where they were" in told or "24" in told
    with no_waiting():
        assert "every checksum is right" in run("cache", "verify", "--cache", cache)
        run("cache", "repair", "--cache", cache)


@pytest.mark.parametrize("name", ["images.json", "store"])
def test_what_lies_in_the_cache(name, place, run, tmp_path):
    cache = tmp_path / "cache"
    shutil.copytree(place.folder / "cache", cache)
    path = next((cache / "fields").glob("*.h5")) if name == "store" else cache / "fields" / name
    path.unlink()
    for other in others(tmp_path / "others"):
        path.symlink_to(other)
        for words in (["ls"], ["verify"], ["repair"], ["gc", "--yes"]):
            with no_waiting():
                run("cache", *words, "--cache", cache, code=1 if words == ["verify"] else 0)
        with no_waiting():
            run(*CV, "--cache", cache, "--out", tmp_path / "results", code=2)
        path.unlink()


def test_images_bundles_and_tables_for_predict_and_evaluate(place, run, tmp_path):
    for path in others(tmp_path / "others"):
        image = path.with_name("image.png")
        image.unlink(missing_ok=True)
        image.symlink_to(path)
        with no_waiting():
            run("predict", path, place.new, "--models", tmp_path, "--out", tmp_path / "a.csv", code=2)
            code = 2 if path.name == "folder" else 3  # a folder without images, or one image less
            place.predict(image, place.new / "test0.png", "--out", tmp_path / "a.csv", code=code)
        table = tmp_path / "table.csv"
        table.unlink(missing_ok=True)
        table.symlink_to(path)
        with no_waiting():
            run("evaluate", place.bundle, "--data", table, "--out", tmp_path / "out", code=2)
            run("extract", "--data", table, "--cache", tmp_path / "cache", *EXTRACT, code=2)
            place.predict(table, "--out", tmp_path / "a.csv", code=2)


def test_weights(place, run, tmp_path):
    words = ["extract", "--data", place.fields, "--cache", tmp_path / "cache", *EXTRACT]
    for number, path in enumerate(others(tmp_path / "others")):
        for suffix in ("safetensors", "pth"):
            folder = tmp_path / f"{suffix}{number}"
            folder.mkdir()
            (folder / f"squeezenet1_1.{suffix}").symlink_to(path)
            with no_waiting():
                told = run(*words, "--weights", folder, code=2)
            assert "weights" in told


def planted(folder, names, victim):
    """Links to a file of somebody's at every name that a writer might use for these."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        for guess in ("{}", *GUESSES):
            with suppress(FileExistsError):
                (folder / guess.format(name)).symlink_to(victim)


def test_no_planted_link_is_written_through(place, done, run, tmp_path):
    """At every name that a run leaves, and at those that its writers might use on the way."""
    victim = tmp_path / "precious.txt"
    victim.write_text("precious")
    finished = place.folder / "cache" / "fields"
    cache_names = [path.name for path in finished.iterdir() if path.suffix != ".h5" and path.is_file()]
    guesses = [guess.format(path.name) for path in finished.glob("*.h5") for guess in GUESSES]
    stems = [f"{path.stem}.new" for path in finished.glob("*.h5")]
    planted(tmp_path / "cache" / "fields", [*cache_names, *guesses, *stems, "skipped.csv"], victim)
    (tmp_path / "cache" / "fields" / ".writing.lock").unlink()  # the lock's own library refuses links
    report = [path.name for path in (done / "results" / "fields").iterdir() if path.name != ".writing.lock"]
    results = tmp_path / "results" / "fields"
    planted(results, [*report, "skipped.csv", "learning.csv", "roc.png", "report.html"], victim)
    planted(tmp_path / "models", ["fields.zip", "fields.zip"], victim)
    planted(tmp_path, ["answers.csv", ".histoboost-probe"], victim)
    where = ["--cache", tmp_path / "cache", "--out", tmp_path / "results"]
    run("extract", "--data", place.fields / "manifest.csv", *where, *EXTRACT)
    run(*CV, *where)
    run("report", results / "predictions.csv", "--out", results)
    run("fit", *CV[1:], "--cache", tmp_path / "cache", "--models", tmp_path / "models")
    run("predict", tmp_path / "models" / "fields.zip", place.new, "--out", tmp_path / "answers.csv", "--jobs", 1)
    with suppress(AssertionError):  # this machine may lack something for the paper's run
        run("doctor", "--cache", tmp_path, "--offline")
    write_whole(tmp_path / "answers.csv.part", b"ours")
    assert victim.read_text() == "precious"
    assert len(find_stores(tmp_path / "cache", "fields")[1]) == 2 and (results / "report.html").stat().st_size > 10_000
