"""Laws of names that tell patients: what is not read as a public set still says that its names know them."""

import pytest

from cohort.layouts.found import Choice
from cohort.layouts.idc import patch_of
from cohort.layouts.patients_in_names import notices_of_names, patient_in_name
from cohort.read_dataset import read_dataset
from tests.cohort.slides import draw, write

BREAKHIS = {"benign": "SOB_B_A-14-22549AB-40-00{}.png", "malignant": "SOB_M_DC-14-10926-40-00{}.png"}
IDC = {"0": "10253_idx5_x1_y{}_class0.png", "1": "8863_idx5_x1_y{}_class1.png"}
TCGA = {"LUAD": "TCGA-05-4244-01Z-00-DX{}.tif", "LUSC": "tcga-18-3406_{}.tif"}


@pytest.mark.parametrize(
    ("name", "patient"),
    [
        ("a/SOB_M_DC-14-10926-400-001.png", "14-10926"),
        ("8863_idx5_x1_y1_class1.PNG", "8863"),
        ("TCGA-05-4244.tif", "TCGA-05-4244"),
        ("blk-ABCD-TCGA-05-4244-01A.tif", "TCGA-05-4244"),
        ("TUM-TCGA-AAICEQFN.tif", ""),
        ("TCGA-05-42445.tif", ""),
        ("14-10926.png", ""),
    ],
)
def test_a_name_tells_its_patient(name, patient):
    assert patient_in_name(name) == patient


def test_names_of_patches_tell_patient_and_class():
    assert patch_of("8863_idx5_x1_y1_class1.png") == ("8863", "1") and patch_of("8863_idx5.png") is None


@pytest.mark.parametrize("names", [BREAKHIS, IDC, TCGA], ids=["BreakHis", "IDC", "TCGA"])
def test_a_set_that_is_not_read_as_one_says_that_its_names_know_the_patients(names, tmp_path):
    for label, name in names.items():
        for number in (1, 2):
            draw(tmp_path / "train" / label / name.format(number), colour=number + len(label))
    draw(tmp_path / "train" / next(iter(names)) / "overview.png", colour=9)
    dataset = read_dataset(tmp_path, choice=Choice("split/class"))
    (notice,) = [notice for notice in dataset.notices if notice.kind == "patients-in-names"]
    assert notice.startswith("names tell the patients of 4 images of unknown patients, 2 in all, as train/")
    rows = [f"{sample.name},{patient_in_name(sample.name)}" for sample in dataset.samples]
    write(tmp_path / "patients.csv", "image,patient", *rows)
    assert notices_of_names(read_dataset(tmp_path, choice=Choice("split/class")).samples) == []


def test_where_the_patients_are_known_or_no_name_tells_them_nothing_is_said(folder):
    assert notices_of_names(read_dataset(folder).samples) == []
