from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cohort.layouts.iciar2018 import ICIAR_CLASSES
from cohort.predictions import PredictionsError
from report.binary import PositiveError
from report.evaluation import Evaluation
from report.measures.accuracy import confusion, table_1
from report.measures.thresholds import two_class
from report.published import is_published, read_published

PUBLISHED = Path(__file__).resolve().parents[3] / "shared" / "iciar2018" / "published_cv.csv"
there = pytest.mark.skipif(not PUBLISHED.exists(), reason="the published answers are not beside the repository")

SMALL = """image,label,fold,predicted,p_carcinoma
1,normal,1,normal,0.1
2,benign,1,insitu,0.6
3,insitu,2,insitu,0.7
4,invasive,2,invasive,0.9
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "published.csv"
    path.write_text(text)
    return path


@there
def test_table_1_is_the_published_one():
    row = table_1(read_published(PUBLISHED)).loc["fusion"]
    assert list(row.iloc[:10].round(6)) == [92.5, 82.5, 87.5, 87.5, 87.5, 90.0, 85.0, 87.5, 87.5, 85.0]
    assert list(row.index) == [*map(str, range(1, 11)), "mean", "std"]
    assert (round(row["mean"], 6), round(row["std"], 2)) == (87.25, 2.61)


@there
def test_the_confusion_matrix_is_the_published_one():
    counts = confusion(read_published(PUBLISHED))
    assert tuple(counts.index) == tuple(counts.columns) == ICIAR_CLASSES
    assert counts.to_numpy().tolist() == [[95, 5, 0, 0], [8, 81, 2, 9], [4, 5, 86, 5], [2, 3, 8, 87]]


@there
def test_the_two_class_numbers_are_the_published_ones():
    evaluation = Evaluation.of(read_published(PUBLISHED))
    result = evaluation.two_class
    assert (round(result.accuracy.mean(), 6), round(result.accuracy.std(ddof=0), 2)) == (93.75, 2.30)
    assert round(evaluation.overall["AUC"].value, 4) == 0.9734
    assert list(result.points.loc[0.33, ["sensitivity", "specificity"]].round(6)) == [96.5, 88.0]
    assert list(result.points.loc[0.50, ["sensitivity", "specificity"]].round(6)) == [93.0, 94.5]
    assert result.points.filter(like="missed").sum(axis=1).tolist() == [7, 14]


@there
def test_the_published_score_and_the_published_class_agree_at_one_half():
    answers = read_published(PUBLISHED)
    assert np.array_equal(answers.called(0.5), answers.score >= 0.5)


@there
def test_a_permuted_copy_gives_other_numbers(tmp_path):
    table = pd.read_csv(PUBLISHED)
    table["label"] = np.random.default_rng(0).permutation(table["label"])
    permuted = tmp_path / "permuted.csv"
    table.to_csv(permuted, index=False)
    answers = read_published(permuted)
    assert table_1(answers).loc["fusion", "mean"] == pytest.approx(25, abs=8)
    assert Evaluation.of(answers).overall["AUC"].value == pytest.approx(0.5, abs=0.1)


@there
def test_the_order_of_the_rows_changes_nothing(tmp_path):
    turned = tmp_path / "turned.csv"
    pd.read_csv(PUBLISHED).iloc[::-1].to_csv(turned, index=False)
    one, other = read_published(PUBLISHED), read_published(turned)
    pd.testing.assert_frame_equal(table_1(one), table_1(other))
    pd.testing.assert_frame_equal(two_class(one).points, two_class(other).points)


def test_the_form_is_recognised_by_its_columns(tmp_path):
    assert is_published(write(tmp_path, SMALL))
    assert not is_published(write(tmp_path, "image,label,patient,fold,model,p_0,p_1\na,0,,1,m,1,0\n"))


def test_names_stay_text(tmp_path):
    assert list(read_published(write(tmp_path, SMALL)).images) == ["1", "2", "3", "4"]


def test_other_classes_are_sorted_and_need_a_positive_one(tmp_path):
    path = write(tmp_path, SMALL.replace("normal", "adenoma"))
    with pytest.raises(PositiveError, match="--positive"):
        read_published(path)
    answers = read_published(path, positive=["invasive", "insitu"])
    assert answers.classes == ("adenoma", "benign", "insitu", "invasive")
    assert answers.positive == ("insitu", "invasive")


@pytest.mark.parametrize("choice", [{"positive": ["benign"]}, {"rule": "sum"}, {"positive": ["cancer"]}])
def test_a_finished_score_cannot_be_made_otherwise(tmp_path, choice):
    with pytest.raises(PositiveError):
        read_published(write(tmp_path, SMALL), **choice)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("fold", "part", "broken by fold"),
        ("2,benign", "1,benign", "one row; broken by 1"),
        ("1,insitu", "1,", "name a class; broken by 2"),
        (",2,invasive", ",x,invasive", "fold is a whole number"),
        ("0.7", "7", "p_carcinoma is a number in [0, 1]"),
    ],
)
def test_a_broken_rule_is_refused_by_file_rule_and_offender(tmp_path, old, new, says):
    assert old in SMALL
    path = write(tmp_path, SMALL.replace(old, new))
    with pytest.raises(PredictionsError) as refusal:
        read_published(path)
    assert str(path) in str(refusal.value)
    assert says in str(refusal.value)


def test_patients_come_from_a_second_file(tmp_path):
    known = tmp_path / "patients.csv"
    known.write_text("image,patient\n3,11\n1,12\n")
    path = write(tmp_path, SMALL)
    assert list(read_published(path, patients=known).patients) == ["12", "", "11", ""]
    assert not read_published(path).known.any()
    for text, says in (("image,patient\n9,1\n", "those of the answers; broken by 9"),
                       ("image,patient\n1,1\n1,2\n", "one row; broken by 1"),
                       ("image,case\n1,1\n", "broken by patient")):  # fmt: skip
        known.write_text(text)
        with pytest.raises(PredictionsError, match=says):
            read_published(path, patients=known)


def test_one_class_is_refused(tmp_path):
    with pytest.raises(PredictionsError, match="two or more classes"):
        read_published(write(tmp_path, "\n".join(SMALL.split()[:2])))
