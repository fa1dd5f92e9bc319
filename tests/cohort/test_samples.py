"""Laws of the list of images: the same data in another layout is the same list, and what is unclear is refused."""

import csv

import numpy as np
import pytest
from PIL import Image

from cohort.file_checks import inspect_all
from cohort.iciar2018 import ICIAR_CLASSES
from cohort.manifest import read_labels
from cohort.read_dataset import read_dataset
from cohort.samples import DatasetError

ICIAR = {"Normal": "n", "Benign": "b", "InSitu": "is", "Invasive": "iv"}


def draw(path, colour=None):
    """A small image; those of different paths differ in their content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    seed = [*path.name.encode()] if colour is None else colour
    pixels = np.random.default_rng(seed).integers(0, 256, (8, 9, 3), np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def write(path, *lines, encoding="utf-8", end="\n"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(line + end for line in lines), encoding=encoding, newline="")
    return path


def facts(dataset):
    """Names, labels and patients."""
    return [(sample.name, sample.label, sample.patient) for sample in dataset.samples]


@pytest.fixture
def folder(tmp_path):
    """Two classes of three images each."""
    for name in ("benign/a.png", "benign/b.png", "benign/c.png", "cancer/d.png", "cancer/e.png", "cancer/f.png"):
        draw(tmp_path / "slides" / name)
    return tmp_path / "slides"


@pytest.fixture
def iciar(tmp_path):
    """The challenge as it is unpacked, three images of each class."""
    for name, prefix in ICIAR.items():
        for number in (1, 2, 10):
            draw(tmp_path / "BACH" / "Photos" / name / f"{prefix}{number:03d}.tif")
    write(tmp_path / "BACH" / "Photos" / "microscopy_ground_truth.csv", "n001.tif,Normal")
    (tmp_path / "BACH" / "WSI").mkdir()
    return tmp_path / "BACH"


# folders


def test_a_folder_for_each_class(folder):
    dataset = read_dataset(folder)
    assert dataset.name == "slides"
    assert dataset.classes == ("benign", "cancer")
    assert [name for name, _, _ in facts(dataset)] == [
        "benign/a.png", "benign/b.png", "benign/c.png", "cancer/d.png", "cancer/e.png", "cancer/f.png",
    ]  # fmt: skip
    assert all(sample.label == sample.name.split("/")[0] for sample in dataset.samples)
    assert all(sample.path.is_file() for sample in dataset.samples)


def test_the_working_folder_has_a_name_too(folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert read_dataset(type(folder)(".")).name == "slides"


def test_endings_in_any_case_and_other_files_left_aside(folder):
    for ending in (".TIF", ".Tiff", ".PNG", ".JPG", ".jpeg", ".BMP", ".WebP"):
        draw(folder / "benign" / f"x{ending}")
    write(folder / "benign" / "notes.txt", "not an image")
    write(folder / "readme.csv", "not,a,manifest")
    assert len(read_dataset(folder).samples) == 6 + 7


def test_hidden_files_and_folders_are_not_data(folder):
    expected = facts(read_dataset(folder))
    draw(folder / ".thumbnails" / "a.png")
    draw(folder / "benign" / ".thumbnails" / "a.png")
    write(folder / "benign" / "._a.png", "what a Mac leaves behind")
    (folder / "empty").mkdir()
    assert facts(read_dataset(folder)) == expected


def test_the_same_name_in_two_classes_is_two_images(folder):
    draw(folder / "cancer" / "a.png", colour=5)
    names = [sample.name for sample in read_dataset(folder).samples]
    assert {"benign/a.png", "cancer/a.png"} <= set(names)


def test_split_folders_above_the_classes_are_refused(folder):
    for split in ("training", "test"):
        draw(folder.parent / "split" / split / "AC" / "a.png")
        draw(folder.parent / "split" / split / "H" / "b.png")
    with pytest.raises(
        DatasetError, match=r"(?s)4 folders of images lie deeper .* one level down.*test/AC.*training/H"
    ):
        read_dataset(folder.parent / "split")
    assert read_dataset(folder.parent / "split" / "test").classes == ("AC", "H")


def test_real_split_folders_are_refused(shared):
    with pytest.raises(DatasetError, match="lie deeper"):
        read_dataset(shared / "data" / "crc5")
    assert read_dataset(shared / "data" / "crc5" / "test").classes == ("AC", "H", "S", "T", "V")


def test_a_missing_or_empty_source_is_refused_with_a_way_out(tmp_path):
    with pytest.raises(DatasetError, match="does not exist; give --data"):
        read_dataset(tmp_path / "nowhere")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    with pytest.raises(DatasetError, match="is neither folder nor file; give --data"):
        read_dataset(tmp_path / "circle")
    with pytest.raises(DatasetError, match="no class folders with images"):
        read_dataset(tmp_path)


def test_one_class_only_is_refused(folder):
    for path in (folder / "cancer").iterdir():
        path.unlink()
    with pytest.raises(DatasetError, match=r"slides has only one class \(benign\)"):
        read_dataset(folder)


# ICIAR 2018


def flat(iciar):
    for path in iciar.glob("Photos/*/*.tif"):
        path.rename(draw(iciar.parent / "flat" / path.name))
    return iciar.parent / "flat"


@pytest.mark.parametrize("layout", ["parent", "photos", "flat"])
def test_the_challenge_is_recognised_in_each_layout(layout, iciar):
    source = {"parent": lambda: iciar, "photos": lambda: iciar / "Photos", "flat": lambda: flat(iciar)}[layout]()
    dataset = read_dataset(source)
    assert dataset.classes == ("normal", "benign", "insitu", "invasive") == ICIAR_CLASSES
    assert [(name, label) for name, label, _ in facts(dataset)] == sorted(
        (f"{prefix}{number:03d}.tif", name.lower()) for name, prefix in ICIAR.items() for number in (1, 2, 10)
    )


@pytest.mark.parametrize("folder", ["In Situ", "in_situ", "INSITU", "in-situ"])
def test_the_challenges_folders_may_be_spelled_differently(folder, iciar):
    expected = facts(read_dataset(iciar))
    (iciar / "Photos" / "InSitu").rename(iciar / "Photos" / folder)
    assert facts(read_dataset(iciar)) == expected


def test_the_challenges_names_in_upper_case(iciar):
    (iciar / "Photos" / "InSitu" / "is001.tif").rename(iciar / "Photos" / "InSitu" / "IS001.TIF")
    assert ("IS001.TIF", "insitu", "") in facts(read_dataset(iciar))


def test_a_fifth_class_is_never_dropped(iciar):
    draw(iciar / "Photos" / "Necrosis" / "x001.tif")
    assert "Necrosis" in read_dataset(iciar / "Photos").classes


def test_the_four_classes_may_hold_files_of_equal_names(tmp_path):
    """Folders of the challenge's classes, filled by someone else."""
    for index, label in enumerate(ICIAR_CLASSES):
        for number in range(2):
            draw(tmp_path / "own" / label / f"{number}.png", colour=[index, number])
    dataset = read_dataset(tmp_path / "own")
    assert dataset.classes == ICIAR_CLASSES
    assert [name for name, _, _ in facts(dataset)] == sorted(f"{c}/{n}.png" for c in ICIAR_CLASSES for n in range(2))


def test_a_class_that_is_not_of_the_challenge_makes_a_flat_folder_unclear(iciar):
    source = flat(iciar)
    draw(source / "x001.tif")
    with pytest.raises(DatasetError, match="no class folders"):
        read_dataset(source)


# patients


@pytest.mark.parametrize("beside", [".", "Photos"])
def test_patients_are_known_as_far_as_the_table_goes(beside, iciar):
    write(iciar / beside / "patients.csv", "image,patient", "b001.tif,11", "iv010.tif,007", "n002.tif,", "x999.tif,3")
    known = {name: patient for name, _, patient in facts(read_dataset(iciar)) if patient}
    assert known == {"b001.tif": "11", "iv010.tif": "007"}


def test_patients_by_relative_and_by_plain_name(folder):
    write(folder / "patients.csv", "image,patient", "benign/a.png,p1", "d.png,p2", "slides/cancer/e.png,p3")
    assert [patient for _, _, patient in facts(read_dataset(folder))] == ["p1", "", "", "p2", "p3", ""]


def test_another_folder_is_another_image(folder):
    write(folder / "patients.csv", "image,patient", "cancer/a.png,p1", "b.png,p2")
    assert [patient for _, _, patient in facts(read_dataset(folder))] == ["", "p2", "", "", "", ""]


def test_a_plain_name_that_fits_two_images_is_refused(folder):
    draw(folder / "cancer" / "a.png", colour=5)
    write(folder / "patients.csv", "image,patient", "a.png,p1")
    with pytest.raises(DatasetError, match=r"(?s)fit several images.*a.png: benign/a.png, cancer/a.png"):
        read_dataset(folder)


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (["image,patient", "a.png,p1", "benign/a.png,p2"], "(?s)disagree.*benign/a.png"),
        (["image,patient", "zzz.png,p1"], "names none of the 6 images, such as benign/a.png"),
        (["image,person", "a.png,p1"], r"no column patient \(or patient_id, case_id, group\); it has: image, person"),
        (["a.png,p1"], "no column image"),
        ([], "no column image .* it has: none"),
    ],
)
def test_unclear_patients_are_refused_and_not_ignored(lines, problem, folder):
    write(folder / "patients.csv", *lines)
    with pytest.raises(DatasetError, match=problem):
        read_dataset(folder)


# tables


@pytest.mark.parametrize("image", ["image", "filename", "slide_id", "FILENAME", " Image "])
@pytest.mark.parametrize("label", ["label", "class", "CLASS"])
@pytest.mark.parametrize("patient", ["patient", "case_id", "PATIENT", "group", None])
def test_a_table_has_any_of_the_usual_columns_in_any_order(image, label, patient, folder):
    rows = [("extra", label, patient, image), ("x", "1", "p1", "benign/a.png"), ("y", "0", "007", "cancer/d.png")]
    lines = [",".join(cell for cell, name in zip(row, rows[0], strict=True) if name) for row in rows]
    dataset = read_dataset(write(folder / "manifest.csv", *lines))
    assert facts(dataset) == [
        ("benign/a.png", "1", "p1" if patient else ""),
        ("cancer/d.png", "0", "007" if patient else ""),
    ]


def test_a_table_and_folders_give_the_same_list(folder):
    rows = [f"{name},{label}" for name, label, _ in reversed(facts(read_dataset(folder)))]
    assert read_dataset(write(folder / "manifest.csv", "image,label", *rows)) == read_dataset(folder)


@pytest.mark.parametrize(
    ("table", "name"), [("manifest.csv", "slides"), ("Labels.csv", "slides"), ("trial.csv", "trial")]
)
def test_a_data_set_is_named_after_its_table_or_folder(table, name, folder):
    write(folder / table, "image,label", "benign/a.png,x", "cancer/d.png,y")
    assert read_dataset(folder / table).name == name


@pytest.mark.parametrize("labels", [("0", "1"), ("NA", "nan"), ("null", ""), ("None", "True"), ("1.0", "01")])
def test_labels_and_patients_stay_text(labels, folder):
    first, second = labels[0], labels[1] or "N/A"
    rows = [f"benign/a.png,{first},{first}", f"cancer/d.png,{second},{second}"]
    dataset = read_dataset(write(folder / "manifest.csv", "image,label,patient", *rows))
    assert facts(dataset) == [("benign/a.png", first, first), ("cancer/d.png", second, second)]
    assert dataset.classes == tuple(sorted([first, second]))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_tables_from_other_programs(encoding, end, folder):
    draw(folder / "benign" / "Größe, 1.png")
    lines = ["image,label", '"benign/Größe, 1.png", gut ', "", "cancer/d.png,schlecht,", ""]
    dataset = read_dataset(write(folder / "manifest.csv", *lines, encoding=encoding, end=end))
    assert facts(dataset) == [("benign/Größe, 1.png", "gut", ""), ("cancer/d.png", "schlecht", "")]


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (["image,kind", "benign/a.png,x"], r"no column label \(or class\); it has: image, kind"),
        (["image|label", "benign/a.png|x"], r"no column image .* it has: image\|label"),
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


def test_whole_paths_below_the_table_are_named_like_relative_ones(folder):
    relative = write(folder / "manifest.csv", "image,label", "benign/a.png,x", "cancer/d.png,y")
    expected = facts(read_dataset(relative))
    lines = [f"{folder.resolve()}/{line}" for line in ("benign/a.png,x", "cancer/d.png,y")]
    assert facts(read_dataset(write(folder / "manifest.csv", "image,label", *lines))) == expected


def test_images_elsewhere_keep_the_path_they_are_given_by(folder):
    whole = [f"{folder.resolve()}/benign/a.png", f"{folder.resolve()}/cancer/d.png"]
    outside = write(folder.parent / "elsewhere" / "trial.csv", "image,label", f"{whole[0]},x", f"{whole[1]},y")
    assert [sample.name for sample in read_dataset(outside).samples] == whole


@pytest.mark.parametrize("image", ["../slides/benign/a.png", "benign/../../slides/benign/a.png", "..\\slides\\a.png"])
def test_a_path_that_leads_out_of_the_tables_folder_is_refused(image, folder):
    """Moved with its table, the data set would be of other images."""
    lines = ["image,label", f"{image},x", "cancer/d.png,y"]
    with pytest.raises(
        DatasetError, match=r"(?s)1 images in .* lead out of its folder by \.\.; move the table .*slides"
    ):
        read_dataset(write(folder / "manifest.csv", *lines))


@pytest.mark.parametrize(("name", "images", "patients"), [("ucsb", 58, 10), ("idc", 1295, 4)])
def test_real_manifests(name, images, patients, shared):
    dataset = read_dataset(shared / "data" / name / "manifest.csv")
    assert dataset.name == name
    assert len(dataset.samples) == images
    assert len({sample.patient for sample in dataset.samples}) == patients


# labels for a cache

KNOWN = ("benign/a.png", "benign/b.png", "cancer/a.png", "cancer/d.png")


def test_labels_by_full_and_by_plain_name(tmp_path):
    lines = ["image,label,patient", "benign/a.png,0,p1", "b.png,1,", "data/cancer/d.png,0,7", "other.png,5,p9"]
    assert read_labels(write(tmp_path / "new.csv", *lines), KNOWN) == {
        "benign/a.png": ("0", "p1"),
        "benign/b.png": ("1", ""),
        "cancer/d.png": ("0", "7"),
    }


def test_equal_rows_are_one(tmp_path):
    lines = ["image,label", "b.png,x", "benign/b.png,x", "d.png,y"]
    assert read_labels(write(tmp_path / "new.csv", *lines), KNOWN).keys() == {"benign/b.png", "cancer/d.png"}


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (["a.png,x", "d.png,y"], "(?s)fit several images.*a.png: benign/a.png, cancer/a.png"),
        (["b.png,x", "benign/b.png,y"], "(?s)disagree.*benign/b.png"),
        (["zzz.png,x", "yyy.png,y"], "names none of the 4 images"),
        (["b.png,x", "d.png,x"], r"only one class \(x\)"),
        (["b.png,", "d.png,x"], "(?s)empty image or label.*line 2"),
    ],
)
def test_unclear_labels_are_refused(rows, problem, tmp_path):
    with pytest.raises(DatasetError, match=problem):
        read_labels(write(tmp_path / "new.csv", "image,label", *rows), KNOWN)


def test_labels_written_from_a_data_set_come_back(folder):
    dataset = read_dataset(folder)
    with (folder / "again.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("image", "label", "patient"), *facts(dataset)])
    names = [sample.name for sample in dataset.samples]
    assert read_labels(folder / "again.csv", names) == {n: (label, p) for n, label, p in facts(dataset)}


def test_a_manifest_in_a_folder_is_not_overlooked(folder):
    """It may know patients; without them images of one patient would be held for independent."""
    rows = [f"{sample.name},{sample.label},p{number}" for number, sample in enumerate(read_dataset(folder).samples)]
    write(folder / "manifest.csv", "image,label,patient", *rows)
    assert read_dataset(folder) == read_dataset(folder / "manifest.csv")
    assert all(sample.patient for sample in read_dataset(folder).samples)
