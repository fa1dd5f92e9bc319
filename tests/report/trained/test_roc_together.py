from dataclasses import replace

import numpy as np
import pytest

from report.out_of_fold import ComparisonError, out_of_fold_of
from report.trained.optimistic import LABEL
from report.trained.roc_together import areas, areas_section, roc_together
from tests.commands.test_compare import answers


@pytest.fixture
def runs():
    tables = {"weak": answers("w", 60), "strong": answers("s", 95), "middling": answers("m", 80)}
    return {name: out_of_fold_of(table, ["malignant"], None) for name, table in tables.items()}


def test_the_largest_area_is_first_and_its_picking_is_said(runs):
    assert list(areas(runs)) == ["strong", "middling", "weak"]
    section = areas_section(runs)
    assert list(section.cells.index) == ["strong", "middling", "weak"]
    assert "largest of 3" in section.sentence


def test_each_run_has_a_curve_from_corner_to_corner_and_its_area_in_the_legend(runs):
    axes = roc_together(runs).axes[0]
    curves = [line for line in axes.lines if not line.get_label().startswith("_")]
    assert [line.get_label().partition(",")[0] for line in curves] == ["strong", "middling", "weak"]
    for line in curves:
        np.testing.assert_allclose([line.get_xydata()[0], line.get_xydata()[-1]], [[0, 0], [100, 100]])
        assert "[" in line.get_label()


def test_a_run_that_was_selected_on_the_test_labels_the_figure(runs):
    runs["weak"] = replace(runs["weak"], is_optimistic=True)
    assert LABEL in [text.get_text() for text in roc_together(runs).texts]


def test_without_a_two_class_score_there_is_no_curve(runs):
    runs["none"] = replace(runs["weak"], score=None)
    with pytest.raises(ComparisonError, match="none has no two-class score"):
        areas(runs)
