"""Folds in a file come back as they were written, and rows that are unclear are refused in words."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from cohort.folds import FoldError, make_folds
from cohort.folds_file import read_folds, write_folds

IMAGES = [f"{name}{number:02d}.tif" for name in "abcd" for number in range(23)]
LABELS = np.repeat(["normal", "benign", "insitu", "invasive"], 23)


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
@pytest.mark.parametrize(("mark", "encoding"), [(",", "utf-8"), (";", "utf-8-sig"), ("\t", "utf-16")])
def test_images_may_be_named_with_more_or_less_of_their_folders(rows, mark, encoding, tmp_path):
    text = "\n".join([" image ,fold", *rows.split()]).replace(",", mark)
    (tmp_path / "f.csv").write_text(text, encoding=encoding)
    assert_array_equal(read_folds(tmp_path / "f.csv", NESTED), [1, 2, 3])


def test_accents_match_however_they_are_stored(tmp_path):
    (tmp_path / "f.csv").write_text("image,fold\ne\u0301.png,1\n", encoding="utf-8")
    assert_array_equal(read_folds(tmp_path / "f.csv", ["x/\u00e9.png"]), [1])


@pytest.mark.parametrize(
    ("rows", "match"),
    [
        ("a.png,1 x/b.png,2", r"fit several images; write their folders too:\n  a.png: x/a.png, y/a.png"),
        ("x/a.png,1 y/a.png,1 b.png,1 x/b.png,2", "x/b.png has two, the other by x/b.png; keep the right"),
        ("x/a.png,1 z/b.png,1 y/a.png,1", "missing: x/b.png; add their rows"),
        ("x/a.png,1,1 x/b.png,1,1 y/a.png,1,1", "more cells than there are columns"),
    ],
)
def test_unclear_rows_are_refused(rows, match, tmp_path):
    (tmp_path / "f.csv").write_text("\n".join(["image,fold", *rows.split()]))
    with pytest.raises(FoldError, match=match):
        read_folds(tmp_path / "f.csv", NESTED)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("image,fold\na,1\n", "missing: b, c"),
        ("image,fold\na,1\nb,2\nc,two\n", "whole number from 1; found 'two'"),
        ("image,fold\na,train\nb,test\nc,train\n", "found 'train', 'test'; number"),
        ("image,fold\na,1\nb,2\nc,1.5\n", "whole number from 1; found '1.5'"),
        ("image,fold\na,1\nb,2\nc,1234567890\n", "whole number from 1; found '1234567890'"),
        ("image,fold\na,1\nb,2\nc,-1\n", "whole number from 1; found '-1'"),
        ("image,fold\na,fold_1\nb,2\nc,3\n", "whole number from 1; found 'fold_1'"),
        ("image,split\na,train\nb,train\nc,test\n", "columns image and fold; it has image, split"),
        ("image,fold\na,1\nb,2\nc,\n", "whole number from 1; found ''"),
        ("image,fold\na,1\nb,2\nc,1\na,2\n", "named again: a"),
        ("picture,fold\na,1\n", "columns image and fold; it has picture, fold"),
        ("", "columns image and fold; it has none"),
        ("fold,image,Fold,fold\n1,a,1,1\n", r"columns of .* are there twice"),
        ('image,fold\n"a,1', r"cannot be read as a CSV table: .*close open quotes"),
    ],
)
def test_bad_files_are_refused(tmp_path, text, match):
    (tmp_path / "f.csv").write_text(text)
    with pytest.raises(FoldError, match=match):
        read_folds(tmp_path / "f.csv", ["a", "b", "c"])


@pytest.mark.parametrize(
    "written", ["1 2 10", "1.0 2.0 10.0", "fold_1 fold_2 fold_10", "Fold-1 fold-02 FOLD-10", "f1 f2 f10", "1 2. 10,0"]
)
def test_folds_are_read_however_they_are_written(tmp_path, written):
    rows = "\n".join(f"{image};{fold}" for image, fold in zip("abc", written.split(), strict=True))
    (tmp_path / "f.csv").write_text(f"File Name;Fold\n{rows}\n")
    notices = []
    assert_array_equal(read_folds(tmp_path / "f.csv", ["c", "a", "b"], warn=notices.extend), [10, 1, 2])
    assert notices == []


def test_folds_from_0_are_told_of_unless_0_is_expected(tmp_path):
    write_folds(tmp_path / "f.csv", ["a", "b", "c"], [0, 1, 2])
    notices = []
    assert_array_equal(read_folds(tmp_path / "f.csv", ["c", "a"], True, notices.extend), [2, 0])
    assert notices == []
    assert_array_equal(read_folds(tmp_path / "f.csv", ["c", "a"], warn=notices.extend), [3, 1])
    assert [notice.kind for notice in notices] == ["folds-from-0"] and "read as 1 to 3" in notices[0]
