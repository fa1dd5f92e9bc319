"""Folds hold every image once, keep classes level and patients whole, and say why where they cannot."""

from collections import Counter
from time import perf_counter

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from boost.folds import FoldError, check_folds, lacking_classes, make_folds, read_folds, write_folds

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


def few_patients(**counts):
    """Images, labels and patients from how many images of classes a and b each patient has."""
    rows = [(name, patient) for patient, (a, b) in counts.items() for name in "a" * a + "b" * b]
    return [f"{number:02d}" for number in range(len(rows))], [name for name, _ in rows], [who for _, who in rows]


def test_an_unlucky_split_is_drawn_again(monkeypatch):
    images, labels, patients = few_patients(x=(3, 2), y=(2, 0), z=(2, 0), w=(0, 1))
    splits = []
    monkeypatch.setattr("boost.folds.TRIES", 1)
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


def test_folds_survive_the_file(tmp_path):
    fold = make_folds(IMAGES, LABELS, None, 5, 0)
    write_folds(tmp_path / "deep" / "folds.csv", IMAGES, fold)
    assert_array_equal(read_folds(tmp_path / "deep" / "folds.csv", IMAGES[::-1]), fold[::-1])
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["folds.csv"]


def test_other_columns_and_rows_are_passed_over(tmp_path):
    (tmp_path / "f.csv").write_text("label,image,fold\nx,NA,10\ny,b.tif,3\nz,other.tif,1\n")
    assert_array_equal(read_folds(tmp_path / "f.csv", ["b.tif", "NA"]), [3, 10])


NESTED = ["x/a.png", "x/b.png", "y/a.png"]


@pytest.mark.parametrize(
    "rows",
    [
        "x/a.png,1 b.png,2 y/a.png,3",
        "data/x/a.png,1 /home/x/b.png,2 data/y/a.png,3",
        "x/a.png,1 b.png,2 x/b.png,2 y/a.png,3 other.png,9",
    ],
)
@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_images_may_be_named_with_more_or_less_of_their_folders(rows, mark, encoding, tmp_path):
    text = "\n".join(["image,fold", *rows.split()]).replace(",", mark)
    (tmp_path / "f.csv").write_text(text, encoding=encoding)
    assert_array_equal(read_folds(tmp_path / "f.csv", NESTED), [1, 2, 3])


def test_accents_match_however_they_are_stored(tmp_path):
    (tmp_path / "f.csv").write_text("image,fold\ne\u0301.png,1\n", encoding="utf-8")
    assert_array_equal(read_folds(tmp_path / "f.csv", ["x/\u00e9.png"]), [1])


@pytest.mark.parametrize(
    ("rows", "match"),
    [
        ("a.png,1 x/b.png,2", "row a.png fits several images: x/a.png, y/a.png; write their folders"),
        ("x/a.png,1 y/a.png,1 b.png,1 x/b.png,2", "x/b.png has two, the other by x/b.png; keep the right"),
        ("x/a.png,1 z/b.png,1 y/a.png,1", "missing: x/b.png; add their rows"),
        ("x/a.png,1,1 x/b.png,1,1 y/a.png,1,1", "more cells than there are columns"),
    ],
)
def test_unclear_rows_are_refused(rows, match, tmp_path):
    (tmp_path / "f.csv").write_text("\n".join(["image,fold", *rows.split()]))
    with pytest.raises(FoldError, match=match):
        read_folds(tmp_path / "f.csv", NESTED)


def test_ten_thousand_rows_find_their_images_at_once(tmp_path):
    images = [f"{n}/image.png" for n in range(10_000)]
    (tmp_path / "f.csv").write_text(
        "image,fold\n" + "".join(f"data/{image},{n % 5 + 1}\n" for n, image in enumerate(images))
    )
    started = perf_counter()
    assert_array_equal(read_folds(tmp_path / "f.csv", images), np.arange(10_000) % 5 + 1)
    assert perf_counter() - started < 5


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("image,fold\na,1\n", "missing: b, c"),
        ("image,fold\na,1\nb,2\nc,two\n", "whole number from 1; found 'two'"),
        ("image,fold\na,1\nb,2\nc,0\n", "whole number from 1; found '0'"),
        ("image,fold\na,1\nb,2\nc,\n", "whole number from 1; found ''"),
        ("image,fold\na,1\nb,2\nc,1\na,2\n", "named again: a"),
        ("name,fold\na,1\n", "columns image and fold; it has name, fold"),
        ("", r"cannot be read as a CSV table: .*; save it"),
        ('image,fold\n"a,1', r"cannot be read as a CSV table: .*; save it"),
    ],
)
def test_bad_files_are_refused(tmp_path, text, match):
    (tmp_path / "f.csv").write_text(text)
    with pytest.raises(FoldError, match=match):
        read_folds(tmp_path / "f.csv", ["a", "b", "c"])
