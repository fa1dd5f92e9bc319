"""Laws of the names of patients: two names of one person are told in one sentence, others draw none."""

import pytest

from cohort.checks.patient_checks import patient_notices


def kinds(patients):
    return [notice.kind for notice in patient_notices(patients)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("001", "1"),
        ("7", "7.0"),
        ("1", "\uff11"),
        ("P1", "P1\u200b"),
        ("P-1", "P\u20111"),
        ("P-1", "P\u22121"),
        ("P1", "p1"),
        ("P 1", "P1"),
        ("P1", "\u04201"),
        ("7", "\u0667"),
    ],
)
def test_two_spellings_of_one_patient_are_named(one, other):
    (notice,) = patient_notices([one, other, one, other, "", "Q", "Q"])
    first, second = sorted((one, other))
    assert notice.kind == "patient-spelled-in-two-ways" and notice.level == "warning"
    assert notice.startswith(f"may be one patient: {first!r}") and f" and {second!r}" in notice


def test_many_spellings_are_one_sentence():
    patients = [f"{number:0{width}d}" for number in range(1, 500) for width in (1, 4)] * 2
    (notice,) = patient_notices(patients)
    assert notice.startswith("may be one patient: '0001' and '1'; '0002' and '2';") and "; and 494 more;" in notice
    assert len(notice) < 400


def test_other_patients_are_not_alike():
    assert kinds([f"{n // 10}-{n % 10}" if n % 2 else f"{n}" for n in range(24)] * 2) == []
    assert kinds([f"{site}.{n}" for site in range(1, 4) for n in range(40)] * 2) == []


def test_barcodes_of_one_participant_are_noted():
    barcodes = ["TCGA-A1-A0SK-01Z-00-DX1", "TCGA-A1-A0SK", "tcga-a1-a0sk", "TCGA-A1-A0SM"]
    spelled, notice = patient_notices(barcodes * 2)
    assert spelled.kind == "patient-spelled-in-two-ways" and "DX1" not in spelled
    assert (notice.kind, notice.level) == ("barcodes-of-one-participant", "note")
    assert "'TCGA-A1-A0SK' and 'TCGA-A1-A0SK-01Z-00-DX1'" in notice and "A0SM" not in notice
    assert kinds(["TCGA-A1-A0SK-01Z-00-DX1", "TCGA-A1-A0SK-01Z-00-DX2"] * 2) == ["barcodes-of-one-participant"]


def test_a_patient_called_unknown_is_noted():
    assert kinds(["NA", "NA", "P1", "P1"]) == ["patient-called-unknown"]


def test_one_image_for_each_patient_is_one_sentence():
    (notice,) = patient_notices([f"P{number}" for number in range(300)] + [""])
    assert notice.kind == "one-image-per-patient" and "each of the 300 images" in notice
    assert kinds(["P1", "P1", "P2"]) == kinds(["", ""]) == kinds(["P1"]) == kinds([]) == []
