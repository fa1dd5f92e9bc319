"""Laws of a data set: it says what it holds, and it cannot lose a class."""

from dataclasses import replace
from pathlib import Path

import pytest

from cohort.checks.notices import Notice
from cohort.samples import Dataset, DatasetError, Sample, require_classes


def dataset(*patients):
    """Four images, two of each class."""
    names = ("a/1", "a/2", "b/1", "b/2")
    samples = [Sample(name, Path(name), name[0], patient) for name, patient in zip(names, patients, strict=True)]
    return Dataset("set", ("a", "b"), tuple(samples))


@pytest.mark.parametrize(
    ("patients", "end"),
    [
        (("", "", "", ""), "no known patients"),
        (("p", "p", "q", "q"), "2 known patients"),
        (("p", "p", "q", ""), "2 known patients, 1 images of unknown patients"),
    ],
)
def test_the_summary_counts_images_and_patients(patients, end):
    assert dataset(*patients).summary() == f"set: 4 images (2 a, 2 b), {end}"


def test_doubtful_labels_and_patients_are_warned_of():
    small, spelled = dataset("P 1", "p1", "q", "q").warnings()[:2]
    assert (
        "classes with fewer than 10 images: 'a' 2, 'b' 2" in small and "may be one patient: 'P 1' and 'p1'" in spelled
    )


def test_a_thousand_classes_are_summed_up_in_a_line():
    names = [f"class{number:04d}" for number in range(1000)]
    samples = tuple(Sample(name, Path(name), name) for name in names)
    summary = Dataset("set", tuple(names), samples).summary()
    assert summary.startswith("set: 1000 images (1 class0000, 1 class0001,") and "and 990 more" in summary


def test_what_was_noticed_while_reading_is_told_first():
    seen = Notice("patients-unknown", "seen")
    noticed = replace(dataset("p", "p", "q", "r"), notices=(seen,))
    assert noticed.warnings() == [seen, *dataset("p", "p", "q", "r").warnings()]


def test_images_are_left_out_but_never_a_class():
    whole = dataset("", "", "", "")
    assert [sample.name for sample in whole.without(["a/1", "x"]).samples] == ["a/2", "b/1", "b/2"]
    assert whole.without([]) == whole
    with pytest.raises(DatasetError, match=r"1 classes have no image left .* repair some of theirs:\n  a"):
        whole.without(["a/1", "a/2"])


@pytest.mark.parametrize(("classes", "content"), [((), "no images"), (("a",), r"only one class \(a\)")])
def test_fewer_than_two_classes_are_refused(classes, content):
    require_classes("set", ("a", "b"))
    with pytest.raises(DatasetError, match=f"set has {content}; a classifier needs two classes or more"):
        require_classes("set", classes)


def test_a_class_for_each_image_is_refused_in_one_sentence():
    names = [f"img{number}" for number in range(5_000)]
    with pytest.raises(
        DatasetError, match=r"as many classes as images \(5,000\), such as img0, .* and 4997 more"
    ) as error:
        require_classes("set", names, 5_000)
    assert len(str(error.value)) < 250
    require_classes("set", names, 10_000)
    require_classes("set", ("a", "b"), 2)


def test_a_summary_of_thousands_of_classes_is_one_line():
    names = [f"img{number}" for number in range(5_000)]
    samples = tuple(Sample(name, Path(name), name) for name in names)
    summary = Dataset("set", tuple(names), samples).summary()
    assert "and 4990 more" in summary and len(summary) < 250
