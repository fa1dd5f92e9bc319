"""Folds hold every image once, keep classes level and patients whole, and say why where they cannot."""

from collections import Counter

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from cohort.folds import (
    POLICIES,
    TRAIN_ONLY,
    FoldError,
    check_folds,
    groups_of,
    held_out_folds,
    lacking_classes,
    make_folds,
)

IMAGES = [f"{name}{number:02d}.tif" for name in "abcd" for number in range(23)]
LABELS = np.repeat(["normal", "benign", "insitu", "invasive"], 23)
PATIENTS = [
    f"p{number % 30}" if number % 3 else "" for number in range(92)
]  # a third unknown, patients of many classes


def test_every_image_has_one_fold_and_classes_are_level():
    fold = make_folds(IMAGES, LABELS, None, folds=5, seed=0)
    assert fold.shape == (92,)
    assert set(fold) == {1, 2, 3, 4, 5}
    for name in set(LABELS):
        counts = Counter(fold[name == LABELS]).values()
        assert max(counts) - min(counts) <= 1


def test_patients_are_never_split():
    fold = make_folds(IMAGES, LABELS, PATIENTS, folds=5, seed=0)
    homes = {(patient, number) for patient, number in zip(PATIENTS, fold, strict=True) if patient}
    assert len(homes) == len(set(PATIENTS) - {""})
    assert set(fold) == {1, 2, 3, 4, 5}
    assert not lacking_classes(LABELS, fold)


@pytest.mark.parametrize("patients", [None, PATIENTS])
@pytest.mark.parametrize("shuffle_seed", range(3))
def test_order_of_images_does_not_matter(patients, shuffle_seed):
    order = np.random.default_rng(shuffle_seed).permutation(92)
    fold = make_folds(IMAGES, LABELS, patients, folds=4, seed=3)
    patients = None if patients is None else [patients[i] for i in order]
    shuffled = make_folds([IMAGES[i] for i in order], LABELS[order], patients, folds=4, seed=3)
    assert_array_equal(shuffled, fold[order])


@pytest.mark.parametrize("patients", [None, PATIENTS])
def test_seeds_differ_and_a_seed_repeats(patients):
    splits = [make_folds(IMAGES, LABELS, patients, 5, seed) for seed in (0, 1, 0)]
    assert (splits[0] != splits[1]).any()
    assert_array_equal(splits[0], splits[2])


def test_unknown_patients_are_groups_of_their_own():
    assert_array_equal(make_folds(IMAGES, LABELS, [""] * 92, 5, 0), make_folds(IMAGES, LABELS, None, 5, 0))


def test_a_patient_named_like_an_image_is_not_that_image():
    patients = [""] * 92
    patients[1] = patients[2] = IMAGES[0]
    split = {tuple(make_folds(IMAGES, LABELS, patients, 5, seed)[:2]) for seed in range(10)}
    assert any(first != second for first, second in split)


UNKNOWN = np.array(PATIENTS) == ""


def test_train_only_never_holds_out_an_unknown_patient_and_tests_all_others():
    fold = make_folds(IMAGES, LABELS, PATIENTS, 5, 0, "train-only")
    assert_array_equal(fold == TRAIN_ONLY, UNKNOWN)
    assert held_out_folds(fold) == [1, 2, 3, 4, 5]
    known = [patient for patient in PATIENTS if patient]
    assert len(set(zip(known, fold[~UNKNOWN], strict=True))) == len(set(known))


def test_one_group_holds_all_unknown_patients_out_together():
    fold = make_folds(IMAGES, LABELS, PATIENTS, 3, 0, "one-group")
    assert len(set(fold[UNKNOWN])) == 1 and held_out_folds(fold) == [1, 2, 3]
    assert len(set(groups_of(IMAGES, PATIENTS, "one-group")[UNKNOWN])) == 1


@pytest.mark.parametrize("unknown", POLICIES)
def test_under_every_policy_no_patient_is_split_and_order_does_not_matter(unknown):
    order = np.random.default_rng(1).permutation(92)
    fold = make_folds(IMAGES, LABELS, PATIENTS, 3, 0, unknown)
    check_folds(IMAGES, LABELS, PATIENTS, fold, unknown)
    shuffled = [IMAGES[i] for i in order], LABELS[order], [PATIENTS[i] for i in order]
    assert_array_equal(make_folds(*shuffled, 3, 0, unknown), fold[order])


@pytest.mark.parametrize("unknown", POLICIES)
def test_where_all_patients_are_known_the_policies_agree(unknown):
    patients = [f"p{number % 30}" for number in range(92)]
    fold = make_folds(IMAGES, LABELS, patients, 4, 0, unknown)
    assert_array_equal(fold, make_folds(IMAGES, LABELS, patients, 4, 0))


def test_a_policy_that_cannot_be_followed_says_why():
    for patients, unknown, match in (
        (None, "train-only", "train-only is a policy .* patients are ignored; use own"),
        ([""] * 92, "one-group", "no patient is known; use own"),
        (PATIENTS, "drop", "known: own, train-only, one-group"),
        (
            np.where(LABELS == "benign", "", PATIENTS),
            "train-only",
            "'benign' are of unknown patients, so that .* never",
        ),
        (np.where(LABELS == "benign", "", PATIENTS), "own", None),
        (np.where(LABELS == "benign", "", "p"), "one-group", "'benign' belong to unknown patients"),
        ([*PATIENTS[:3], *[""] * 20, *PATIENTS[23:]], "train-only", "the patient of each known, and .*'normal' has 2"),
    ):
        if match is None:
            make_folds(IMAGES, LABELS, patients, 3, 0, unknown)
        else:
            with pytest.raises(FoldError, match=match):
                make_folds(IMAGES, LABELS, patients, 3, 0, unknown)


def test_given_folds_must_follow_the_policy():
    fold = make_folds(IMAGES, LABELS, PATIENTS, 3, 0)
    with pytest.raises(FoldError, match="unknown patients must share a fold, as one group; they lie in 3"):
        check_folds(IMAGES, LABELS, PATIENTS, fold, "one-group")
    with pytest.raises(FoldError, match="trained on only, and so their fold must be 0"):
        check_folds(IMAGES, LABELS, PATIENTS, fold, "train-only")
    check_folds(IMAGES, LABELS, PATIENTS, np.where(UNKNOWN, TRAIN_ONLY, fold), "train-only")
    with pytest.raises(FoldError, match="numbered from 1"):
        check_folds(IMAGES, LABELS, PATIENTS, np.where(UNKNOWN, TRAIN_ONLY, fold), "own")


def few_patients(**counts):
    """Images, labels and patients from how many images of classes a and b each patient has."""
    rows = [(name, patient) for patient, (a, b) in counts.items() for name in "a" * a + "b" * b]
    return [f"{number:02d}" for number in range(len(rows))], [name for name, _ in rows], [who for _, who in rows]


def test_an_unlucky_split_is_drawn_again(monkeypatch):
    images, labels, patients = few_patients(x=(3, 2), y=(2, 0), z=(2, 0), w=(0, 1))
    splits = []
    monkeypatch.setattr("cohort.folds.TRIES", 1)
    for seed in range(20):
        try:
            splits.append(make_folds(images, labels, patients, 3, seed))
        except FoldError as error:
            assert "none of 1 splits" in str(error)
    assert 0 < len(splits) < 20
    monkeypatch.undo()
    for seed in range(20):
        assert not lacking_classes(labels, make_folds(images, labels, patients, 3, seed))


def test_when_no_draw_helps_it_says_so():
    images, labels, patients = few_patients(x=(5, 2), y=(1, 2), z=(0, 4))
    with pytest.raises(FoldError, match=r"none of 100 splits into 2 folds .*, or ignore the patients"):
        make_folds(images, labels, patients, 2, seed=0)


def refused(match, images=IMAGES, labels=LABELS, patients=None, folds=5):
    with pytest.raises(FoldError, match=match):
        make_folds(images, labels, patients, folds, seed=0)


def test_impossible_folds_are_refused():
    refused("24 images of every class, and 'benign' has 23, 'insitu' has 23, .*; use fewer folds, 23 at most", folds=24)
    refused("'x' has 1; one image cannot be both .*, or add images, or leave", labels=["x", *["y"] * 91], folds=2)
    refused("at least 2 folds", folds=1)
    refused("need 5 patients, and there are 3", patients=[f"p{i % 3}" for i in range(92)])
    refused("all images of 'benign' belong to patient p", patients=["p" if name == "benign" else "" for name in LABELS])
    refused("named again: a00.tif", images=[IMAGES[0], *IMAGES[:-1]])
    refused("92 images, 3 labels", labels=LABELS[:3])
    refused("must be text", patients=[float("nan")] * 92)
    refused("must be text", images=[name.encode() for name in IMAGES])


@pytest.mark.parametrize("seed", [-1, 1 << 32, 10**20])
def test_a_seed_that_scikit_learn_cannot_take_is_refused(seed):
    with pytest.raises(FoldError, match=r"seed of the folds must lie in 0\.\.4294967295; got .*; use a smaller"):
        make_folds(IMAGES, LABELS, None, 5, seed)


def test_given_folds_are_checked():
    fold = make_folds(IMAGES, LABELS, None, 5, 0)
    check_folds(IMAGES, LABELS, None, fold)
    for match, arguments in {
        "a patient's images must share a fold; split: p1": (IMAGES, LABELS, PATIENTS, fold),
        "named again: a00.tif": ([IMAGES[0], *IMAGES[:-1]], LABELS, None, fold),
        "at least 2 folds": (IMAGES, LABELS, None, np.ones(92, int)),
        "numbered from 1": (IMAGES, LABELS, None, fold - 1),
        "without fold 1 no image of benign is left": (IMAGES, LABELS, None, np.where(LABELS == "benign", 1, 2)),
    }.items():
        with pytest.raises(FoldError, match=match):
            check_folds(*arguments)
