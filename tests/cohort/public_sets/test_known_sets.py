"""What is known of public sets adds up to what their documents say."""

import pytest

from cohort.layouts.breakhis import SUBTYPES, TUMOURS
from cohort.layouts.nct_crc import TISSUES
from cohort.public_sets.known_sets import PUBLIC_SETS, UnknownSetError, find_set


def test_counts_add_up_to_those_of_the_documents():
    images = {name: [part.images for part in known.parts] for name, known in PUBLIC_SETS.items()}
    assert images == {
        "nct-crc": [100_000, 7_180],
        "pcam": [262_144, 32_768, 32_768],
        "pcam-kaggle": [220_025],
        "idc": [277_524],
        "breakhis": [1_995, 2_081, 2_013, 1_820],
    }
    assert find_set("BreakHis").images == 7_909
    benign = ("adenosis", "fibroadenoma", "phyllodes_tumor", "tubular_adenoma")
    parts = find_set("breakhis").parts
    assert sum(part.counts[name] for part in parts for name in benign) == 2_480
    assert set(parts[0].counts) == set(SUBTYPES.values()) and len(TUMOURS) == 2
    assert [tuple(part.counts) for part in find_set("nct-crc").parts] == [TISSUES] * 2


@pytest.mark.parametrize("known", PUBLIC_SETS.values(), ids=PUBLIC_SETS)
def test_a_set_says_what_a_person_must_know(known):
    assert all([known.title, known.licence, known.citation, known.patients, known.split, known.counted_in, known.page])
    assert bool(known.files) != bool(known.by_hand) and bool(known.files) == bool(known.gigabytes)
    for file in known.files:
        assert file.url.startswith("http") and file.url.endswith(file.name)
        assert len(file.md5) in (0, 32) and len(file.sha256) in (0, 64)
    sizes = [file.size for file in known.files]
    if None not in sizes and sizes:
        assert sum(sizes) / 1e9 == pytest.approx(known.gigabytes, rel=0.01)


def test_another_name_is_refused_with_those_that_are_known():
    with pytest.raises(UnknownSetError, match="no public set is called 'mnist'; known: nct-crc, pcam"):
        find_set("mnist")


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("NCT-CRC-HE-100K", ["NCT-CRC-HE-100K.zip"]),
        ("crc-val-he-7k", ["CRC-VAL-HE-7K.zip"]),
        ("pcam-test", [f"camelyonpatch_level_2_split_test_{kind}" for kind in ("x.h5.gz", "y.h5.gz", "meta.csv")]),
        ("IDC_regular_ps50_idx5", ["IDC_regular_ps50_idx5.zip"]),
        ("40x", ["BreaKHis_v1.tar.gz"]),
    ],
)
def test_a_part_comes_with_its_own_files(name, files):
    known = find_set(name)
    assert [file.name for file in known.files] == files
    assert known.gigabytes > 0 and find_set(known.name).name == known.name
