"""Laws of layouts in words: each folder name means what is said, and what lies elsewhere is counted."""

import pytest

from cohort.layouts.found import Choice
from cohort.layouts.path_pattern import CLASS, PATIENT, parse_pattern, read_pattern
from cohort.layouts.tree import Tree
from cohort.read_dataset import read_dataset
from cohort.samples import DatasetError
from tests.cohort.slides import draw, facts, write


def build(root, *names):
    for name in names:
        draw(root / name)
    return root


@pytest.mark.parametrize(
    ("layout", "name"),
    [
        ("class", "c/1.png"),
        ("class/patient", "c/p/1.png"),
        ("patient/class", "p/c/1.png"),
        ("split/class", "train/c/1.png"),
        ("split/class/patient", "train/c/p/1.png"),
        ("split/patient/class", "train/p/c/1.png"),
        ("any/class/any/patient", "x/c/y/p/1.png"),
        ("class/...", "c/x/y/1.png"),
        ("class/patient/...", "c/p/40X/1.png"),
        (" Class/Patient/ ", "c/p/1.png"),
    ],
)
def test_each_folder_means_what_is_said(layout, name, tmp_path):
    second = name.replace("c/", "d/").replace("p/", "q/")
    build(tmp_path, name, second, name.replace("1.png", "2.png"))
    patients = ("p", "q") if "patient" in layout.lower() else ("", "")
    expected = {(name, "c", patients[0]), (second, "d", patients[1])}
    assert expected < set(facts(read_dataset(tmp_path, choice=Choice(layout))))


@pytest.mark.parametrize(
    "layout", ["", "patient", "class/class", "class/patient/patient", "class/slide", "class/*", "..."]
)
def test_other_words_are_refused(layout):
    with pytest.raises(DatasetError, match=r"a layout has the word class once.*as in class/patient"):
        parse_pattern(layout)


def test_a_pattern_is_written_as_it_is_said():
    for text in ("class", "class/patient", "split/class/..."):
        assert str(parse_pattern(text)) == text
    pattern = parse_pattern("patient/class/...")
    assert pattern.fits(("p", "c")) and pattern.fits(("p", "c", "x")) and not pattern.fits(("p",))
    assert (pattern.name_of(CLASS, ("p", "c")), pattern.name_of(PATIENT, ("p", "c"))) == ("c", "p")


def test_images_elsewhere_are_counted_and_a_class_without_images_is_an_error(tmp_path):
    build(tmp_path, "a/p/1.png", "b/q/2.png", "b/3.png", "b/q/deep/4.png")
    dataset = read_dataset(tmp_path, choice=Choice("class/patient"))
    assert str(dataset.notices[0]) == "not taken: 2 images outside class/patient/ (.png)"
    write(tmp_path / "c" / "r" / "5.svs", "x")
    with pytest.raises(DatasetError, match=r"c: 1 \.svs"):
        read_dataset(tmp_path, choice=Choice("class/patient"))


def test_a_patient_may_lack_a_class(tmp_path):
    build(tmp_path, "p/a/1.png", "q/b/2.png", "q/a/3.png")
    (tmp_path / "p" / "b").mkdir()
    assert len(read_pattern(Tree(tmp_path), parse_pattern("patient/class")).samples) == 3


def test_no_images_there_are_refused(folder):
    with pytest.raises(DatasetError, match="has no images in class/patient/; a layout is said as in"):
        read_dataset(folder, choice=Choice("class/patient"))


def test_a_table_has_no_layout(folder):
    write(folder / "manifest.csv", "image,label", "benign/a.png,x", "cancer/d.png,y")
    with pytest.raises(DatasetError, match=r"is a table, which has no layout of folders; leave out --layout class"):
        read_dataset(folder, choice=Choice("class"))


def test_a_folder_called_unknown_is_no_patient(tmp_path):
    build(tmp_path, "a/unknown/1.png", "a/p/2.png", "b/NA/3.png", "b/q/4.png")
    dataset = read_dataset(tmp_path, choice=Choice("class/patient"))
    assert [sample.patient for sample in dataset.samples] == ["p", "", "", "q"]
    assert [notice.kind for notice in dataset.notices] == ["patient-is-a-word-for-unknown"]
    as_written = read_dataset(tmp_path, patients_as_written=True, choice=Choice("class/patient"))
    assert "unknown" in [sample.patient for sample in as_written.samples]
