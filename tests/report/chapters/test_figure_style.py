import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib import _pylab_helpers

from report.chapters.overall import confusion_figure, row_shares
from report.chapters.two_class import roc_figure, two_class
from report.evaluation import Evaluation
from report.out_of_fold import OutOfFold


def answers(classes: int, images: int = 200) -> OutOfFold:
    rng = np.random.default_rng(classes)
    names = np.array([f"class {k}" for k in range(classes)])
    label, predicted = names[np.arange(images) % classes], rng.choice(names, images)
    folds, score = np.arange(images) % 5, rng.random(images)
    known, positive = tuple(names), ("class 1",)
    return OutOfFold(np.arange(images).astype(str), label, folds, predicted, known, None, positive, "sum", score)


def roc_of(one: OutOfFold):
    evaluation = Evaluation.of(one)
    return roc_figure(evaluation.two_class, evaluation)


def confusion_of(one: OutOfFold):
    return confusion_figure(Evaluation.of(one))


def written(figure) -> list[str]:
    """All words of a figure."""
    axes = figure.axes[0]
    legend = axes.get_legend()
    return [text.get_text() for text in [*axes.texts, *(legend.get_texts() if legend else [])]]


def test_roc_marks_both_operating_points_where_the_curve_passes():
    figure = roc_of(answers(2))
    _, curve, *points = figure.axes[0].lines
    x, y = curve.get_data()
    assert len(points) == 2
    for point in points:
        (alarm,), (found,) = point.get_data()
        assert np.isclose(np.hypot(x - alarm, y - found), 0).any()


def test_roc_says_auc_sensitivity_and_specificity():
    words = "\n".join(written(roc_of(answers(3))))
    assert words.count("sensitivity") == words.count("specificity") == 2
    assert "AUC 0." in words and "threshold 0.33" in words and "threshold 0.50" in words


def test_points_at_one_place_are_both_to_be_seen():
    one = answers(2)
    sure = replace(one, score=np.where(one.score > 0.5, 0.9, 0.1))
    figure = roc_of(sure)
    first, second = figure.axes[0].lines[-2:]
    assert first.get_xydata().tolist() == second.get_xydata().tolist()
    assert first.get_markersize() > second.get_markersize()
    lower, upper = sorted(text.xyann[1] for text in figure.axes[0].texts)
    assert upper - lower > 10


def test_the_roc_has_a_band_and_the_area_its_interval():
    figure = roc_of(answers(2))
    assert len(figure.axes[0].collections) == 1
    said = "\n".join(written(figure))
    assert "95 % band" in said and re.search(r"AUC 0\.\d{3} \[0\.\d{3}, 0\.\d{3}\]", said)


def test_no_positive_classes_no_roc():
    none = answers(3)
    none = OutOfFold(none.images, none.label, none.fold, none.predicted, none.classes)
    assert [section.picture for section in two_class(Evaluation.of(none)).sections] == [None, None]


@pytest.mark.parametrize("classes", [2, 10])
def test_confusion_writes_every_count_and_no_text_leaves_its_cell(classes):
    figure = confusion_of(answers(classes))
    figure.canvas.draw()
    axes = figure.axes[0]
    counts = [int(text) for text in written(figure) if text.isdigit()]
    assert len(counts) == classes**2 and sum(counts) == 200
    cell = axes.get_window_extent().width / classes
    assert all(text.get_window_extent().width < cell for text in axes.texts)


def test_shares_of_a_row_sum_to_a_hundred_or_nothing(recwarn):
    shares = row_shares(pd.DataFrame([[1, 3], [0, 0]]))
    assert shares.tolist() == [[25, 75], [0, 0]]
    assert not recwarn.list


def test_drawing_leaves_no_global_state():
    roc_of(answers(2))
    confusion_of(answers(2))
    assert _pylab_helpers.Gcf.get_num_fig_managers() == 0


def test_a_very_long_name_leaves_room_for_the_cells(answered):
    answers = answered(np.array([True, False]), np.array([0.9, 0.1]))
    long = replace(answers, classes=("benign", "m" * 300))
    long = replace(long, label=np.array(long.classes)[[1, 0]], predicted=np.array(long.classes)[[1, 0]])
    plain, drawn = (confusion_of(one) for one in (answers, long))
    for figure in (plain, drawn):
        figure.draw_without_rendering()
    assert drawn.axes[0].get_window_extent().width > 0.5 * plain.axes[0].get_window_extent().width


def test_a_matrix_of_many_classes_is_no_larger_than_one_of_forty_and_has_colours_alone():
    forty, many = confusion_of(answers(40, 400)), confusion_of(answers(120, 240))
    assert many.get_size_inches().tolist() == forty.get_size_inches().tolist()
    assert len(written(forty)) > 40 and written(many) == []
    assert many.axes[0].get_xlabel() == "predicted, 120 classes"
