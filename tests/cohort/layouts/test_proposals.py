"""Laws of proposals: what they promise is what reading so gives, and none makes patients the classes."""

import re

import pytest

from cohort.layouts.found import Choice
from cohort.layouts.proposals import are_splits, is_split, lower_folders, lower_proposals, proposals
from cohort.layouts.tree import Tree
from cohort.read_dataset import read_dataset
from cohort.samples import DatasetError
from tests.cohort.slides import draw

CLASSES = ("benign", "malignant")
PATIENTS = {  # names as people give them
    "codes": [f"P{number}" for number in range(6)],
    "padded": [f"{number:03d}" for number in range(6)],
    "numbers": [str(number) for number in range(1, 7)],
    "barcodes": [f"TCGA-A1-A0S{number}" for number in range(6)],
    "surnames": ["smith", "jones", "brown", "meier", "rossi", "sato"],
}


def build(root, place, patients, crossed):
    """24 images; place makes a path of class, patient and number."""
    for number in range(24):
        turn = number // 2 if crossed else number
        draw(root / place(CLASSES[number % 2], patients[turn % 6], f"{number}.png"))
    return root


@pytest.mark.parametrize("crossed", [True, False], ids=["of both classes", "of one class"])
@pytest.mark.parametrize("patients", PATIENTS.values(), ids=PATIENTS)
@pytest.mark.parametrize("layout", ["class/patient", "patient/class"])
def test_classes_and_patients_are_told_apart(layout, patients, crossed, tmp_path):
    def place(label, patient, name):
        return f"{label}/{patient}/{name}" if layout == "class/patient" else f"{patient}/{label}/{name}"

    build(tmp_path, place, patients, crossed)
    with pytest.raises(DatasetError, match="lie deeper than") as error:
        read_dataset(tmp_path)
    message = str(error.value)
    assert f"24 images, 2 classes, 6 patients: --layout {layout}" in message
    for proposed in re.findall(r"--layout (\S+)", message):
        assert read_dataset(tmp_path, choice=Choice(proposed)).classes == CLASSES


def test_a_proposal_gives_what_it_promises(tmp_path):
    build(tmp_path, lambda label, patient, name: f"train/{label}/{patient}/40X/{name}", PATIENTS["codes"], False)
    build(tmp_path, lambda label, patient, name: f"test/{label}/{patient}/40X/x{name}", PATIENTS["padded"], False)
    lines = proposals(Tree(tmp_path))
    assert lines
    for line in lines:
        images, classes, patients, layout = re.match(
            r"(\d+) images, (\d+) classes, (\w+) patients: --layout (\S+)  \(classes: benign, malignant\)", line
        ).groups()
        dataset = read_dataset(tmp_path, choice=Choice(layout))
        assert (str(len(dataset.samples)), str(len(dataset.classes))) == (images, classes)
        assert str(len({sample.patient for sample in dataset.samples} - {""}) or "no") == patients


@pytest.mark.parametrize("above", ["download", "archive/data"])
def test_below_folders_too_many_the_readings_are_those_of_the_folder_below(above, tmp_path):
    build(tmp_path / above, lambda label, patient, name: f"{label}/{patient}/{name}", PATIENTS["codes"], False)
    lines = lower_proposals(Tree(tmp_path))
    assert lines[0].startswith(f"24 images, 2 classes, 6 patients: --data {tmp_path / above} --layout class/patient ")
    with pytest.raises(DatasetError, match=re.escape(lines[0])):
        read_dataset(tmp_path)
    assert len(read_dataset(tmp_path / above, choice=Choice("class/patient")).samples) == 24


def test_an_image_beside_the_folders_leaves_the_proposals_as_they_are(tmp_path):
    build(tmp_path, lambda label, patient, name: f"{label}/{patient}/{name}", PATIENTS["codes"], False)
    before = proposals(Tree(tmp_path))
    draw(tmp_path / "overview.png", colour=3)
    assert proposals(Tree(tmp_path)) == before != []
    dataset = read_dataset(tmp_path, choice=Choice("class/patient"))
    assert len(dataset.samples) == 24 and "not taken: 1 image outside class/patient/ (.png)" in dataset.notices


@pytest.mark.parametrize("names", [("40X", "100X"), ("x10", "x20")])
def test_magnifications_are_neither_classes_nor_patients(names, tmp_path):
    build(tmp_path, lambda label, patient, name: f"{label}/{patient}/{name}", names * 3, True)
    assert [re.search(r"--layout (\S+)", line)[1] for line in proposals(Tree(tmp_path))] == ["class/..."]


def test_patients_without_classes_are_proposed_as_nothing(tmp_path):
    for number in range(12):
        draw(tmp_path / f"TCGA-A1-A0S{number % 6}" / f"slide{number}" / f"{number}.png")
    with pytest.raises(DatasetError, match=r"what they mean is not guessed; give a CSV table image,label,patient$"):
        read_dataset(tmp_path)


def test_one_patient_for_each_class_is_no_advice_to_go_down(tmp_path):
    build(tmp_path, lambda label, patient, name: f"benign/{patient}/{name}", PATIENTS["codes"], False)
    assert lower_folders(Tree(tmp_path)) == [] == proposals(Tree(tmp_path))


def test_a_folder_too_much_is_named(tmp_path):
    build(tmp_path, lambda label, patient, name: f"download/{label}/{name}", PATIENTS["codes"], False)
    with pytest.raises(
        DatasetError, match=rf"24 images, 2 classes: --data {re.escape(str(tmp_path / 'download'))}  \(classes: benign"
    ):
        read_dataset(tmp_path)


def test_a_split_below_a_folder_too_much_is_named(tmp_path):
    build(tmp_path, lambda label, patient, name: f"download/train/{label}/{name}", PATIENTS["codes"], False)
    with pytest.raises(
        DatasetError,
        match=rf"24 images, 2 classes: --data {re.escape(str(tmp_path / 'download' / 'train'))}  \(classes: benign",
    ):
        read_dataset(tmp_path)


@pytest.mark.parametrize("name", ["train", "Val", "TEST", "training", "validation", "testing", "test_images", "Fold 3"])
def test_parts_of_a_split_are_known_by_name(name):
    assert is_split(name) and are_splits([name]) and are_splits(["train", name])


@pytest.mark.parametrize("names", [["benign", "malignant"], ["control", "test"], ["trained", "devil"], []])
def test_classes_are_no_split(names):
    assert not are_splits(names)
