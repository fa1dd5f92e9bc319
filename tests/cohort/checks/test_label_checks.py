"""Laws of the warnings: what is often a mistake is said with what to do, and good labels draw none."""

import pytest

from cohort.checks.label_checks import label_warnings

GOOD = ["a"] * 12 + ["b"] * 12
PATIENTS = [f"p{n // 2}" for n in range(24)]


def test_good_labels_draw_no_warning():
    assert label_warnings(GOOD, PATIENTS) == []
    assert label_warnings(GOOD, [""] * 24) == []


@pytest.mark.parametrize(
    ("labels", "patients", "parts"),
    [
        (["Benign", "benign "] * 12, None, ["may be one class: 'Benign' and 'benign '", "spell it in one way"]),
        (["in situ", "InSitu", "in-situ"] * 12, None, ["'InSitu', 'in situ' and 'in-situ'"]),
        (["grade 1", "Grade 01"] * 12, None, ["'Grade 01' and 'grade 1'"]),
        (GOOD, ["P0", "p0", *PATIENTS[2:]], ["may be one patient: 'P0' and 'p0'", "tested on", "spell it"]),
        (GOOD + ["c"] * 3, None, ["'c' 3", "fewer than 10 folds can be made then, and cv says how many", "add images"]),
        ([*GOOD, "c"], None, ["'c' 1", "single image cannot", "leave the class out"]),
        (GOOD, ["p"] * 12 + PATIENTS[12:], ["all images of class 'a' are of patient 'p'", "--groups none"]),
        (GOOD, ["p", *PATIENTS[1:12], "p", *PATIENTS[13:]], ["classes: 1, such as 'p' of 'a', 'b'", "diagnoses"]),
    ],
)  # fmt: skip
def test_a_frequent_mistake_is_one_warning_with_a_way_out(labels, patients, parts):
    (warning,) = label_warnings(labels, patients or [""] * len(labels))
    for part in parts:
        assert part in warning


def test_classes_that_differ_in_a_sign_are_not_alike():
    assert label_warnings(["ER+", "ER-"] * 12, [""] * 24) == label_warnings(["<5", ">5"] * 12, [""] * 24) == []


@pytest.mark.parametrize("word", ["NA", "nan", "None", "unknown", "?", "n/a", "#N/A"])
def test_a_class_called_by_a_word_for_unknown_is_told(word):
    (warning,) = label_warnings([word, "b"] * 12, [""] * 24)
    assert warning.kind == "class-is-a-word-for-unknown" and f"{word!r} 12 images" in warning


def test_a_class_for_each_image_is_a_sentence_without_a_screen_of_names():
    labels = [f"image {number}.png" for number in range(3000)]
    (warning,) = label_warnings(labels, [""] * 3000)
    assert warning.kind == "many-classes" and len(warning) < 300
    for warning in label_warnings(labels, [f"p{number}" for number in range(3000)]):
        assert len(warning) < 400


def test_three_images_against_three_hundred_are_told():
    small, unequal = label_warnings(["rare"] * 3 + ["common"] * 300, [""] * 303)
    assert (small.kind, unequal.kind) == ("small-class", "unequal-classes")
    assert unequal.startswith("3 images of class 'rare' against 300 of 'common'")


def test_long_lists_are_shortened():
    labels = [f"{word}{end}" for word in "abcdefgh" for end in ("", " ") for _ in range(10)]
    (warning,) = label_warnings(labels, [""] * len(labels))
    assert "'e' and 'e '; and 3 more;" in warning
