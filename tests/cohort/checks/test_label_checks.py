"""Laws of the warnings: what is often a mistake is said with what to do, and good labels draw none."""

import pytest

from cohort.checks.label_checks import label_warnings

GOOD = ["a"] * 12 + ["b"] * 12
PATIENTS = [f"p{n}" for n in range(24)]


def test_good_labels_draw_no_warning():
    assert label_warnings(GOOD, PATIENTS) == []
    assert label_warnings(GOOD, [""] * 24) == []


@pytest.mark.parametrize(
    ("labels", "patients", "parts"),
    [
        (["Benign", "benign "] * 12, None, ["'Benign', 'benign '", "spell it in one way"]),
        (["in situ", "InSitu", "in-situ"] * 12, None, ["'InSitu', 'in situ', 'in-situ'"]),
        (GOOD, ["P1", "p1", *PATIENTS[2:]], ["patients 'P1', 'p1'", "tested on", "spell it"]),
        (GOOD + ["c"] * 3, None, ["'c' 3", "--folds 3 or fewer", "add images"]),
        ([*GOOD, "c"], None, ["'c' 1", "single image cannot", "leave the class out"]),
        (GOOD, ["p"] * 12 + PATIENTS[12:], ["all images of class 'a' are of patient 'p'", "--groups none"]),
        (GOOD, ["p", *PATIENTS[1:12], "p", *PATIENTS[13:]], ["classes: 1, such as 'p' of 'a', 'b'", "diagnoses"]),
    ],
)  # fmt: skip
def test_a_frequent_mistake_is_one_warning_with_a_way_out(labels, patients, parts):
    (warning,) = label_warnings(labels, patients or [""] * len(labels))
    for part in parts:
        assert part in warning


def test_numbered_patients_are_not_alike():
    assert label_warnings(GOOD, [f"{n // 10}-{n % 10}" if n % 2 else f"{n}" for n in range(24)]) == []


def test_long_lists_are_shortened():
    labels = [f"{word}{end}" for word in "abcdefgh" for end in ("", " ") for _ in range(10)]
    warnings = label_warnings(labels, [""] * len(labels))
    assert len(warnings) == 6 and warnings[-1] == "... and 3 more like that"
