"""Files of an earlier version are opened, say the same, and are still written with every key; see formats/README.md."""

import json
import platform
import shutil
from importlib.metadata import version
from pathlib import Path
from zipfile import ZipFile

import h5py
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image
from safetensors import safe_open
from safetensors.numpy import load
from typer.testing import CliRunner

from boost.bundle.bundle import Bundle
from featurize.store.gather import find_stores, gather
from imaging.phantom import draw_field
from pipeline import app
from tests.blank_figures import figures_left_blank

OLD = Path(__file__).parent / "formats"
STORE, BUNDLE, VARIANT = "squeezenet1_1-48@1-44fd5ccf.h5", OLD / "tiny.zip", "squeezenet1_1-48@1"
SETTINGS = json.loads((OLD / "settings.json").read_text(encoding="utf-8"))
MADE_WITH = SETTINGS["versions"] | SETTINGS["variants"][VARIANT]["versions"][0]
PATIENTS = ("p0", "p1", "p2", "p3", "p4", "p5", "Zoë", "")
PROTOCOL = ["--encoders", "squeezenet1_1", "--weights", "random", "--scale", "1", "--crops", "48", "--views", "7",
            "--crops-per-view", "2", "--jobs", "1"]  # fmt: skip
TREES = ["--seeds", "1", "--positive", "invasive", "--jobs", "1"]


def same(*libraries):
    """Are these the versions that the files were made with, on the same kind of processor?"""
    alike = all(version(library) == MADE_WITH[library] for library in libraries)
    return alike and platform.machine() in MADE_WITH["platform"]


same_trees = pytest.mark.skipif(not same("lightgbm", "numpy"), reason="other libraries may grow other trees")
same_weights = pytest.mark.skipif(not same("torch", "numpy"), reason="other libraries may draw other random weights")


def run(*arguments):
    """Run a command in this process, which must succeed; returns what it printed."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def keys(value, path=""):
    """Every key of nested mappings, with the keys that lead to it."""
    if isinstance(value, dict):
        return {path} | {key for name, inner in value.items() for key in keys(inner, f"{path}/{name}")}
    return {path}


def listed(path):
    """The list of a bundle."""
    with ZipFile(path) as file:
        return json.loads(file.read("bundle.json"))


def columns(path):
    """The names of a table's columns, in order."""
    return list(pd.read_csv(path, nrows=0))


@pytest.fixture(scope="module")
def fields(tmp_path_factory):
    """The folder `tiny` of the eight images that the files are about; BMP, which no library packs in its own way."""
    folder = tmp_path_factory.mktemp("fields") / "tiny"
    folder.mkdir()
    rows = ["image,label,patient"]
    for number, patient in enumerate(PATIENTS):
        label = ("normal", "invasive")[number % 2]
        field = draw_field(label, f"p{number}", 0, height=72, width=80, seed=0)
        Image.fromarray(field.image).save(folder / f"{label}{number}.bmp")
        rows.append(f"{label}{number}.bmp,{label},{patient}")
    (folder / "manifest.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """What cv and fit make of the old cache today, answers kept in it left aside."""
    folder = tmp_path_factory.mktemp("work")
    shutil.copytree(OLD / "cache", folder / "cache", ignore=shutil.ignore_patterns("answers"))
    cache = ["--cache", folder / "cache"]
    with figures_left_blank():
        run("cv", "--folds-file", OLD / "folds.csv", "--learning-curve", "--heads", "trees", *TREES, *cache,
            "--out", folder)  # fmt: skip
    run("fit", "--folds", 4, "--heads", "trees", *TREES, *cache, "--models", folder)
    return folder


@pytest.fixture(scope="module")
def as_voted(tmp_path_factory):
    """What cv makes of the old cache where the trees' votes are left alone: of so few rows in the same bins as ever."""
    folder = tmp_path_factory.mktemp("voted")
    shutil.copytree(OLD / "cache", folder / "cache", ignore=shutil.ignore_patterns("answers"))
    options = ["--preset", "paper", *TREES, "--cache", folder / "cache", "--out", folder]
    with figures_left_blank():
        run("cv", "--folds-file", OLD / "folds.csv", "--learning-curve", *options)
    return folder / "tiny"


@pytest.fixture(scope="module")
def store(fields, tmp_path_factory):
    """A cache folder of the same images, written today."""
    cache = tmp_path_factory.mktemp("new")
    run("extract", "--data", fields, *PROTOCOL, "--cache", cache)
    return cache / "tiny"


def test_the_cache_is_whole_and_read():
    assert "44fd5ccf" in run("cache", "ls", "--cache", OLD / "cache")
    run("cache", "verify", "--cache", OLD / "cache")
    name, stores = find_stores(OLD / "cache")
    gathered = gather(stores)
    assert name == "tiny" and list(stores) == [VARIANT] and stores[VARIANT].protocol.key == "44fd5ccf"
    table = pd.read_csv(OLD / "predictions.csv", keep_default_na=False)
    assert list(gathered.images) == list(table["image"]) and list(gathered.patients) == list(table["patient"])
    assert set(gathered.patients) == set(PATIENTS) and gathered.classes == ("invasive", "normal")
    assert gathered.descriptors[VARIANT].shape == (8, 7, 512) and not gathered.left_out


@same_weights
def test_extract_describes_nothing_anew(fields, tmp_path):
    shutil.copytree(OLD / "cache", tmp_path / "cache")
    file = tmp_path / "cache" / "tiny" / STORE
    before = file.stat().st_mtime_ns, file.read_bytes()
    run("extract", "--data", fields, *PROTOCOL, "--cache", tmp_path / "cache")
    assert (file.stat().st_mtime_ns, file.read_bytes()) == before
    assert [path.name for path in file.parent.glob("*.h5")] == [STORE]


@same_trees
@pytest.mark.parametrize("name", ["predictions.csv", "fused.csv", "folds.csv", "learning_answers.csv"])
def test_cv_gives_the_very_tables(as_voted, name):
    assert (as_voted / name).read_bytes() == (OLD / name).read_bytes()


@same_trees
def test_recalibration_leaves_what_was_voted_beside_it(work):
    fused, old = (pd.read_csv(folder / "fused.csv", dtype=str) for folder in (work / "tiny", OLD))
    assert (work / "tiny" / "predictions.csv").read_bytes() == (OLD / "predictions.csv").read_bytes()
    voted = fused[["raw_invasive", "raw_normal"]]
    assert_array_equal(voted, old[["p_invasive", "p_normal"]])
    assert not (fused["p_invasive"] == old["p_invasive"]).all()


@same_trees
def test_kept_answers_would_be_found_again(work):
    kept = list((OLD / "cache").rglob("*.safetensors"))
    assert len(kept) == 8
    for path in kept:
        assert (work / path.relative_to(OLD)).read_bytes() == path.read_bytes()


@pytest.mark.usefixtures("blank_figures")
def test_report_opens_the_predictions(as_voted, tmp_path):
    run("report", OLD / "predictions.csv", "--out", tmp_path)
    assert {path.name for path in tmp_path.iterdir()} >= {"report.html", "table.md", "table.csv", "learning.csv"}
    if same("lightgbm", "numpy"):
        again = tmp_path / "again"
        shutil.copytree(as_voted, again)
        shutil.copy(OLD / "settings.json", again)  # the paper's AUC is another than that of these
        run("report", again / "predictions.csv", "--out", again)
        for name in ("table.csv", "learning.csv"):
            assert (tmp_path / name).read_bytes() == (again / name).read_bytes()


def test_the_bundle_gives_the_very_votes():
    bundle, (_, stores) = Bundle.open(BUNDLE), find_stores(OLD / "cache")
    gathered = gather(stores)
    described = {name: gathered.descriptors[name][gathered.rows[name]] for name in stores}
    found = pd.DataFrame(bundle.predict_proba(described), gathered.images, [f"p_{name}" for name in bundle.classes])
    wanted = pd.read_csv(OLD / "votes.csv", index_col="image", dtype=str).map(float)  # to the bit, as pandas is not
    assert list(found.index) == list(wanted.index) and list(found) == list(wanted)
    if same("lightgbm", "numpy"):
        assert_array_equal(found, wanted)
    assert_allclose(found, wanted, rtol=1e-9)


@same_weights
def test_the_bundle_answers_for_images(fields, tmp_path, monkeypatch):
    monkeypatch.chdir(fields.parent)  # answers name images by their paths
    wanted = pd.read_csv(OLD / "answers.csv", keep_default_na=False)
    run("predict", BUNDLE, *wanted["image"], "--jobs", 1, "--out", tmp_path / "answers.csv")
    found = pd.read_csv(tmp_path / "answers.csv", keep_default_na=False)
    assert list(found) == list(wanted)
    for column in wanted.columns.drop("seconds"):
        if wanted[column].dtype == float:  # another processor computes descriptors that differ a little
            assert_allclose(found[column], wanted[column], atol=0.02)
        else:
            assert list(found[column]) == list(wanted[column]), column


def test_fit_makes_the_very_models(work):
    old, new = ZipFile(BUNDLE), ZipFile(work / "tiny.zip")
    assert set(new.namelist()) == {*old.namelist(), "references.csv"}, "members may be added"
    if same("lightgbm", "numpy"):
        for name in old.namelist():
            if name.startswith("models/") or name.endswith(".csv"):
                assert new.read(name) == old.read(name), name


def test_a_store_has_the_old_arrays_and_draws(store):
    (file,) = store.glob("*.h5")
    with h5py.File(OLD / "cache" / "tiny" / STORE) as old, h5py.File(file) as new:
        assert set(new.attrs) >= set(old.attrs)
        for name in ("protocol", "encoder"):
            assert keys(json.loads(new.attrs[name])) >= keys(json.loads(old.attrs[name]))
        assert {name: (new[name].dtype, new[name].shape) for name in old} == {
            name: (old[name].dtype, old[name].shape) for name in old
        }
        for name in ("image", "label", "patient", "sha256", "entry_crc32", "gains", "boxes", "stain_status", "done"):
            assert_array_equal(new[name], old[name], err_msg=name)
        assert keys(json.loads(new["versions"][0])) >= keys(json.loads(old["versions"][0]))
        if same("torch", "numpy"):
            assert file.name == STORE
            assert_allclose(new["descriptors"], old["descriptors"], atol=1e-3 * np.abs(old["descriptors"]).max())


def test_old_keys_are_still_written(work, store):
    for new, old in [
        (header(next(store.glob("*.h5"))), header(OLD / "cache" / "tiny" / STORE)),
        (image_index(store), image_index(OLD / "cache" / "tiny")),
        (json.loads((work / "tiny" / "settings.json").read_text(encoding="utf-8")), SETTINGS),
        (listed(work / "tiny.zip"), listed(BUNDLE)),
    ]:
        assert not keys(old) - keys(new)


def test_tables_have_the_old_columns(work):
    for name in ("predictions.csv", "folds.csv", "images.csv", "learning_answers.csv"):
        assert columns(work / "tiny" / name) == columns(OLD / name)
    fused = columns(work / "tiny" / "fused.csv")
    assert fused == [*columns(OLD / "fused.csv"), "raw_invasive", "raw_normal"]


def test_arrays_of_answers_and_distances_keep_their_names(work):
    kept = next((work / "cache").rglob("answers/*/*.safetensors"))
    with safe_open(kept, "np") as new, safe_open(next(OLD.rglob("*.safetensors")), "np") as old:
        assert set(new.keys()) == set(old.keys())
        assert keys(json.loads(new.metadata()["facts"])) >= keys(json.loads(old.metadata()["facts"]))
    new, old = (load(ZipFile(path).read("outliers.safetensors")) for path in (work / "tiny.zip", BUNDLE))
    assert {name: (array.dtype, array.shape) for name, array in new.items()} == {
        name: (array.dtype, array.shape) for name, array in old.items()
    }


def header(path):
    """What stands before the HDF5 part of a cache file, in its second line."""
    return json.loads(path.read_bytes().split(b"\n", 2)[1])


def image_index(folder):
    """What is known of the image files; a checksum stands in the first line."""
    return json.loads((folder / "images.json").read_bytes().partition(b"\n")[2])
