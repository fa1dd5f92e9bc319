import numpy as np
import pytest

from report.measures.accuracy import accuracy_by_fold, class_table, confusion, overall, table_1
from report.out_of_fold import OutOfFold


def answers(label: str, predicted: str, fold: list[int], **more) -> OutOfFold:
    """A letter an image."""
    images = np.array([str(k) for k in range(len(label))])
    classes = more.pop("classes", ("a", "b"))
    return OutOfFold(images, np.array(list(label)), np.array(fold), np.array(list(predicted)), classes, **more)


def test_accuracy_by_fold_worked_by_hand():
    folds = accuracy_by_fold(np.array(list("aabbb")), np.array(list("abbba")), np.array([10, 10, 2, 2, 2]))
    assert folds.index.tolist() == [2, 10]  # by number, not by digit
    np.testing.assert_allclose(folds, [200 / 3, 50])


def test_table_1_worked_by_hand():
    fold = [1, 1, 2, 2]
    weak, strong = answers("abab", "aaaa", fold), answers("abab", "abaa", fold)
    table = table_1(strong, {"weak": weak, "strong": strong})
    assert list(table.index) == ["weak", "strong", "std", "fusion"]
    assert list(table.columns) == ["1", "2", "mean", "std"]
    expected = [[50, 50, 50, 0], [100, 50, 75, 25], [25, 0, 12.5, np.nan], [100, 50, 75, 25]]
    np.testing.assert_allclose(table, expected)


def test_a_row_over_seeds_has_their_mean_and_the_deviation_of_seeds_and_folds():
    """As published; the mean of their probabilities may be right where no seed is, and has no part in it."""
    fold = [1, 1, 2, 2]
    seeds = [answers("abab", "abaa", fold), answers("abab", "aaaa", fold), answers("abab", "bbab", fold)]
    fusion = answers("abab", "abab", fold)
    row = table_1(fusion, {"v": fusion}, {"v": seeds}).loc["v"]
    accuracies = [100, 50, 50, 50, 50, 100]  # seed x fold
    np.testing.assert_allclose(row[["1", "2"]].astype(float), [200 / 3, 200 / 3])
    np.testing.assert_allclose([row["mean"], row["std"]], [np.mean(accuracies), np.std(accuracies)])


def test_one_variant_has_the_row_of_its_fusion():
    one = answers("abab", "abaa", [1, 1, 2, 2])
    table = table_1(one, {"only": one})
    assert table.loc["only"].equals(table.loc["fusion"])
    assert (table.loc["std"].dropna() == 0).all()


def test_a_table_of_the_fusion_alone_has_one_row():
    one = answers("ab", "ab", [1, 2])
    assert list(table_1(one).index) == list(table_1(one, {"fusion": one}).index) == ["fusion"]


def test_confusion_keeps_the_order_of_the_classes_and_those_without_images():
    counts = confusion(answers("bba", "bca", [1, 1, 1], classes=("c", "b", "a")))
    assert counts.to_numpy().tolist() == [[0, 0, 0], [1, 1, 0], [0, 0, 1]]


def test_recall_and_precision_worked_by_hand():
    table = class_table(confusion(answers("aaabb", "aabbb", [1] * 5, classes=("a", "b", "c"))))
    np.testing.assert_allclose(table["recall"], [200 / 3, 100, np.nan])
    np.testing.assert_allclose(table["precision"], [100, 200 / 3, np.nan])
    assert list(table["images"]) == [3, 2, 0]


def test_balanced_accuracy_is_the_mean_recall_of_the_classes_that_have_images():
    numbers = overall(answers("aaab", "aaaa", [1] * 4, classes=("a", "b", "c")))
    assert numbers == {"accuracy": 75, "balanced accuracy": 50}


def test_log_loss_knows_which_column_is_which_class():
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8]])  # z, a: not sorted
    sure = answers("za", "za", [1, 1], classes=("z", "a"), probabilities=probabilities)
    assert overall(sure)["log-loss"] == pytest.approx(-(np.log(0.9) + np.log(0.8)) / 2)


def test_log_loss_counts_a_class_without_images():
    even = np.full((2, 4), 0.25)
    assert overall(answers("ab", "aa", [1, 1], classes=tuple("abcd"), probabilities=even))["log-loss"] == pytest.approx(
        np.log(4)
    )
