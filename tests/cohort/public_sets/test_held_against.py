"""Laws of public sets: known by their names alone, held against what was published, and told once."""

from pathlib import Path

import pytest

from cohort.public_sets import held_against
from cohort.public_sets.held_against import public_notices, told_by
from cohort.public_sets.known_sets import PUBLIC_SETS
from cohort.public_sets.public_set import Part
from cohort.read_dataset import read_dataset
from cohort.samples import Sample
from tests.cohort.slides import draw

KAGGLE = "f38a6374c348f90b587e046aac6079959adf3835"


def sample(name, label="x"):
    return Sample(name, Path(name), label)


@pytest.mark.parametrize(
    ("name", "label", "told"),
    [
        ("ADI/ADI-AAAFLCLY.tif", "ADI", ("nct-crc", "NCT-CRC-HE-100K", "ADI")),
        ("TUM-TCGA-CVATFAAT.tif", "tumour", ("nct-crc", "CRC-VAL-HE-7K", "TUM")),
        ("0/pcam-valid-000123.png", "0", ("pcam", "pcam-valid", "")),
        (f"train/{KAGGLE}.tif", "1", ("pcam-kaggle", "train", "1")),
        ("10253_idx5_x1351_y1101_class0.png", "0", ("idc", "IDC_regular_ps50_idx5", "0")),
        ("SOB_B_A-14-22549AB-100-001.png", "benign", ("breakhis", "100x", "adenosis")),
    ],
)
def test_names_tell_set_part_and_class(name, label, told):
    assert told_by(sample(name, label)) == told
    [notice] = public_notices([sample(name, label)])
    assert notice.kind == "public-set" and notice.startswith(f"{told[0]} ({told[1]}): 1 of the ")
    assert f"patients: {PUBLIC_SETS[told[0]].patients}; split: " in notice


@pytest.mark.parametrize("name", ["ADI-AAAM0.tif", "a1.tif", "n001.tif", "OTHER-AAAFLCLY.tif", f"{KAGGLE}.png"])
def test_other_names_are_no_public_set(name):
    assert told_by(sample(name)) is None and public_notices([sample("ADI-AAAFLCLY.tif"), sample(name)]) == []
    assert public_notices([]) == []


def test_two_sets_in_one_are_none():
    assert public_notices([sample("ADI-AAAFLCLY.tif"), sample("pcam-test-000001.png")]) == []


@pytest.fixture
def small_set(monkeypatch):
    """A set of which three images are published."""
    from dataclasses import replace

    known = replace(PUBLIC_SETS["nct-crc"], parts=(Part("NCT-CRC-HE-100K", {"ADI": 2, "TUM": 1}, "to learn from"),))
    monkeypatch.setitem(held_against.PUBLIC_SETS, "nct-crc", known)


def test_all_a_part_and_too_many(small_set):
    tiles = [sample(f"{name}.tif") for name in ("ADI-AAAAAAAA", "ADI-AAAAAAAB", "TUM-AAAAAAAA")]
    [all_of_it] = public_notices(tiles)
    assert all_of_it.startswith("nct-crc (NCT-CRC-HE-100K): all 3 images, as published; patients: ")
    [a_part] = public_notices(tiles[1:])
    assert "2 of the 3 published images, which is fine where a part is meant (class ADI: 1 of 2)" in a_part
    note, warning = public_notices([*tiles, sample("TUM-AAAAAAAB.tif")])
    assert warning.kind == "public-set-counts" and "NCT-CRC-HE-100K TUM 2, published 1" in warning
    assert "4 of the 3" in note


def test_who_reads_a_set_is_told(tmp_path):
    for tissue in ("ADI", "BACK", "DEB", "LYM", "MUC", "MUS", "NORM", "STR", "TUM"):
        draw(tmp_path / tissue / f"{tissue}-AAAAAAAA.tif")
    notices = [notice for notice in read_dataset(tmp_path).notices if notice.kind == "public-set"]
    assert len(notices) == 1 and "9 of the 100,000 published images" in notices[0]
