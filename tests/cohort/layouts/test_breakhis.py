"""Laws of BreakHis: names tell class and patient, wherever one begins, and folders may not contradict them."""

import re

import pytest

from cohort.layouts.breakhis import MAGNIFICATIONS, SUBTYPES, TUMOURS, breakhis, field_of
from cohort.layouts.found import Choice
from cohort.layouts.tree import Tree
from cohort.read_dataset import read_dataset
from cohort.samples import DatasetError
from tests.cohort.slides import draw, facts, write

SLIDES = [("B", "A", "22549AB"), ("B", "A", "22549CD"), ("B", "F", "9133"), ("B", "PT", "22704"), ("B", "TA", "3411F"),
          ("M", "DC", "10926"), ("M", "LC", "12204"), ("M", "MC", "13418DE"), ("M", "PC", "9146")]  # fmt: skip
FORTY = Choice(magnification="40")


@pytest.fixture
def download(tmp_path):
    """The set as it is unpacked, an image of each slide and magnification."""
    root = tmp_path / "BreaKHis_v1" / "histology_slides" / "breast"
    for tumour, kind, slide in SLIDES:
        folder = root / TUMOURS[tumour] / "SOB" / SUBTYPES[kind] / f"SOB_{tumour}_{kind}_14-{slide}"
        for magnification in MAGNIFICATIONS:
            draw(folder / f"{magnification}X" / f"SOB_{tumour}_{kind}-14-{slide}-{magnification}-001.png")
    write(root / "README.txt", "x")
    return tmp_path / "BreaKHis_v1"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("SOB_B_A-14-22549AB-100-001.png", ("benign", "adenosis", "14-22549", "100")),
        ("SOB_M_PC-15-190EF-400-017.png", ("malignant", "papillary_carcinoma", "15-190", "400")),
        ("sob_m_dc-14-2523-40-010.TIF", ("malignant", "ductal_carcinoma", "14-2523", "40")),
        ("SOB_B_DC-14-2523-40-010.png", None),
        ("SOB_M_DC-14-2523-50-010.png", None),
        ("benign1.png", None),
    ],
)
def test_a_name_tells_class_type_patient_and_magnification(name, told):
    assert field_of(name) == told


@pytest.mark.parametrize("place", ["", "histology_slides", "histology_slides/breast"])
def test_the_same_images_wherever_one_begins(place, download):
    dataset = read_dataset(download / place, choice=FORTY)
    assert len(dataset.samples) == len(SLIDES) and dataset.classes == ("benign", "malignant")
    assert ("SOB_B_A-14-22549AB-40-001.png", "benign", "14-22549") in facts(dataset)
    assert len({sample.patient for sample in dataset.samples}) == len(SLIDES) - 1, "two blocks are of one patient"
    assert str(dataset.notices[0]) == "not taken: 27 images of another magnification (.png)"


def test_eight_classes(download):
    dataset = read_dataset(download, choice=Choice(classes="8", magnification="400"))
    assert set(dataset.classes) == set(SUBTYPES.values())
    assert read_dataset(download, choice=Choice(classes="2", magnification="400")).classes == ("benign", "malignant")


def test_of_several_magnifications_one_is_chosen(download):
    with pytest.raises(
        DatasetError, match=r"several magnifications \(40: 9 images, 100: 9 .*--magnification 40\).* all"
    ):
        read_dataset(download)
    assert len(read_dataset(download, choice=Choice(magnification="all")).samples) == 4 * len(SLIDES)
    for path in download.rglob("*-40-*.png"):
        path.unlink()
    with pytest.raises(DatasetError, match=r"no images of magnification 40 \(100: 9 images"):
        read_dataset(download, choice=FORTY)


def test_images_sorted_into_class_folders_keep_their_patients(download, tmp_path):
    expected = facts(read_dataset(download, choice=FORTY))
    for path in download.rglob("*-40-*.png"):
        path.rename(draw(tmp_path / "flat" / field_of(path.name).tumour / path.name))
    assert facts(read_dataset(tmp_path / "flat")) == expected, "of one magnification nothing need be chosen"
    plain = read_dataset(tmp_path / "flat", choice=Choice("class"))
    assert plain.samples[0].name.startswith("benign/") and not plain.samples[0].patient, "unless that is asked for"


def test_folders_that_contradict_the_names_are_refused(download):
    path = next(download.rglob("*SOB_B_F*-40-*.png"))
    for folder in ("malignant", "adenosis", "100X"):
        moved = draw(download / folder / path.name)
        where = re.escape(str(folder))
        with pytest.raises(DatasetError, match=rf"(?s)1 images lie in folders that contradict their names.*{where}"):
            read_dataset(download, choice=FORTY)
        moved.unlink()
        moved.parent.rmdir()


@pytest.mark.parametrize(
    "stranger", ["histology_slides/breast/benign/overview.png", "recurrent/SOB_B_F-14-1-40-001.png"]
)
def test_with_other_images_or_folders_it_is_another_set(stranger, download):
    draw(download / stranger)
    assert breakhis(Tree(download), FORTY) is None
    with pytest.raises(DatasetError, match=r"is not read as BreakHis|lie deeper"):
        read_dataset(download, choice=FORTY)


def test_a_type_of_which_nothing_is_read_is_an_error(download):
    for path in download.rglob("*SOB_M_LC*.png"):
        path.rename(path.with_suffix(".svs"))
    with pytest.raises(DatasetError, match=r"lobular_carcinoma: 4 \.svs"):
        read_dataset(download, choice=Choice(classes="8", magnification="40"))


def test_tumours_of_one_kind_are_no_two_classes(download):
    folder = download / "histology_slides" / "breast" / "malignant"
    with pytest.raises(DatasetError, match=r"malignant tumours only; .*--classes 8"):
        read_dataset(folder, choice=FORTY)
    assert len(read_dataset(folder, choice=Choice(classes="8", magnification="40")).classes) == 4


def test_a_second_file_of_a_name_is_left_aside(download):
    path = next(download.rglob("*-40-*.png"))
    draw(download / "histology_slides" / path.name)
    dataset = read_dataset(download, choice=FORTY)
    assert len(dataset.samples) == len(SLIDES) and "1 image whose name another has (.png)" in dataset.notices[0]


def test_elsewhere_there_is_nothing_to_choose(folder):
    for choice in (FORTY, Choice(classes="8")):
        with pytest.raises(
            DatasetError, match=r"slides is not read as BreakHis, of which --(magnif|class)\w+ \d+ speaks"
        ):
            read_dataset(folder, choice=choice)
