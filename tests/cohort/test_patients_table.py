"""Laws of a patients.csv: beside folders or a manifest it says who is who, and never against what is known."""

import pytest

from cohort.layouts.folders import class_folder_samples
from cohort.layouts.tree import Tree
from cohort.patients_table import patients_tables, with_patients
from cohort.read_dataset import read_dataset
from cohort.samples import DatasetError
from tests.cohort.slides import draw, facts, write
from tests.cohort.spreadsheets.workbooks import write_workbook


def patients(dataset):
    return [sample.patient for sample in dataset.samples]


def manifest(folder, *patients):
    """A manifest of the six images with these patients."""
    samples = class_folder_samples(Tree(folder)).samples
    rows = [f"{sample.name},{sample.label},{patient}" for sample, patient in zip(samples, patients, strict=True)]
    return write(folder / "manifest.csv", "image,label,patient", *rows)


def test_where_there_is_no_table_all_stays(folder):
    samples = class_folder_samples(Tree(folder)).samples
    assert with_patients(samples, folder) == samples and patients_tables(folder) == []


@pytest.mark.parametrize("beside", [".", "Photos"])
def test_patients_are_known_as_far_as_the_table_goes(beside, iciar):
    write(iciar / beside / "patients.csv", "image,patient", "b001.tif,11", "iv010.tif,007", "n002.tif,", "x999.tif,3")
    known = {name: patient for name, _, patient in facts(read_dataset(iciar)) if patient}
    assert known == {"b001.tif": "11", "iv010.tif": "007"}


def test_patients_by_relative_and_by_plain_name_but_never_of_another_folder(folder):
    rows = ["benign/a.png,p1", "d.png,p2", "slides/cancer/e.png,p3", "cancer/b.png,p4"]
    write(folder / "patients.csv", "image,patient", *rows)
    assert [sample.patient for sample in with_patients(class_folder_samples(Tree(folder)).samples, folder)] == [
        "p1", "", "", "p2", "p3", "",
    ]  # fmt: skip


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
        (["image,person", "a.png,p1"], r"no column patient \(or patient_id, case_id, .* more\); it has: image, person"),
        (["a.png,p1"], "no column image"),
        ([], "no column image .* it has: none"),
    ],
)
def test_unclear_patients_are_refused_and_not_ignored(lines, problem, folder):
    write(folder / "patients.csv", *lines)
    with pytest.raises(DatasetError, match=problem):
        read_dataset(folder)


# beside a manifest


@pytest.mark.parametrize("name", ["patients.csv", "Patients.csv", "PATIENTS.CSV"])
def test_it_completes_a_manifest_whatever_its_case(name, folder):
    manifest(folder, "p1", "", "", "", "", "")
    write(folder / name, "image,patient", "a.png,p1", "b.png,p2", "cancer/d.png,", "slides/cancer/e.png,p3")
    for source in (folder, folder / "manifest.csv"):
        assert patients(read_dataset(source)) == ["p1", "p2", "", "", "p3", ""]


def test_it_may_be_a_sheet_of_excel_or_have_tabs_and_one_that_is_not_read_is_told(folder):
    write_workbook(folder / "Patients.xlsx", [["image", "patient"], ["a.png", "p1"]])
    dataset = read_dataset(folder)
    assert patients(dataset)[0] == "p1" and dataset.notices == ()
    write(folder / "patients.tsv", "image\tpatient", "a.png\tp2")
    dataset = read_dataset(folder)
    assert patients(dataset)[0] == "p2"
    assert dataset.notices == ("not taken: 1 file beside the class folders (.xlsx)",)


def test_one_in_a_class_folder_is_not_read_and_told(folder):
    write(folder / "benign" / "patients.csv", "image,patient", "a.png,p1")
    assert read_dataset(folder).notices == ("not taken: 1 file among the images (.csv)",)


def test_what_it_leaves_open_stays_as_the_manifest_says(folder):
    manifest(folder, *"abcdef")
    write(folder / "patients.csv", "image,patient", "a.png,", "b.png,b")
    assert patients(read_dataset(folder)) == [*"abcdef"]


def test_images_of_which_it_names_another_patient_are_refused_by_name(folder):
    manifest(folder, *"abcdef")
    write(folder / "patients.csv", "image,patient", "a.png,a", "b.png,x", "d.png,D")
    with pytest.raises(DatasetError) as error:
        read_dataset(folder)
    assert "2 images have another patient in" in str(error.value) and "take the table away" in str(error.value)
    assert "benign/b.png: 'x', but 'b' without it" in str(error.value) and "cancer/d.png" in str(error.value)


def test_several_tables_are_refused(iciar):
    write(iciar / "patients.csv", "image,patient", "n001.tif,p1")
    write(iciar / "Photos" / "Patients.csv", "image,patient", "n001.tif,p1")
    with pytest.raises(DatasetError, match=r"(?s)2 tables name the patients; keep one of them.*Photos.*patients.csv"):
        read_dataset(iciar)


def test_a_table_without_images_is_left_aside_only_where_all_are_known(folder):
    write(folder / "patients.csv", "patient,age", "a,50")
    manifest(folder, *"abcdef")
    (notice,) = read_dataset(folder).notices
    assert notice.kind == "patients-table-not-used" and "patients.csv has no column of images" in notice
    manifest(folder, *"abcde", "")
    with pytest.raises(DatasetError, match="no column image"):
        read_dataset(folder)


def test_a_manifest_of_that_name_is_not_beside_itself(folder):
    table = write(folder / "patients.csv", "image,label,patient", "benign/a.png,x,p1", "cancer/d.png,y,p2")
    dataset = read_dataset(table)
    assert patients(dataset) == ["p1", "p2"] and dataset.notices == ()


def test_rows_that_name_no_image_are_counted_with_examples(folder):
    write(folder / "patients.csv", "image,patient", "a.png,p1", *[f"x{number:02d}.png,p" for number in range(14)])
    (notice,) = read_dataset(folder).notices
    assert notice.kind == "rows-without-an-image"
    assert notice == "patients.csv: 14 rows name no image, such as x00.png, x01.png and 12 more"


def test_columns_and_words_are_told_as_those_of_a_manifest(folder):
    write(folder / "patients.csv", "File Name,Subject-ID,hospital", "a.png,NA,h", "b.png,p2,h")
    unused, unknown = read_dataset(folder).notices
    assert unused == "patients.csv: columns not used: hospital"
    assert unknown.kind == "patient-is-a-word-for-unknown" and unknown.startswith("patients.csv: 1 rows")
    assert patients(read_dataset(folder))[:2] == ["", "p2"]
    assert patients(read_dataset(folder, patients_as_written=True))[:2] == ["NA", "p2"]


def test_a_label_in_it_is_not_used_and_so_cannot_contradict(folder):
    write(folder / "patients.csv", "image,patient,label", "a.png,p1,x", "benign/a.png,p1,y")
    dataset = read_dataset(folder)
    assert dataset.notices == ("patients.csv: columns not used: label",) and patients(dataset)[0] == "p1"
