from dataclasses import replace

import numpy as np
import pytest

from report.chapters.patients import patient_section, patients
from report.evaluation import Evaluation
from report.measures.leakage import find_leaks
from report.section import cell_text


@pytest.fixture
def parts(answered):
    """The sections on leaks among three images, all benign, of which the second is answered wrongly."""
    answers = answered(np.zeros(3, bool), np.array([0.1, 0.9, 0.1]))
    answers = replace(answers, images=np.array(["a", "b", "c"]), fold=np.array([1, 2, 2]))

    def sections(leaks, names=("p", "q", "q")):
        some = replace(answers, patients=np.array(names))
        first, *others = patients(Evaluation.of(some, leaks=leaks)).sections
        assert first.title == "Patients"
        return [replace(part, cells=part.cells.map(cell_text)) for part in others]

    return sections


def leaks_among(names, fold=(1, 2, 2), **more):
    return find_leaks(["a", "b", "c"], np.array(fold), names, **more)


def test_leaks_are_counted_shared_out_and_listed(parts):
    leaks = leaks_among(["p", "p", ""], hashes=["0" * 16, "f" * 16, "f" * 16])
    summary, listed, accuracy = parts(leaks, ["p", "p", ""])
    assert summary.cells.loc["same patient"].to_list() == ["2", "2", "100.0"]
    assert summary.cells.loc["same file"].to_list() == ["0", "0", "–"]
    assert summary.cells.loc["near-duplicate"].to_list() == ["3", "0", "0.0"]
    assert "2 test images have" in summary.sentence and "want of data: same file." in summary.sentence
    assert listed.at_length and listed.cells.index.to_list() == ["a", "b"]
    assert listed.cells["of"].to_list() == ["b", "a"]
    assert accuracy.at_length and accuracy.cells["images"].to_dict() == {
        "in a leaked pair": "2", "none known, patient unknown": "1"
    }  # fmt: skip
    assert accuracy.cells["accuracy %"].str.split().str[0].to_list() == ["50.0", "100.0"]
    assert accuracy.cells["patients"].to_list() == ["1", "–"]


def test_no_leak_is_said_and_nothing_listed(parts):
    (summary,) = parts(leaks_among(["p", "q", "q"]))
    assert summary.sentence.startswith("No test image is known to have") and "too good" not in summary.sentence
    assert parts(None) == []


def test_a_patient_level_split_stands_beside_folds_that_split_patients(parts):
    leaks = leaks_among(["p", "p", ""])
    counts = leaks_among(["p", "p", ""], fold=(1, 1, 2)).summary["leaked"]
    part = parts(replace(leaks, patient_level=counts))[0]
    assert part.cells["patient-level split"].to_list() == ["0", "0", "0", "0"]
    assert "2 of the 2 test images whose patient is known" in part.sentence and "0 of 2 would" in part.sentence
    assert "these predictions cannot show" in part.sentence
    assert "cannot be shown beside it: too few." in parts(replace(leaks, why_no_split="too few"))[0].sentence


def test_what_unknown_patients_may_hide_is_said(parts):
    (alone,) = parts(leaks_among(["p", "q", ""]))
    assert "The patient of 1 images is unknown; any of them may" in alone.sentence
    (trained,) = parts(leaks_among(["p", "q", ""], tested=np.array([True, True, False])))
    assert "1 images of unknown patients were always trained on and never tested" in trained.sentence
    (known,) = parts(leaks_among(["p", "q", "q"]))
    assert "unknown" not in known.sentence


def test_patients_are_shown_or_left_out(cohort):
    part = patient_section(Evaluation.of(cohort()))
    assert len(part.cells) == 20 and part.cells["right"].map(str).str.fullmatch(r"\d of 5").all()
    assert part.sentence.startswith("20 known patients")
    assert patient_section(Evaluation.of(replace(cohort(), patients=None))).cells is None


def test_patients_spelled_otherwise_have_a_row_and_a_sentence_of_their_own(parts):
    (summary,) = parts(leaks_among(["001", "1", "q"]), ("001", "1", "q"))
    assert "2 test images are of patients who may be in training under another spelling" in summary.sentence
    assert "may be one patient: '001' and '1'" in summary.sentence
    assert summary.cells.loc["perhaps same patient", ["known", "leaked"]].to_list() == ["3", "2"]
    assert summary.cells.loc["any", "leaked"] == "0"
    (none,) = parts(leaks_among(["p", "q", "q"]))
    assert "perhaps same patient" not in none.cells.index and "spelling" not in none.sentence
