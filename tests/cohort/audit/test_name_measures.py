"""What names say of order and place, and nothing of labels, patients and how many images there are."""

from pathlib import Path

import numpy as np
import pytest

from cohort.audit.name_measures import name_measures
from cohort.samples import Sample


def samples(names, patients=None):
    """Images whose class is in their names before a bar, as in benign|a/1.png."""
    split = [name.split("|") for name in names]
    owners = patients or [""] * len(names)
    return [Sample(name, Path(name), label, owner) for (label, name), owner in zip(split, owners, strict=True)]


def rows(*arguments):
    """Every measure of each name, numbers and words."""
    return [(*measures.numbers, *measures.words) for measures in name_measures(samples(*arguments))]


def test_endings_in_capitals_are_others():
    """As a camera or a program of another laboratory writes them."""
    endings = [row[-1] for row in rows(["a|1.PNG", "b|2.png", "b|3.jpeg", "b|4.jpg"])]
    assert endings == [".PNG", ".png", ".jpeg", ".jpg"]


def test_folders_are_not_looked_at():
    assert (
        rows(["benign|benign/1.png", "benign|benign/2.png", "b|malignant/1.png", "b|malignant/2.png"])
        == [
            (0, 0, 0, 0, "#", ".png"),
            (1, 0, 0, 0, "#", ".png"),
        ]
        * 2
    )


@pytest.mark.parametrize(
    "names",
    [
        ["benign|benign_1.png", "benign|benign_2.png", "malignant|malignant_1.png", "malignant|malignant_2.png"],
        ["Normal|n001.tif", "Normal|n002.tif", "InSitu|is001.tif", "InSitu|is002.tif"],
        ["Invasive|iv001.tif", "Invasive|iv002.tif", "Benign|b001.tif", "Benign|b002.tif"],
        ["0|x5_class0.png", "0|x7_class0.png", "1|x5_class1.png", "1|x7_class1.png"],
        ["AC|image_AC_12.jpg", "AC|image_AC_14.jpg", "H|image_H_12.jpg", "H|image_H_14.jpg"],
        ["TUM|TUM-TCGAAA.tif", "TUM|TUM-TCGAAB.tif", "LYM|LYM-TCGAAA.tif", "LYM|LYM-TCGAAB.tif"],
        ["malignant|SOB_M_5.png", "malignant|SOB_M_6.png", "benign|SOB_B_5.png", "benign|SOB_B_6.png"],
    ],
)
def test_the_label_in_a_name_is_cut_out(names):
    one_class, other_class = rows(names)[:2], rows(names)[2:]
    assert one_class == other_class


def test_a_prefix_that_is_no_abbreviation_of_the_class_stays():
    found = rows(["benign|leica_1.png", "benign|leica_2.png", "malignant|zeiss_1.png", "malignant|zeiss_2.png"])
    assert [row[4] for row in found] == ["leica_#", "leica_#", "zeiss_#", "zeiss_#"]


def test_the_patient_is_cut_out_and_images_are_counted_within_it():
    found = rows(["a|p01_1.png", "a|p01_2.png", "b|p02_1.png", "b|p02_2.png", "b|p02_3.png"], ["p01"] * 2 + ["p02"] * 3)
    assert [row[0] for row in found] == [0, 1, 0, 0.5, 1]
    assert {row[4] for row in found} == {"-_#"}


def test_a_patient_is_not_cut_out_of_a_number():
    found = rows(["a|scan_12.png", "a|scan_13.png", "b|1_scan_13.png"], ["1", "1", "1"])
    assert [row[4] for row in found] == ["scan_#", "scan_#", "-_scan_#"]


def test_the_number_of_images_of_a_class_does_not_show():
    few = [f"few|few/{number}.png" for number in range(1, 8)]
    many = [f"many|many/{number}.png" for number in range(1, 150)]
    found = rows([*few, *many])
    places = np.array([row[0] for row in found])
    np.testing.assert_allclose(places[:7], np.linspace(0, 1, 7))
    assert len({row[1:] for row in found}) == 1


def test_names_counted_on_from_class_to_class_show_the_order():
    found = rows([f"{label}|{label}/{number:04d}.png" for number in range(20) for label in ["ab"[number // 10]]])
    places = np.array([row[0] for row in found])
    assert places[:10].max() < places[10:].min()
    assert {row[1] for row in found} == {4}


def test_digits_count_where_counting_does_not_need_them():
    times = rows(["a|20190504101112.png", "a|20190504101113.png", "b|17.png", "b|18.png"])
    assert [row[1] for row in times] == [14, 14, 14, 14]  # one folder, one pattern
    apart = rows(["a|x/20190504101112.png", "a|x/20190504101113.png", "b|y/17.png", "b|y/18.png"])
    assert [row[1] for row in apart] == [14, 14, 0, 0]


def test_odd_names_are_names_too():
    names = ["a|.png", "a|" + "9" * 400 + ".png", "b|日本語 7 (2).TIF", "b|__.jpg", "b|"]
    for row in rows(names):
        assert np.isfinite(row[:4]).all()
        assert len(row[4]) <= 60
