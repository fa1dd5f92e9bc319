from itertools import product

import numpy as np
import pandas as pd
import pytest

from report.measures.leakage import KINDS, LeakError, find_leaks

IMAGES, FOLD = ["a", "b", "c", "d"], np.array([1, 1, 2, 2])


def leaked(**columns):
    return find_leaks(IMAGES, FOLD, **columns).summary["leaked"].to_dict()


def test_the_published_folds_leak_138_of_145(shared):
    answers = pd.read_csv(shared / "iciar2018" / "published_cv.csv", dtype=str)
    known = pd.read_csv(shared / "iciar2018" / "patients.csv", dtype=str).set_index("image")["patient"]
    patients = answers["image"].map(known).fillna("")
    found = find_leaks(answers["image"], answers["fold"], patients)
    assert found.summary.loc["same patient"].to_list() == [145, 138]
    assert found.summary.loc["any"].to_list() == [145, 138]
    assert len(found.offenders) == 138


def test_only_the_other_folds_are_training_folds():
    assert leaked(patients=["p", "p", "", ""])["same patient"] == 0
    assert leaked(patients=["p", "", "p", ""])["same patient"] == 2
    assert leaked(patients=["p", "p", "p", "q"])["same patient"] == 3


def test_an_image_that_is_trained_on_only_makes_pairs_and_is_in_none_itself():
    found = find_leaks(IMAGES, np.array([1, 2, 0, 0]), files=["x", "", "x", "x"], tested=np.array([1, 1, 0, 0]))
    assert found.summary.loc["same file"].to_list() == [1, 1]
    assert found.offenders[["image", "of", "pairs"]].to_numpy().tolist() == [["a", "c", 2]]
    assert (found.trained_only, found.unknown) == (2, 4)


@pytest.mark.parametrize("other", ["1", "1.0", "01", "\uff10\uff10\uff11", " 001", "001\u200b"])
def test_a_patient_who_may_be_in_training_under_another_spelling_is_counted_apart(other):
    found = find_leaks(IMAGES, FOLD, ["001", "q", other, "r"])
    assert (found.spelled_otherwise, found.spellings) == (2, (tuple(sorted(("001", other))),))
    assert found.summary["leaked"].sum() == 0 and found.offenders.empty


def test_only_training_images_of_another_spelling_count():
    def counted(*patients, **options):
        return find_leaks(IMAGES, FOLD, patients, **options).spelled_otherwise

    assert counted("001", "1", "q", "r") == 0  # both in one fold
    assert counted("001", "001", "001", "1") == 3 and counted("1", "1", "1", "1") == 0
    assert counted("001", "", "1", "", tested=np.array([1, 1, 0, 1])) == 1
    assert counted("TCGA-A1-A0SK-01Z", "", "TCGA-A1-A0SK-11A", "TCGA-A1-A0SM") == 2


def test_of_one_fold_nothing_is_known_for_its_training_images_are_not_there():
    facts = {"patients": ["p", "p", "q", ""], "files": ["x", "x", "y", "z"], "hashes": ["0" * 16] * 4}
    found = find_leaks(IMAGES, np.ones(4), **facts)
    assert found.not_known == "the training images are not in this table"
    assert found.summary.to_numpy().sum() == 0 and len(found.offenders) == 0
    assert find_leaks(IMAGES, FOLD, **facts).not_known == ""
    trained_on_too = find_leaks(IMAGES, np.array([1, 1, 1, 0]), tested=np.array([1, 1, 1, 0]), **facts)
    assert trained_on_too.not_known == "" and trained_on_too.summary["known"]["same patient"] == 3


def test_unknown_makes_no_pair():
    found = find_leaks(IMAGES, FOLD, ["", "", "", ""], ["x", "", "", "x"])
    assert found.summary["known"].to_dict() == {"same patient": 0, "same file": 2, "near-duplicate": 0, "any": 2}
    assert found.summary["leaked"].to_dict() == {"same patient": 0, "same file": 2, "near-duplicate": 0, "any": 2}
    assert leaked() == dict.fromkeys(["same patient", "same file", "near-duplicate", "any"], 0)


@pytest.mark.parametrize("bits", [0, 6, 8])
def test_near_duplicates_differ_in_at_most_so_many_bits(bits):
    hashes = [f"{0:016x}", "f" * 16, f"{2**bits - 1:016x}", ""]
    assert leaked(hashes=hashes, limit=bits)["near-duplicate"] == 2
    assert bits == 0 or leaked(hashes=hashes, limit=bits - 1)["near-duplicate"] == 0


def test_offenders_are_named_with_their_pairs():
    found = find_leaks(IMAGES, FOLD, ["p", "p", "p", "q"], ["", "x", "", "x"])
    assert found.offenders.to_dict("records") == [
        {"image": "a", "fold": 1, "kind": "same patient", "of": "c", "pairs": 1},
        {"image": "b", "fold": 1, "kind": "same patient", "of": "c", "pairs": 1},
        {"image": "c", "fold": 2, "kind": "same patient", "of": "a", "pairs": 2},
        {"image": "b", "fold": 1, "kind": "same file", "of": "d", "pairs": 1},
        {"image": "d", "fold": 2, "kind": "same file", "of": "b", "pairs": 1},
    ]


def test_the_order_of_the_images_does_not_matter():
    rng = np.random.default_rng(0)
    images, fold, patients = [f"i{k:02d}" for k in range(50)], rng.integers(1, 4, 50), rng.choice(["", "p", "q"], 50)
    turn = rng.permutation(50)
    one, other = find_leaks(images, fold, patients), find_leaks(np.array(images)[turn], fold[turn], patients[turn])
    pd.testing.assert_frame_equal(one.summary, other.summary)
    pd.testing.assert_frame_equal(one.offenders, other.offenders)


def slow_pairs(images, fold, patients, files, hashes, limit, tested):
    """Each image with each: the pairs of every kind as (n, n) bool."""
    numbers = [int(text, 16) if text else None for text in hashes]
    pairs = {kind: np.zeros((len(images), len(images)), dtype=bool) for kind in KINDS}
    for i, j in product(range(len(images)), repeat=2):
        if fold[i] == fold[j] or not tested[i]:
            continue
        pairs["same patient"][i, j] = patients[i] == patients[j] != ""
        pairs["same file"][i, j] = files[i] == files[j] != ""
        known = numbers[i] is not None and numbers[j] is not None
        pairs["near-duplicate"][i, j] = known and (numbers[i] ^ numbers[j]).bit_count() <= limit
    return pairs


@pytest.mark.parametrize("seed", range(6))
def test_it_finds_what_comparing_each_with_each_finds(seed):
    rng = np.random.default_rng(seed)
    n, limit = 90, int(rng.choice([0, 3, 8]))
    images = rng.permutation([f"i{k:02d}" for k in range(n)])
    fold, tested = rng.integers(0, 4, n), rng.random(n) < 0.8
    patients, files = rng.choice(["", "p", "q", "r"], n), rng.choice(["", *map(str, range(60))], n)
    numbers = rng.integers(0, 2**63, 8)[rng.integers(0, 8, n)]
    for _ in range(6):  # bits turned about, so that distances around the limit occur
        numbers ^= np.where(rng.random(n) < 0.7, 1 << rng.integers(0, 63, n), 0)
    hashes = np.where(rng.random(n) < 0.1, "", [f"{number:016x}" for number in numbers.tolist()])
    found = find_leaks(images, fold, patients, files, hashes, limit, tested)
    wanted = slow_pairs(images, fold, patients, files, hashes, limit, tested)
    for kind, pairs in wanted.items():
        assert found.summary.loc[kind, "leaked"] == pairs.any(axis=1).sum()
        of_kind = found.offenders[found.offenders["kind"] == kind].set_index("image")
        for image, row in zip(images, pairs, strict=True):
            assert (image in of_kind.index) == row.any()
            if row.any():
                assert of_kind.loc[image, "pairs"] == row.sum() and of_kind.loc[image, "of"] == min(images[row])
    assert found.summary.loc["any", "leaked"] == np.any(list(wanted.values()), axis=0).any(axis=1).sum()


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"patients": ["p"]}, "got 4 images and 1 patients"),
        ({"hashes": ["0", "", "", ""]}, "16 hexadecimal digits, or empty where unknown; got '0'"),
        ({"hashes": ["g" * 16, "", "", ""]}, "16 hexadecimal digits"),
    ],
)
def test_wrong_columns_are_refused(columns, says):
    with pytest.raises(LeakError, match=says):
        leaked(**columns)
