from dataclasses import replace

import numpy as np

from report.leaks import find_leaks
from report.whose import leak_sections, patient_section


def test_leaks_are_counted_shared_out_and_listed():
    leaks = find_leaks(["a", "b", "c"], np.array([1, 2, 2]), ["p", "p", ""], hashes=["0" * 16, "f" * 16, "f" * 16])
    summary, listed = leak_sections(leaks)
    assert summary.cells.loc["same patient"].to_list() == ["2", "2", "100.0"]
    assert summary.cells.loc["same file"].to_list() == ["0", "0", "–"]
    assert summary.cells.loc["near-duplicate"].to_list() == ["3", "0", "0.0"]
    assert "2 test images have" in summary.sentence and "want of data: same file." in summary.sentence
    assert listed.at_length and listed.cells.index.to_list() == ["a", "b"]
    assert listed.cells["of"].to_list() == ["b", "a"]


def test_no_leak_is_said_and_nothing_listed():
    (summary,) = leak_sections(find_leaks(["a", "b"], np.array([1, 2]), ["p", "q"]))
    assert summary.sentence.startswith("No test image is known to have") and "too good" not in summary.sentence
    assert leak_sections(None) == []


def test_folds_by_patient_stand_beside_folds_that_split_patients():
    leaks = find_leaks(["a", "b", "c"], np.array([1, 2, 2]), ["p", "p", ""])
    counts = find_leaks(["a", "b", "c"], np.array([1, 1, 2]), ["p", "p", ""]).summary["leaked"]
    part = leak_sections(replace(leaks, by_patient=counts))[0]
    assert part.cells["in folds by patient"].to_list() == ["0", "0", "0", "0"]
    assert "2 of the 2 test images whose patient is known" in part.sentence and "0 of 2 would" in part.sentence
    assert "cannot be shown beside it: too few." in leak_sections(replace(leaks, why_not="too few"))[0].sentence


def test_what_unknown_patients_may_hide_is_said():
    images, fold, patients = ["a", "b", "c"], np.array([1, 2, 2]), ["p", "q", ""]
    (alone,) = leak_sections(find_leaks(images, fold, patients))
    assert "The patient of 1 images is unknown; any of them may" in alone.sentence
    (trained,) = leak_sections(find_leaks(images, fold, patients, tested=np.array([True, True, False])))
    assert "1 images of unknown patients were always trained on and never tested" in trained.sentence
    (known,) = leak_sections(find_leaks(images, fold, ["p", "q", "q"]))
    assert "unknown" not in known.sentence


def test_patients_are_shown_or_left_out(cohort):
    part = patient_section(cohort())
    assert len(part.cells) == 20 and part.cells["right"].str.fullmatch(r"\d of 5").all()
    assert part.sentence.startswith("20 known patients")
    assert patient_section(replace(cohort(), patients=None)).cells is None
