"""Laws of a data set: a folder and a table of the same images are the same data set, and what is unclear is refused."""

import sys
from shutil import rmtree

import pytest

from cohort.checks.file_checks import inspect_all
from cohort.read_dataset import read_dataset
from cohort.samples import DatasetError
from tests.cohort.slides import draw, facts, write


def test_the_working_folder_has_a_name_too(folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert read_dataset(type(folder)(".")).name == "slides"


def test_a_missing_or_empty_source_is_refused_with_a_way_out(tmp_path):
    with pytest.raises(DatasetError, match="does not exist; give --data"):
        read_dataset(tmp_path / "nowhere")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    with pytest.raises(DatasetError, match="is neither folder nor file; give --data"):
        read_dataset(tmp_path / "circle")
    with pytest.raises(DatasetError, match="no class folders with images"):
        read_dataset(tmp_path)


def test_a_table_of_patients_leads_to_the_folder_that_it_lies_in(folder):
    names = [name for name, *_ in facts(read_dataset(folder))]
    table = write(folder / "Patients.csv", "image,patient", *(f"{name},p{name[:3]}" for name in names))
    with pytest.raises(DatasetError, match=r"no column label.*give their folder: --data") as error:
        read_dataset(table)
    assert read_dataset(type(folder)(str(error.value).rpartition("--data ")[2])) == read_dataset(folder)
    other = write(folder / "some.csv", "image,patient", "a.png,p")
    with pytest.raises(DatasetError) as error:
        read_dataset(other)
    assert "--data" not in str(error.value)


def test_one_class_only_is_refused(folder):
    rmtree(folder / "cancer")
    with pytest.raises(DatasetError, match=r"slides has only one class \(benign\)"):
        read_dataset(folder)


def test_a_table_and_folders_give_the_same_list(folder):
    rows = [f"{name},{label}" for name, label, _ in reversed(facts(read_dataset(folder)))]
    assert read_dataset(write(folder / "manifest.csv", "image,label", *rows)) == read_dataset(folder)


@pytest.mark.parametrize(
    ("table", "name"), [("manifest.csv", "slides"), ("Labels.csv", "slides"), ("trial.csv", "trial")]
)
def test_a_data_set_is_named_after_its_table_or_folder(table, name, folder):
    write(folder / table, "image,label", "benign/a.png,x", "cancer/d.png,y")
    assert read_dataset(folder / table).name == name


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (["image,kind", "benign/a.png,x"], r"no column label \(or class\); it has: image, kind"),
        (["image~label", "benign/a.png~x"], r"no column image .* it has: image~label"),
        (["image,label", "benign/a.png,x", "cancer/d.png,", ",y", "cancer/e.png"],
         r"(?s)3 rows of .* have an empty image or label; fill it in.*:.*line 3.*line 4.*line 5"),
        (["image,label", "benign/a.png,x,p1", "cancer/d.png,y,p2"], "(?s)2 rows .* more cells than there are columns"),
        (["image,label", "benign/zzz.png,x", "cancer/zzz.png,y"], "(?s)2 images do not exist.*cancer/zzz.png"),
        (["image,label", "benign/a.png,x", "benign/a.png,x", "cancer/d.png,y"], "(?s)named twice; keep.*benign/a.png"),
        (["image,label", "benign/a.png,x", "./benign/a.png,y", "cancer/d.png,y"], "(?s)two classes; .*benign/a.png"),
        (["image,label", "benign/a.png,x", "cancer/d.png,x"], r"only one class \(x\)"),
        (["image,label"], "has no images"),
        ([], "no column image"),
        (['image,label', '"benign/a.png,x'], "cannot be read as a CSV table"),
    ],
)  # fmt: skip
def test_a_bad_table_is_refused_and_its_lines_are_listed(lines, problem, folder):
    with pytest.raises(DatasetError, match=problem):
        read_dataset(write(folder / "manifest.csv", *lines))


@pytest.mark.parametrize(
    "content", ["image,label\nGröße.png,x\n".encode("latin-1"), b"\x89PNG\r\n\x1a\n\0\0", b"\xff\xfea\0"]
)
def test_what_is_no_text_is_refused(content, tmp_path):
    (tmp_path / "manifest.csv").write_bytes(content)
    with pytest.raises(DatasetError, match=r"cannot be read as a CSV table|no column image"):
        read_dataset(tmp_path / "manifest.csv")


def test_long_lists_are_shortened(folder):
    rows = [f"cancer/{number}.png,y" for number in range(30)]
    with pytest.raises(DatasetError, match=r"(?s)31 images do not exist.*and 21 more"):
        read_dataset(write(folder / "manifest.csv", "image,label", "benign/0.png,x", *rows))


def test_one_missing_file_does_not_lose_the_data_set(folder):
    """The inspection lists it with all other files that cannot be used."""
    dataset = read_dataset(write(folder / "manifest.csv", "image,label", "benign/a.png,x", "cancer/zzz.png,y"))
    found = inspect_all(dataset.samples)
    assert found.facts.keys() == {"benign/a.png"}
    assert "cancer/zzz.png: not a readable image (does not exist)" in found.refused["cancer/zzz.png"]


@pytest.mark.parametrize(("name", "images", "patients"), [("ucsb", 58, 10), ("idc", 1295, 4)])
def test_real_manifests(name, images, patients, shared):
    dataset = read_dataset(shared / "data" / name / "manifest.csv")
    assert dataset.name == name
    assert len(dataset.samples) == images
    assert len({sample.patient for sample in dataset.samples}) == patients


def test_a_manifest_in_a_folder_is_not_overlooked(folder):
    """It may know patients; without them images of one patient would be held for independent."""
    rows = [f"{sample.name},{sample.label},p{number}" for number, sample in enumerate(read_dataset(folder).samples)]
    write(folder / "manifest.csv", "image,label,patient", *rows)
    assert read_dataset(folder) == read_dataset(folder / "manifest.csv")
    assert all(sample.patient for sample in read_dataset(folder).samples)


@pytest.mark.parametrize("name", ["Manifest.csv", "MANIFEST.CSV", "manifest.tsv"])
def test_nor_is_one_that_is_called_a_little_otherwise(name, folder):
    rows = [f"{sample.name}\t{sample.label}\tp1" for sample in read_dataset(folder).samples]
    write(folder / name, "image\tlabel\tpatient", *rows)
    dataset = read_dataset(folder)
    assert {sample.patient for sample in dataset.samples} == {"p1"} and dataset.notices == ()
    write(folder / f"m{name[1:]}", "image,label")
    write(folder / f"M{name[1:]}", "image,label")
    with pytest.raises(DatasetError, match="2 tables name the images; keep one of them"):
        read_dataset(folder)


@pytest.mark.skipif(sys.platform == "darwin", reason="both are one file there")
def test_names_are_the_same_on_every_system(folder):
    """A name is in Unicode NFC, and two files that would then have one name are refused."""
    decomposed = "benign/e\u0301.png"
    draw(folder / decomposed)
    assert "benign/\u00e9.png" in [sample.name for sample in read_dataset(folder).samples]
    draw(folder / "benign/\u00e9.png")
    with pytest.raises(DatasetError, match=r"(?s)2 images have names that differ only in how their accents .*e\\u0301"):
        read_dataset(folder)


@pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="names are Unicode there")
def test_names_that_are_no_text_are_refused(folder):
    (folder / "benign" / "a.png").rename(folder / "benign" / "\udcff.png")
    with pytest.raises(DatasetError, match=r"(?s)1 names of files or folders are not UTF-8; rename .*udcff"):
        read_dataset(folder)
