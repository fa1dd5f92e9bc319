"""Laws of what is left: every file of a folder is an image of the data set, belongs to it, or is counted."""

import pytest

from cohort.layouts.folders import class_folder_samples
from cohort.layouts.found import Found, counted, not_taken, require_agreement, require_read
from cohort.layouts.tree import Tree
from cohort.read_dataset import read_dataset
from cohort.samples import DatasetError
from tests.cohort.slides import draw, write


def test_every_file_is_taken_or_left_for_a_reason(folder):
    for number in range(5):
        draw(folder / f"extra{number}.png")
    for name in (
        "slide.svs",
        "benign/x.heic",
        "benign/y.txt",
        "cancer/z.ndpi",
        "notes",
        "README.md",
        "patients.csv.bak",
    ):
        write(folder / name, "x")
    write(folder / "patients.csv", "image,patient", "a.png,p1")
    dataset = read_dataset(folder)
    assert len(dataset.samples) == 6 and [notice.kind for notice in dataset.notices] == ["files-not-taken"]
    assert str(dataset.notices[0]) == (
        "not taken: 7 files beside the class folders (5 .png, 1 no ending, 1 .bak), 2 slides (1 .svs, 1 .ndpi), "
        "1 image of a format that is not read (.heic), 1 file among the images (.txt)"
    )
    names = {file.name for file in dataset.not_taken}
    taken = {sample.name for sample in dataset.samples}
    every = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert names | taken | {"README.md", "patients.csv"} == every and not names & taken


def test_a_folder_of_nothing_else_says_nothing(folder):
    assert read_dataset(folder).notices == () == read_dataset(folder).not_taken


def test_images_that_the_table_in_a_folder_does_not_name_are_counted(folder):
    write(folder / "manifest.csv", "image,label", "benign/a.png,x", "cancer/d.png,y")
    dataset = read_dataset(folder)
    assert str(dataset.notices[-1]) == "not taken: 4 images without a row in manifest.csv (.png)"
    assert read_dataset(folder / "manifest.csv").not_taken == (), "the table is what was given, not the folder"


def test_names_that_are_no_text_can_be_printed(folder):
    write(folder / "\udcff.t\udcfe", "x")
    (file,) = read_dataset(folder).not_taken
    assert file.name.isprintable() and file.ending.isprintable()


def test_many_endings_are_a_short_line(folder):
    for number in range(40):
        write(folder / f"file.e{number}", "x")
    line = counted(read_dataset(folder).not_taken)
    assert line.startswith("40 files beside the class folders (1 .e") and line.endswith("and 35 more)")


def test_an_own_reason_comes_before_those_of_the_place(folder):
    tree = Tree(folder)
    found = class_folder_samples(tree)
    first = found.samples.pop(0)
    aside = {("benign", "a.png"): "image of another kind"}
    left = not_taken(tree, Found(found.samples, found.class_folders, aside))
    assert first.name == "benign/a.png" and left == (("benign/a.png", "image of another kind", ".png"),)


def test_a_class_folder_without_images_is_refused(folder):
    tree = Tree(folder)
    require_read(tree, tree.folders(), tree.images())
    with pytest.raises(DatasetError, match=r"(?s)1 class folders hold no image that is read.*cancer"):
        require_read(tree, tree.folders(), tree.images(("benign",)))


def test_folders_that_contradict_names_are_refused(tmp_path):
    require_agreement([], "class")
    with pytest.raises(DatasetError, match=r"(?s)1 images lie in folders that contradict their names \(class\).*a.png"):
        require_agreement([tmp_path / "a.png"], "class")
