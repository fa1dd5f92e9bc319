"""Laws of the IDC patches: folder and name agree on patient and class, and the download's copy is not taken twice."""

import pytest

from cohort.layouts.idc import idc
from cohort.layouts.tree import Tree
from cohort.read_dataset import read_dataset
from cohort.samples import DatasetError
from tests.cohort.slides import draw, facts, kinds


def patch(patient, label, number=0):
    return f"{patient}_idx5_x{50 * number + 1}_y1101_class{label}.png"


@pytest.fixture
def download(tmp_path):
    for patient in ("10253", "8863", "9075"):
        for label in ("0", "1"):
            for number in range(2):
                draw(tmp_path / "idc" / patient / label / patch(patient, label, number))
    return tmp_path / "idc"


def test_patients_and_classes_are_read(download):
    dataset = read_dataset(download)
    assert dataset.classes == ("0", "1") and len(dataset.samples) == 12
    assert (patch("10253", "1"), "1", "10253") in facts(dataset) and kinds(dataset) == {"public-set"}


def test_the_copy_in_the_download_is_passed_over_and_counted(download):
    expected = read_dataset(download)
    for sample in expected.samples:
        draw(download / "IDC_regular_ps50_idx5" / sample.patient / sample.label / sample.name)
    dataset = read_dataset(download)
    assert dataset.samples == expected.samples
    assert str(dataset.notices[0]) == "not taken: 12 images whose name another has (.png)"
    assert facts(read_dataset(download / "IDC_regular_ps50_idx5")) == facts(expected)


def test_patches_in_a_folder_for_each_class_keep_their_patients(download, tmp_path):
    expected = facts(read_dataset(download))
    for name, label, _ in expected:
        draw(tmp_path / "flat" / label / name)
    assert facts(read_dataset(tmp_path / "flat")) == expected


@pytest.mark.parametrize("wrong", ["10253/1/" + patch("10253", "0", 7), "8863/0/" + patch("10253", "0", 7)])
def test_folders_that_contradict_the_name_are_refused(wrong, download):
    draw(download / wrong)
    with pytest.raises(
        DatasetError, match=rf"(?s)1 images lie in folders that contradict .*patient and class.*{wrong}"
    ):
        read_dataset(download)


@pytest.mark.parametrize("stranger", ["10253/0/other.png", "10253/2/" + patch("10253", "1", 9), "a.png"])
def test_with_other_images_it_is_another_set(stranger, download):
    draw(download / stranger)
    assert idc(Tree(download)) is None
    with pytest.raises(DatasetError, match="lie deeper"):
        read_dataset(download)


def test_parts_of_a_split_are_not_taken_together(download):
    download.rename(download.parent / "train")
    with pytest.raises(DatasetError, match="12 images, 2 classes, 3 patients: --layout split/patient/class"):
        read_dataset(download.parent)
