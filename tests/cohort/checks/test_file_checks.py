"""Laws of the inspection: every file is looked at, the bad are told apart from the good, and copies are noticed."""

from dataclasses import replace

import pytest

from cohort.checks.file_checks import inspect_all
from cohort.read_dataset import read_dataset
from cohort.samples import DatasetError
from imaging import read as reading
from tests.cohort.slides import draw


def inspected(folder, **options):
    return inspect_all(read_dataset(folder).samples, **options)


def copy(folder, source, target):
    (folder / target).write_bytes((folder / source).read_bytes())


@pytest.mark.parametrize("jobs", [0, 1, 3])
def test_facts_of_all_images_in_their_order(jobs, folder):
    samples = read_dataset(folder).samples
    found = inspect_all(samples, jobs)
    assert list(found.facts) == [sample.name for sample in samples] and not found.refused and not found.warnings
    assert [(fact.height, fact.width, len(fact.phash)) for fact in found.require_all()] == [(8, 9, 16)] * 6
    assert inspect_all(samples[::-1], jobs).require_all() == found.require_all()[::-1]


def test_all_unreadable_files_are_listed_and_the_rest_is_not_lost(folder):
    (folder / "benign" / "b.png").write_text("no image")
    whole = (folder / "cancer" / "d.png").read_bytes()
    (folder / "cancer" / "d.png").write_bytes(whole[: len(whole) // 2])
    found = inspected(folder)
    assert list(found.refused) == ["benign/b.png", "cancer/d.png"]
    assert list(found.facts) == ["benign/a.png", "benign/c.png", "cancer/e.png", "cancer/f.png"]
    with pytest.raises(DatasetError, match=r"(?s)2 images cannot be used.*benign/b.png: not a .*cancer/d.png: not a "):
        found.require_all()


def test_the_rest_is_a_data_set(folder):
    (folder / "benign" / "b.png").write_text("no image")
    dataset = read_dataset(folder)
    rest = dataset.without(inspect_all(dataset.samples).refused)
    assert [sample.name for sample in rest.samples] == list(inspect_all(dataset.samples).facts)
    with pytest.raises(DatasetError, match=r"(?s)no image left.*repair some.*benign"):
        rest.without(["benign/a.png", "benign/c.png"])


def test_the_same_content_in_two_classes_is_refused_for_either_may_be_wrong(folder):
    copy(folder, "benign/a.png", "cancer/d.png")
    found = inspected(folder)
    said = "benign/a.png (benign) and cancer/d.png (cancer) are the same image; keep the one whose label is right"
    assert found.refused == {"benign/a.png": said, "cancer/d.png": said}
    assert not found.warnings


def test_the_same_content_in_one_class_is_a_warning(folder):
    copy(folder, "benign/a.png", "benign/b.png")
    found = inspected(folder)
    assert len(found.require_all()) == 6
    (warning,) = found.warnings
    assert "1 images are there more than once, count double, and may be both trained on and tested on" in warning
    assert "benign/a.png = benign/b.png" in warning


@pytest.mark.parametrize(("patients", "leaks"), [(("p", "p"), False), (("p", "q"), True), (("p", ""), True)])
def test_copies_of_one_patient_stay_in_one_fold(patients, leaks, folder):
    copy(folder, "benign/a.png", "benign/b.png")
    samples = list(read_dataset(folder).samples)
    samples[:2] = [replace(sample, patient=patient) for sample, patient in zip(samples[:2], patients, strict=True)]
    assert ("tested on" in inspect_all(samples).warnings[0]) == leaks


def test_files_of_known_content_are_not_decoded_again(folder, monkeypatch):
    found = inspected(folder)
    draw(folder / "cancer" / "e.png", colour=99)
    decoded = []
    read = reading.read_image
    monkeypatch.setattr(reading, "read_image", lambda path, content: decoded.append(path.name) or read(path, content))
    again = inspected(folder, known=found.facts)
    assert decoded == ["e.png"]
    assert {name for name in found.facts if found.facts[name] != again.facts[name]} == {"cancer/e.png"}
