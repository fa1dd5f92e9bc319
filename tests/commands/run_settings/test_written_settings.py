"""Laws of run.toml: each command has its own table, whatever it finds there, and a run asked again is the same run."""

import os
import shutil
import tomllib
from pathlib import Path

import pandas as pd
import pytest

from cohort.files.lock import writing
from commands.bundles.predict import predict_command
from commands.run_settings.asked_values import asked_now, asked_of, in_toml, key_of_words, running
from commands.run_settings.written_settings import LOCK, RUN_FILE, keep_settings, keep_settings_beside
from commands.terminal import plainly
from featurize.protocol import Protocol
from featurize.store.file_format import Entry
from featurize.store.gather import store_path
from featurize.store.image_index import remember
from featurize.store.open_store import open_store
from featurize.store.variants import mark_finished, variant_files


def tables(path):
    return tomllib.loads(path.read_text("utf-8"))


def unspaced(capsys):
    """What was printed, however it was wrapped."""
    return "".join(capsys.readouterr().out.split())


@plainly
def evaluate(
    folder: Path, views: int = 3, token: str = "", jobs: int = 0, weights: str = "auto", no_lock: bool = False
):
    keep_settings(folder)


@plainly
def predict(folder: Path, views: int = 3):
    keep_settings(folder)


def test_each_command_renews_its_own_table(tmp_path):
    evaluate(tmp_path / "made", 7)
    predict(tmp_path / "made")
    evaluate(tmp_path / "made")
    written = tables(tmp_path / "made" / RUN_FILE)
    assert {name: table.pop("version") != "" for name, table in written.items()} == {"evaluate": True, "predict": True}
    folder = in_toml(tmp_path / "made")
    assert written == {name: {"folder": folder, "views": 3} for name in ("evaluate", "predict")}


def test_neither_secrets_nor_what_belongs_to_the_machine_is_written(tmp_path):
    evaluate(tmp_path, token="a secret word", jobs=7, weights="/home/me/weights", no_lock=True)
    assert set(tables(tmp_path / RUN_FILE)["evaluate"]) == {"version", "folder", "views"}
    evaluate(tmp_path, weights="random")
    assert tables(tmp_path / RUN_FILE)["evaluate"]["weights"] == "random", "wherever it runs"


def test_no_path_tells_of_the_machine_and_each_leads_where_it_did(tmp_path, monkeypatch):
    home = tmp_path / "home" / "karl"
    there, here = home / "study", home / "work"
    for folder in (there, here):
        folder.mkdir(parents=True)
    monkeypatch.chdir(here)
    for path in (there, here, here / "set" / "new.png", Path("set"), Path("..") / "study", home.parent):
        for value in (path, str(path), [path], [str(path)]):
            written = in_toml(value)
            (text,) = written if isinstance(value, list) else [written]
            if isinstance(value, Path) or path.exists():
                assert "karl" not in text and Path(text).resolve() == path.resolve() and "\\" not in text
    assert in_toml("/no/such folder") == "/no/such folder" and in_toml("a,/b") == "a,/b", "texts that are no paths"


@pytest.mark.parametrize("content", [b"\xff", b"[evaluate", b"x = 1\n\0", b"x = " + b"[" * 450 + b"]" * 450])
def test_a_damaged_file_is_replaced_and_said_to_be(content, tmp_path, capsys):
    (tmp_path / RUN_FILE).write_bytes(content)
    predict(tmp_path)
    assert "run.tomlhadisnotkept:" in unspaced(capsys)
    assert set(tables(tmp_path / RUN_FILE)) == {"predict"}


@pytest.mark.skipif(os.name == "nt", reason="names of files are text on Windows")
def test_a_name_that_is_not_text_is_left_out_and_said_to_be(tmp_path, capsys):
    with running(predict_command, ("b", [os.fsdecode(b"\xe9.png"), "ä.png"]), {}):
        keep_settings_beside(tmp_path / "answers.csv")
    written = tables(tmp_path / "answers-run.toml")["predict"]
    assert "images" not in written and written["name"] == "b"
    assert "answers-run.tomlhasnoimages:" in unspaced(capsys)


def test_a_table_waits_while_another_is_written_and_needs_no_lock(tmp_path, monkeypatch):
    waits = []
    with writing(tmp_path, LOCK):
        monkeypatch.setattr("commands.run_settings.written_settings.sleep", waits.append)
        evaluate(tmp_path, no_lock=True)
        assert not waits
        predict(tmp_path)
        assert waits and set(tables(tmp_path / RUN_FILE)) == {"evaluate", "predict"}


def test_what_runs_now_is_the_innermost_command_called_from_python_too():
    @plainly
    def inner(crops_per_view: int = 2):
        assert asked_now().values == {"crops-per-view": crops_per_view}

    @plainly
    def outer():
        inner(crops_per_view=4)
        inner()
        assert asked_now().command == "outer"

    outer()
    assert asked_of(inner, (), {}).settings == {"crops-per-view": 2}
    assert key_of_words(["--by"], "x") == "by" and in_toml([Path("a") / "b"]) == ["a/b"]


def described(cache, sizes, **asked):
    """What an extract with some sizes of crops leaves: its stores."""
    stores = []
    for crop in sizes:
        protocol = Protocol("net", "digest", crop=crop, crops=1, views=2)
        path = store_path(cache, "set", protocol)
        path.parent.mkdir(parents=True, exist_ok=True)
        stores.append(open_store(path, protocol, {"dim": 3}, [Entry("a.png", "a", "p", "1")]))
    remember(cache / "set", {}, {}, variant_files(stores))
    mark_finished(cache / "set", stores, asked)
    return stores


def test_the_table_of_extract_is_that_of_the_descriptors_that_were_read(tmp_path, capsys):
    @plainly
    def keep():
        keep_settings(tmp_path / "results", read)

    read = []

    def cv(stores):
        read[:] = stores
        keep()
        return tables(tmp_path / "results" / RUN_FILE).get("extract")

    early, late = described(tmp_path, [64, 96], crops="64,96"), described(tmp_path, [128], crops="128", stain="none")
    evaluate(tmp_path / "set")  # a run.toml of the cache, which is the last command's
    assert cv(late) == {"crops": "128", "stain": "none"}
    assert cv(early) == cv(early[:1]) == {"crops": "64,96"}
    assert "hasno[extract]" not in unspaced(capsys)
    assert cv([*early, *late]) is None and "hasno[extract]" in unspaced(capsys)
    described(tmp_path, [128])  # by an older version, or from Python
    assert cv(late) is None


@pytest.mark.slow
def test_a_run_asked_again_by_its_file_is_the_same_run(place, run, tmp_path):
    machine = ["--cache", place.folder / "cache", "--jobs", 1, "--out"]
    run("cv", "--folds", 3, "--seeds", 1, "--preset", "draft", "--by", "patient", *machine, tmp_path / "one")
    file = tmp_path / "one" / "fields" / RUN_FILE
    written = tables(file)
    assert written["cv"]["folds"] == 3 and written["cv"]["by"] == "patient" and "cache" not in written["cv"]
    assert written["extract"] == tables(place.folder / "cache" / "fields" / RUN_FILE)["extract"]
    assert written["extract"]["weights"] == "random" and written["extract"]["crops-per-view"] == 2
    run("cv", "--config", file, *machine, tmp_path / "two")
    again = tmp_path / "two" / "fields"
    for name in ("predictions.csv", "fused.csv", "folds.csv", "numbers.json", RUN_FILE):
        assert (again / name).read_bytes() == (file.parent / name).read_bytes()
    copy = shutil.copytree(place.folder / "cache", tmp_path / "cache")
    assert "to do" not in run("extract", "--config", file, "--cache", copy)


def test_what_makes_a_file_leaves_its_settings_beside_it(place, run, tmp_path):
    assert set(tables(place.bundle.with_name("fields-run.toml"))) == {"extract", "fit"}
    place.predict(place.new, "--views", 1, "--out", tmp_path / "answers.csv")
    written = tables(tmp_path / "answers-run.toml")
    assert written["predict"]["images"] == in_toml([place.new]) and written["predict"]["views"] == 1
    run("predict", "--config", tmp_path / "answers-run.toml", "--out", tmp_path / "again.csv", "--jobs", 1)
    one, two = (pd.read_csv(tmp_path / name).drop(columns="seconds") for name in ("answers.csv", "again.csv"))
    paths_one, paths_two = (list(map(os.path.realpath, table.pop("image"))) for table in (one, two))
    assert one.equals(two) and paths_one == paths_two, "to the bit, whether paths are named from here or not"
