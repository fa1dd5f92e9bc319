"""Laws of tables of images: any of the usual columns, names with or without folders, and what is unclear is refused."""

import csv

import pytest

from cohort.manifest import (
    ImageRow,
    find_images,
    manifest_samples,
    read_column,
    read_image_table,
    read_labels,
    rows_by_image,
)
from cohort.read_dataset import read_dataset
from cohort.samples import DatasetError, Sample
from tests.cohort.slides import facts, write


def test_rows_are_text_under_our_names(tmp_path):
    path = write(tmp_path / "t.csv", "PATIENT,Class,filename", "007,1,a.png", ",NA, b.png ")
    assert read_image_table(path, ("image", "label")) == [ImageRow("a.png", "1", "007"), ImageRow("b.png", "NA", "")]


def test_a_column_that_is_not_required_may_be_missing(tmp_path):
    path = write(tmp_path / "t.csv", " Image ", "a.png")
    assert read_image_table(path, ("image",)) == [ImageRow("a.png", "", "")]
    with pytest.raises(DatasetError, match=r"t.csv has no column label \(or class\); it has: Image$"):
        read_image_table(path, ("image", "label"))


@pytest.mark.parametrize("image", ["image", "slide_id", " FileName "])
@pytest.mark.parametrize("label", ["label", "CLASS"])
@pytest.mark.parametrize("patient", ["patient", "case_id", "Group", None])
def test_a_table_has_any_of_the_usual_columns_in_any_order(image, label, patient, tmp_path):
    columns = {"extra": "z", label: "1", patient: "007", image: "a.png"}
    columns.pop(None, None)
    path = write(tmp_path / "t.csv", ",".join(columns), ",".join(columns.values()))
    assert read_image_table(path, ("image", "label")) == [ImageRow("a.png", "1", "007" if patient else "")]


def test_of_several_usual_columns_the_preferred_one_is_taken(tmp_path):
    path = write(tmp_path / "t.csv", "group,path,class,case_id,image,label", "g,p,c,1,a.png,x")
    assert read_image_table(path, ("image",)) == [ImageRow("a.png", "x", "1")]


@pytest.mark.parametrize("labels", [("0", "1"), ("NA", "nan"), ("None", "True"), ("1.0", "01")])
def test_labels_and_patients_stay_text(labels, tmp_path):
    path = write(tmp_path / "t.csv", "image,label,patient", *[f"{label}.png,{label},{label}" for label in labels])
    rows = read_image_table(path, ("image",), patients_as_written=True)
    assert [(row.label, row.patient) for row in rows] == [(label, label) for label in labels]


def test_labels_and_patients_are_the_same_however_their_accents_are_stored(tmp_path):
    path = write(tmp_path / "t.csv", "image,label,patient", "a.png,cafe\u0301,e\u0301", "b.png,caf\u00e9,\u00e9")
    first, second = read_image_table(path, ("image", "label"))
    assert (first.label, first.patient) == (second.label, second.patient) == ("caf\u00e9", "\u00e9")


def test_an_empty_cell_or_an_endless_name_is_refused_with_its_line(tmp_path):
    path = write(tmp_path / "t.csv", "image,label", "a.png,x", "b.png,", ",y", f"{'a' * 4096},x")
    with pytest.raises(DatasetError, match=r"2 rows of .* an empty image or label; fill it .*:\n  line 3\n  line 4$"):
        read_image_table(path, ("image", "label"))
    with pytest.raises(DatasetError, match=r"1 rows of .* longer than 4096 characters; close .*:\n  line 2$"):
        read_image_table(write(path, "image,label", f"{'a' * 4097},x"), ("image", "label"))
    assert len(read_image_table(write(path, "image,patient", "a.png,"), ("image", "patient"))) == 1


def test_rows_find_their_images_and_equal_rows_are_one(tmp_path):
    rows = [ImageRow("a.png", "1"), ImageRow("x/a.png", "1"), ImageRow("c.png", "2")]
    assert rows_by_image(tmp_path, rows, ["x/a.png", "b.png"]) == {"x/a.png": rows[0]}
    for contrary in (ImageRow("x/a.png", "2"), ImageRow("x/a.png", "1", "p")):
        with pytest.raises(DatasetError, match=r"1 images have rows in .* disagree; keep the right .*:\n  x/a.png"):
            rows_by_image(tmp_path, [*rows, contrary], ["x/a.png", "b.png"])


# where the images lie


@pytest.mark.parametrize("start", ["", "{folder}/"])
def test_images_below_the_table_are_named_from_there(start, folder):
    lines = [start.format(folder=folder.resolve()) + line for line in ("benign/a.png,x,p", "cancer\\d.png,y,")]
    path = write(folder / "manifest.csv", "image,label,patient", *lines)
    assert manifest_samples(path) == [
        Sample("benign/a.png", folder / "benign" / "a.png", "x", "p"),
        Sample("cancer/d.png", folder / "cancer" / "d.png", "y", ""),
    ]


def test_images_elsewhere_keep_the_path_they_are_given_by(folder):
    elsewhere = [f"{folder.resolve()}/benign/a.png", f"{folder.resolve()}/cancer/d.png"]
    path = write(folder.parent / "elsewhere" / "trial.csv", "image,label", f"{elsewhere[0]},x", f"{elsewhere[1]},y")
    assert [sample.name for sample in manifest_samples(path)] == elsewhere
    assert [path.as_posix() for path in find_images(path, elsewhere)] == elsewhere


@pytest.mark.parametrize("image", ["../slides/benign/a.png", "benign/../../slides/benign/a.png", "..", "..\\a.png"])
def test_a_path_that_leads_out_of_the_tables_folder_is_refused(image, folder):
    """Moved with its table, the data set would be of other images."""
    with pytest.raises(DatasetError, match=r"1 images in .* lead out of its folder by \.\.; move the table .* whole"):
        find_images(folder / "manifest.csv", [image, "cancer/d.png"])


def test_what_nobody_sees_is_no_part_of_labels_and_patients(tmp_path):
    notices = []
    path = write(tmp_path / "t.csv", "image,label,patient", "a.png,x,P1", "b.png,x\u200b,P\u00ad1", "c.png,y,P2")
    rows = read_image_table(path, ("image", "label"), notices.extend)
    assert [(row.label, row.patient) for row in rows] == [("x", "P1"), ("x", "P1"), ("y", "P2")]
    assert [notice.kind for notice in notices] == ["invisible-characters"] * 2


# labels for a cache

CACHED = ("benign/a.png", "benign/b.png", "cancer/a.png", "cancer/d.png")


def test_labels_by_full_and_by_plain_name(tmp_path):
    lines = ["image,label,patient", "benign/a.png,0,p1", "b.png,1,", "data/cancer/d.png,0,7", "other.png,5,p9"]
    assert read_labels(write(tmp_path / "new.csv", *lines), CACHED) == {
        "benign/a.png": ("0", "p1"),
        "benign/b.png": ("1", ""),
        "cancer/d.png": ("0", "7"),
    }


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (["a.png,x", "d.png,y"], "(?s)fit several images.*a.png: benign/a.png, cancer/a.png"),
        (["b.png,x", "benign/b.png,y"], "(?s)disagree.*benign/b.png"),
        (["zzz.png,x", "yyy.png,y"], "names none of the 4 images, such as benign/a.png; write"),
        (["b.png,x", "d.png,x"], r"only one class \(x\)"),
        (["b.png,", "d.png,x"], "(?s)empty image or label.*line 2"),
    ],
)
def test_unclear_labels_are_refused(rows, problem, tmp_path):
    with pytest.raises(DatasetError, match=problem):
        read_labels(write(tmp_path / "new.csv", "image,label", *rows), CACHED)


def test_rows_of_other_images_and_words_for_unknown_are_told(tmp_path):
    notices = []
    table = write(tmp_path / "new.csv", "image,label,patient,site", "b.png,NA,NA,1", "d.png,x,p,2", "zzz.png,x,p,3")
    labels = read_labels(table, CACHED, notices.extend)
    assert labels == {"benign/b.png": ("NA", ""), "cancer/d.png": ("x", "p")}
    kinds = ["columns-not-used", "patient-is-a-word-for-unknown", "rows-without-an-image"]
    assert [notice.kind for notice in notices] == kinds
    assert read_labels(table, CACHED, patients_as_written=True)["benign/b.png"] == ("NA", "NA")


def test_labels_written_from_a_data_set_come_back(folder):
    dataset = read_dataset(folder)
    with (folder / "again.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("image", "label", "patient"), *facts(dataset)])
    names = [sample.name for sample in dataset.samples]
    assert read_labels(folder / "again.csv", names) == {n: (label, p) for n, label, p in facts(dataset)}


def test_a_further_column_is_read_by_image(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.png").touch()
    lines = ["filename;class;Scanner;case_id", "a\\x.png;0; B ;p1", "gone.png;1;;p2"]
    table = write(tmp_path / "t.csv", *lines)
    assert read_column(table, "scanner") == {"a/x.png": "B", "gone.png": ""}
    assert read_column(table, "case_id") == {"a/x.png": "p1", "gone.png": "p2"}
    assert read_column(table, " SCANNER") == read_column(table, "scan-ner") == read_column(table, "Scanner")
    with pytest.raises(DatasetError, match="has no column stain; it has: filename, class, Scanner, case_id"):
        read_column(table, "stain")
