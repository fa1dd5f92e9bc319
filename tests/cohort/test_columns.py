"""Laws of columns: names match as people write them, a better name goes first, and what is not used is named."""

import doctest
from itertools import permutations

import pytest

import cohort.columns
from cohort.columns import ALIASES, column_name, usual_column
from cohort.manifest import ImageRow, read_image_table
from cohort.samples import DatasetError
from tests.cohort.slides import write

PATIENTS = ["PatientID", "subject", "Subject ID", "case_submitter_id", "submitter_id", "bcr_patient_barcode", "tcga_id"]


def read(tmp_path, header, *rows, **options):
    """The rows of a table and the notices of its columns."""
    notices = []
    path = write(tmp_path / "t.csv", header, *rows)
    return read_image_table(path, ("image", "label"), notices.extend, **options), notices


def test_the_docstrings_say_what_happens():
    assert doctest.testmod(cohort.columns).failed == 0


@pytest.mark.parametrize("alias", [alias for names in ALIASES.values() for alias in names])
def test_a_name_matches_without_case_spaces_and_signs(alias):
    words = alias.split("_")
    for written in (alias, alias.upper(), "".join(word.title() for word in words), "-".join(words), ".".join(words)):
        assert column_name(written) == column_name(alias) and usual_column(f" {written}\ufeff ") is not None
    assert usual_column(alias + "x") is None


@pytest.mark.parametrize("name", PATIENTS)
def test_a_column_of_patients_is_understood_by_any_usual_name(name, tmp_path):
    rows, notices = read(tmp_path, f"File-Name,CLASS,{name}", "a.png,x,007")
    assert rows == [ImageRow("a.png", "x", "007")] and notices == []


def test_columns_that_are_not_used_are_named(tmp_path):
    _, notices = read(tmp_path, "image,label,hospital,patient", "a.png,x,h,p")
    assert notices == ["t.csv: columns not used: hospital"]
    assert (notices[0].kind, notices[0].level) == ("columns-not-used", "note")


def test_many_of_them_are_counted_and_those_without_a_name_too(tmp_path):
    further = [f"c{number}" for number in range(40)]
    _, notices = read(tmp_path, ",".join(["image", "label", "", *further, " "]), "a.png,x")
    assert notices == ["t.csv: columns not used: c0, c1, c2, c3, c4 and 35 more, 2 without a name"]


def test_a_column_that_is_used_elsewhere_is_none_of_them(tmp_path):
    _, notices = read(tmp_path, "image,label,Scanner,site", "a.png,x,s,t", also_used=["scanner"])
    assert notices == ["t.csv: columns not used: site"]


@pytest.mark.parametrize("header", list(permutations(["patient", "PatientID", "group"])))
def test_of_several_columns_the_better_name_is_taken_and_the_others_are_told(header, tmp_path):
    cells = {"patient": "1", "PatientID": "P1", "group": "g"}
    row = ",".join(cells[name] for name in header)
    rows, (notice,) = read(tmp_path, f"image,label,{','.join(header)}", f"a.png,x,{row}")
    others = [name for name in header if name != "patient"]
    assert rows == [ImageRow("a.png", "x", "1")] and notice == f"t.csv: columns not used: {', '.join(others)}"


def test_columns_that_divide_the_images_otherwise_are_told(tmp_path):
    alike = ["a.png,x,1,P1", "b.png,x,2,P2", "c.png,x,1,P1"]
    assert len(read(tmp_path, "image,label,patient,PatientID", *alike)[1]) == 1
    for contrary in ("d.png,x,1,P2", "d.png,x,,P1", "d.png,x,3,P1"):
        _, (_, notice) = read(tmp_path, "image,label,patient,PatientID", *alike, contrary)
        assert notice.kind == "columns-disagree" and "columns patient and PatientID may both be the patient" in notice
    _, (_, notice) = read(tmp_path, "image,label,class", "a.png,x,1", "b.png,y,1")
    assert notice.kind == "columns-disagree" and "label is taken" in notice


@pytest.mark.parametrize("empty", ["", " ", "NA", "\u200b"])
def test_a_column_without_any_entry_is_not_taken_before_one_with_entries(empty, tmp_path):
    rows, notices = read(tmp_path, "image,label,patient,PatientID", f"a.png,x,{empty},P1", f"b.png,x,{empty},P2")
    assert [row.patient for row in rows] == ["P1", "P2"] and notices == ["t.csv: columns not used: patient"]


@pytest.mark.parametrize("name", ["group", "Group", " GROUP "])
def test_a_group_counts_as_the_patient_with_a_notice_and_never_before_a_better_name(name, tmp_path):
    rows, (notice,) = read(tmp_path, f"image,label,{name}", "a.png,x,7")
    assert rows[0].patient == "7" and notice.kind == "group-as-patients"
    for better in ("patient", "tcga_id"):
        rows, (notice,) = read(tmp_path, f"image,label,{name},{better}", "a.png,x,7,")
        assert rows[0].patient == "" and notice.kind == "columns-not-used"


@pytest.mark.parametrize("twice", ["patient,Patient", "patient_id,PatientID", "patient,patient", "Image,image"])
def test_two_columns_of_one_name_are_refused(twice, tmp_path):
    with pytest.raises(DatasetError, match=r"1 columns of .*t.csv are there twice; rename or remove one of each"):
        read(tmp_path, f"filename,label,{twice}", "a.png,x,1,2")


def test_a_missing_column_is_named_with_what_there_is(tmp_path):
    with pytest.raises(DatasetError, match=r"t.csv has no column label \(or class\); it has: image, diagnosis$"):
        read(tmp_path, "image,diagnosis", "a.png,x")
