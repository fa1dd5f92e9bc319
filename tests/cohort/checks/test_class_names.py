"""Laws of class names: masks, annotations and patients among the classes are told, and tissue is not taken for them."""

import pytest

from cohort.checks.class_names import class_name_warnings, is_mask_name, mask_warnings
from cohort.read_dataset import read_dataset
from tests.cohort.slides import draw

MASKS = ["mask", "Masks", "GT", "ground_truth", "labels", "annotation", "Annotations", "thumbs", "thumbnails",
         "overlay", "heatmap", "HeatMaps", "benign_masks", "tumor-mask"]  # fmt: skip


@pytest.mark.parametrize("name", MASKS)
def test_masks_and_the_like_are_known_by_their_name(name):
    assert is_mask_name(name)


@pytest.mark.parametrize(
    "name", ["benign", "label_1", "gtx", "damask", "normal", "class0", "roi_3", "0", "", "Übersicht"]
)
def test_other_classes_are_not(name):
    assert not is_mask_name(name)


def test_a_class_of_masks_is_told(folder):
    draw(folder / "masks" / "a.png")
    (notice,) = [notice for notice in read_dataset(folder).warnings() if notice.kind == "masks-among-the-images"]
    assert "'masks' with 1 images" in notice and notice.level == "warning"


def test_masks_beside_their_images_are_told():
    images = ["a/1.png", "a/1_mask.png", "b/2.png", "b/2-Anno.png", "b/3_mask.png", "a/mask.png"]
    (notice,) = mask_warnings(images, ["x"] * len(images))
    assert "2 images are called like masks" in notice and "a/1_mask.png" in notice


PATIENTS = [
    ["P01", "P02"], ["001", "017"], ["TCGA-A1-A0SB", "TCGA-A1-A0SD"], ["patient 12"], ["Patient 1", "Patient 2"],
    ["case_1", "case_2"], [f"P{number}" for number in range(1, 13)], [str(number) for number in range(1, 13)],
]  # fmt: skip


@pytest.mark.parametrize("names", PATIENTS)
def test_classes_that_are_all_called_as_patients_are_told(names):
    (notice,) = class_name_warnings(["a"] * len(names), names)
    assert notice.kind == "classes-called-as-patients" and names[0] in notice


OTHERS = [
    ["0", "1"], ["G1", "G2"], ["benign", "P01"], ["T1", "T2"], ["pT1", "pT2"], ["P1", "P2"], ["6", "7", "8", "9", "10"],
    [],
]  # fmt: skip


@pytest.mark.parametrize("names", OTHERS)
def test_other_names_are_not_those_of_patients(names):
    assert class_name_warnings(["a"] * len(names), names) == []
