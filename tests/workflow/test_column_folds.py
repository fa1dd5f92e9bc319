"""Folds by a column: each value is held out whole, and patients stay together."""

from types import SimpleNamespace

import pytest

from cohort.folds import FoldError
from cohort.origin import Origin
from workflow.column_folds import MOST_GROUPS, divided_by, table_of

IMAGES = ("a.png", "b.png", "c.png", "d.png", "e.png", "f.png")


def described(patients=("P", "P", "Q", "Q", "R", "R")):
    """Six images of three patients and two classes."""
    labels = ("x", "y") * 3
    return SimpleNamespace(images=IMAGES, labels=labels, classes=("x", "y"), patients=patients)


def centres(text):
    """A centre for each image, by letters."""
    return dict(zip(IMAGES, text, strict=True))


def test_each_value_is_a_fold_in_the_order_of_the_values():
    cohort = divided_by(described(), centres("BBAACC"), "centre")
    assert cohort.fold.tolist() == [2, 2, 1, 1, 3, 3]


@pytest.mark.parametrize(
    ("values", "patients", "words"),
    [
        (centres("AAAAAA"), None, "at least 2 folds"),
        ({name: "A" for name in IMAGES[:3]}, None, "images have no centre"),
        (centres("ABABAB"), None, "more than one centre"),
        (centres("ABABAB"), ("", "", "", "", "", ""), "no image of"),
    ],
    ids=["one value", "no value", "a patient in two", "a class in one"],
)
def test_what_cannot_be_held_out_is_refused(values, patients, words):
    some = described() if patients is None else described(patients)
    with pytest.raises(FoldError, match=words):
        divided_by(some, values, "centre")


def test_a_column_of_names_is_no_column_of_centres():
    images = tuple(f"{number}.png" for number in range(MOST_GROUPS + 1))
    labels = ("x",) * len(images)
    many = SimpleNamespace(images=images, labels=labels, classes=("x",), patients=("",) * len(images))
    with pytest.raises(FoldError, match=f"at most {MOST_GROUPS}"):
        divided_by(many, {image: image for image in images}, "day")


def test_without_a_table_there_is_no_column(tmp_path):
    with pytest.raises(FoldError, match="there is none where it was"):
        table_of({"stem": Origin(str(tmp_path), {}, "")}, "centre")
    (tmp_path / "manifest.csv").write_text("image,label,centre\n")
    assert table_of({"stem": Origin(str(tmp_path), {}, "")}, "centre") == tmp_path / "manifest.csv"
