"""Laws of predict: every image that is meant gets one row, and no mistake ends in a traceback."""

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from zipfile import ZipFile

import pandas as pd
import pytest
from safetensors.torch import save_file

from cohort.samples import DatasetError
from commands.bundles.predict import find_images
from featurize.encoders.registry import find_encoder
from featurize.encoders.weights import load_network


def answers(path):
    return pd.read_csv(path, keep_default_na=False)


@pytest.fixture(scope="module")
def whole(place, tmp_path_factory):
    """The answers to the folder of new images."""
    out = tmp_path_factory.mktemp("whole") / "answers.csv"
    said = place.predict(place.new, "--out", out)
    assert "4 of 4 images answered in" in said and "hold every class" in said
    return answers(out)


def test_a_row_says_all_that_is_known(whole, place):
    classes = ("normal", "benign", "insitu", "invasive")
    assert list(whole) == [
        "image", "class", *(f"p_{name}" for name in classes), *(f"raw_{name}" for name in classes), "set", "level",
        "score", "call", "stain", "distance", "p_value", "warning", "trained_on", "views", "seconds", "error",
    ]  # fmt: skip
    assert whole["image"].tolist() == [str(place.new / f"test{number}.png") for number in range(4)]
    for prefix in ("p_", "raw_"):
        assert whole[[prefix + name for name in classes]].sum(axis=1).tolist() == pytest.approx([1] * 4)
    assert whole.filter(like="raw_").idxmax(axis=1).str[4:].tolist() == whole["class"].tolist()
    assert (whole["views"] == 4).all() and (whole["stain"] == "ok").all() and (whole["error"] == "").all()
    assert whole["call"].isin(["positive", "negative"]).all() and whole["p_value"].between(0, 1).all()
    assert all(row["class"] in row["set"].split("|") for _, row in whole.iterrows())


def test_files_folders_tables_and_lists_mean_the_same(place, tmp_path, monkeypatch):
    files = sorted(place.new.iterdir())
    pd.DataFrame({"filename": [file.name for file in files]}).to_csv(tmp_path / "list.csv", index=False)
    lines = "\n".join(map(str, files)) + "\n\n"
    for given in (map(str, files), [str(place.new)], ["-"], [str(files[0]), str(place.new), "-"]):
        monkeypatch.setattr("sys.stdin", StringIO(lines))
        assert find_images(given) == files
    assert find_images([str(tmp_path / "list.csv")]) == [tmp_path / file.name for file in files]


def test_a_folder_has_a_row_for_whatever_looks_like_an_image(place, tmp_path):
    """What cannot be read is answered by the reason, so that nothing is missing from the table."""
    good = tmp_path / "new" / "deep" / "a.png"
    good.parent.mkdir(parents=True)
    good.write_bytes((place.new / "test0.png").read_bytes())
    bad = ["b.png", "c.svs", "d.ndpi", "deep/e.mrxs", "f.czi", "g.heic", "h.JPE"]
    for name in [*bad, "notes.txt", ".hidden.png", "deep/e/Data0000.dat", "table.xlsx"]:
        (tmp_path / "new" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "new" / name).write_bytes(b"no image")
    said = place.predict(tmp_path / "new", "--out", tmp_path / "x.csv", code=3)
    rows = answers(tmp_path / "x.csv").set_index("image")
    assert set(rows.index) == {str(good), *(str(tmp_path / "new" / name) for name in bad)}
    assert rows.loc[str(good), "error"] == "" and "1 of 8 images answered" in said
    for name in bad:
        error = rows.loc[str(tmp_path / "new" / name), "error"]
        assert name in error and "; " in error
        assert (" is a format of whole slides and microscopes; export" in error) == name.endswith(
            (".svs", ".ndpi", ".mrxs", ".czi")
        )
        assert error.count(name) == error.count("; ") == 1, "the file once, and one way out"


def test_a_list_on_stdin_is_answered_in_its_order(whole, place, tmp_path):
    place.predict("-", "--out", tmp_path / "x.csv", stdin=f"{place.new / 'test3.png'}\n{place.new / 'test0.png'}\n")
    same = ["image", "class", "p_normal", "raw_insitu", "distance", "set", "score"]
    backwards = whole.iloc[[3, 0]].reset_index(drop=True)
    pd.testing.assert_frame_equal(answers(tmp_path / "x.csv")[same], backwards[same])


def test_a_process_of_its_own_gives_the_same_answers_and_imports_no_more_than_it_needs(whole, place, tmp_path):
    code = """
import sys, pipeline
pipeline.app(sys.argv[1:], standalone_mode=False)
print([name for name in ("sklearn", "scipy.stats", "torch._dynamo", "matplotlib", "skimage") if name in sys.modules])
"""
    image = place.new / "test0.png"
    command = [sys.executable, "-c", code, "predict", place.bundle, image, "--out", tmp_path / "x.csv"]
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(list(map(str, command)), cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"
    same = ["image", "class", "p_normal", "raw_insitu", "distance", "set", "score"]
    pd.testing.assert_frame_equal(answers(tmp_path / "x.csv")[same], whole.iloc[[0]][same])


def test_the_challenge_gets_its_format(whole, place, tmp_path):
    place.predict(place.new, "--format", "iciar", "--out", tmp_path / "submission.csv")
    numbers = {"normal": 0, "benign": 1, "insitu": 2, "invasive": 3}
    lines = ["case,class", *(f"{case},{numbers[name]}" for case, name in enumerate(whole["class"]))]
    assert (tmp_path / "submission.csv").read_text().split() == lines
    assert "wants images called" in place.predict(place.fields, place.new, "--format", "iciar", code=2)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such pipes")
def test_an_image_that_cannot_be_read_is_recorded_and_the_rest_is_done(whole, place, tmp_path):
    (tmp_path / "text.png").write_text("no image")
    (tmp_path / "empty.tif").write_bytes(b"")
    (tmp_path / "cut.png").write_bytes((place.new / "test0.png").read_bytes()[:3000])
    os.mkfifo(tmp_path / "pipe.png")
    from PIL import Image

    Image.new("RGB", (50, 50), "white").save(tmp_path / "small.png")
    said = place.predict(
        tmp_path, "gone.png", "nul\0.png", place.new / "test0.png", "--out", tmp_path / "x.csv", code=3
    )
    found = answers(tmp_path / "x.csv").set_index("image")
    assert len(found) == 8 and said.count("not answered") == 7
    assert found.loc[str(place.new / "test0.png"), "class"] == whole["class"][0]
    errors = found["error"][found["class"] == ""]
    assert len(errors) == 7 and "does not exist" in errors["gone.png"]
    assert "too small for crops of" in errors[str(tmp_path / "small.png")]


def test_a_training_image_and_an_image_without_tissue_are_told(place, tmp_path):
    from PIL import Image

    Image.new("RGB", (176, 144), "white").save(tmp_path / "white.png")
    trained = sorted(place.fields.glob("*.png"))[0]
    said = place.predict(trained, tmp_path / "white.png", "--out", tmp_path / "x.csv")
    assert "trained on this very image" in said and "little tissue, its stain is left as it is" in said
    assert "lie further from the training images" in said
    found = answers(tmp_path / "x.csv")
    assert found["trained_on"].tolist() == [trained.name, ""]
    assert found["warning"][1] == "far from the training images"


def test_fewer_views_are_fewer_and_a_budget_is_kept(place, tmp_path):
    for options, views in [(["--views", 3], {3}), (["--budget", 0, "--until-sure"], {2})]:
        place.predict(place.new / "test0.png", *options, "--out", tmp_path / "x.csv")
        assert set(answers(tmp_path / "x.csv")["views"]) <= views


@pytest.fixture(scope="module")
def other_weights(tmp_path_factory):
    """A folder of weights that differ in one number."""
    folder = tmp_path_factory.mktemp("weights")
    state = {
        name: value.contiguous()
        for name, value in load_network(find_encoder("squeezenet1_1"), None).state_dict().items()
    }
    next(iter(state.values())).flatten()[0] += 1
    save_file(state, folder / "squeezenet1_1.safetensors")
    return folder


def test_other_weights_are_an_error(place, other_weights, tmp_path):
    said = place.predict(place.new, "--weights", other_weights, "--out", tmp_path / "x.csv", code=2)
    assert "made with other weights of squeezenet1_1" in said and not (tmp_path / "x.csv").exists()
    assert "no weights for squeezenet1_1" in place.predict(place.new, "--weights", tmp_path, code=2)


def test_a_damaged_or_foreign_bundle_is_an_error(run, place, tmp_path):
    whole, path = place.bundle.read_bytes(), tmp_path / "x.zip"
    middle = len(whole) // 2
    hostile = {
        "damaged": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
        "cut off": whole[:middle],
        "empty": b"",
        "text": b"no bundle",
    }
    for content in hostile.values():
        path.write_bytes(content)
        assert "again" in run("predict", path, place.new, code=2)
    with ZipFile(path, "w") as file:
        file.writestr("../../evil", b"cos\nsystem\n(S'echo evil'\ntR.")
    assert "not a bundle that fit wrote" in run("predict", path, place.new, code=2)
    assert "cannot be opened" in run("predict", "nobody", place.new, "--models", tmp_path, code=2)
    assert {file.name for file in tmp_path.iterdir()} == {"x.zip"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["empty"], "holds no images"),
        (["new", "empty"], "holds no images"),
        (["no.csv"], "cannot be read as a CSV table"),
        (["wrong.csv"], "has no column image"),
        (["-"], "no images are given"),
        (["new", "--out", "empty"], "is a folder"),
        (["new", "--out", "wrong.csv/x.csv"], "wrong.csv"),
    ],
)
def test_mistakes_get_a_message(place, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "wrong.csv").write_text("a,b\n1,2\n")
    (tmp_path / "new").symlink_to(place.new)
    assert message in place.predict(*arguments, code=2, stdin="")


def test_a_list_that_is_not_text_is_a_mistake(place):
    assert "is not text" in place.predict("-", stdin=b"\xff\xfe\xff\n", code=2)


def test_every_image_is_meant_once_and_in_order(place, tmp_path):
    (tmp_path / "b").mkdir()
    for name in ("b/2.png", "1.tif", ".hidden.png", "notes.txt"):
        (tmp_path / name).touch()
    named = [str(tmp_path / "b" / "2.png"), str(tmp_path)]
    assert find_images(named) == [tmp_path / "b" / "2.png", tmp_path / "1.tif"]
    with pytest.raises(DatasetError):
        find_images([])
