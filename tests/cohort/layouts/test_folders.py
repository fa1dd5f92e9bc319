"""Laws of images in folders: the same images in another layout are the same list, and what is unclear is refused."""

import pytest

from cohort.layouts.folders import class_folder_samples, iciar_samples, with_patients
from cohort.layouts.iciar2018 import ICIAR_CLASSES
from cohort.read_dataset import read_dataset
from cohort.samples import DatasetError
from tests.cohort.slides import ICIAR, draw, facts, write


def test_a_folder_for_each_class(folder):
    samples = class_folder_samples(folder)
    assert [sample.name for sample in samples] == [
        "benign/a.png", "benign/b.png", "benign/c.png", "cancer/d.png", "cancer/e.png", "cancer/f.png",
    ]  # fmt: skip
    assert all(sample.label == sample.name.split("/")[0] for sample in samples)
    assert all(sample.path.is_file() and not sample.patient for sample in samples)
    assert iciar_samples(folder) == [] and with_patients(samples, folder) == samples
    assert read_dataset(folder).samples == tuple(samples) and read_dataset(folder).classes == ("benign", "cancer")


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


def flat(iciar):
    for path in iciar.glob("Photos/*/*.tif"):
        path.rename(draw(iciar.parent / "flat" / path.name))
    return iciar.parent / "flat"


@pytest.mark.parametrize("layout", ["parent", "photos", "flat"])
def test_the_challenge_is_recognised_in_each_layout(layout, iciar):
    source = {"parent": lambda: iciar, "photos": lambda: iciar / "Photos", "flat": lambda: flat(iciar)}[layout]()
    expected = [(f"{prefix}{number:03d}.tif", name.lower()) for name, prefix in ICIAR.items() for number in (1, 2, 10)]
    assert sorted((sample.name, sample.label) for sample in iciar_samples(source)) == sorted(expected)
    assert read_dataset(source).classes == ("normal", "benign", "insitu", "invasive") == ICIAR_CLASSES


@pytest.mark.parametrize("folder", ["In Situ", "in_situ", "IN-SITU"])
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


@pytest.mark.parametrize("beside", [".", "Photos"])
def test_patients_are_known_as_far_as_the_table_goes(beside, iciar):
    write(iciar / beside / "patients.csv", "image,patient", "b001.tif,11", "iv010.tif,007", "n002.tif,", "x999.tif,3")
    known = {name: patient for name, _, patient in facts(read_dataset(iciar)) if patient}
    assert known == {"b001.tif": "11", "iv010.tif": "007"}


def test_patients_by_relative_and_by_plain_name_but_never_of_another_folder(folder):
    rows = ["benign/a.png,p1", "d.png,p2", "slides/cancer/e.png,p3", "cancer/b.png,p4"]
    write(folder / "patients.csv", "image,patient", *rows)
    assert [sample.patient for sample in with_patients(class_folder_samples(folder), folder)] == [
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
        (["image,person", "a.png,p1"], r"no column patient \(or patient_id, case_id, group\); it has: image, person"),
        (["a.png,p1"], "no column image"),
        ([], "no column image .* it has: none"),
    ],
)
def test_unclear_patients_are_refused_and_not_ignored(lines, problem, folder):
    write(folder / "patients.csv", *lines)
    with pytest.raises(DatasetError, match=problem):
        read_dataset(folder)
