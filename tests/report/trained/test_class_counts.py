import pytest

from report.evaluation import Evaluation
from report.section import cell_text
from report.trained.class_counts import counts_figure, counts_section


@pytest.fixture
def evaluation(cohort):
    return lambda **settings: Evaluation.of(cohort(12, 5), settings={"name": "x"} | settings)


def counts_of(evaluation, *parts):
    classes = evaluation().out_of_fold.classes
    return {part: {label: 10 * (number + 1) for number, label in enumerate(classes)} for part in parts}


def test_training_and_test_stand_side_by_side(evaluation):
    counts = counts_of(evaluation, "training", "test")
    section = counts_section(evaluation(class_counts=counts))
    first = section.cells.index[0]
    assert section.cells.loc[first, "training"] == 10
    shares = [float(cell_text(cell)) for cell in section.cells["share of test %"]]
    assert sum(shares) == pytest.approx(100, abs=0.2)
    assert section.picture.name == "class-shares"
    assert f"{first} 10" in section.picture.alt


def test_each_class_and_part_has_a_bar(evaluation):
    counts = counts_of(evaluation, "training", "test")
    classes = evaluation().out_of_fold.classes
    axes = counts_figure(counts, classes).axes[0]
    assert sorted(bar.get_width() for bar in axes.patches) == sorted(2 * [10 * (n + 1) for n in range(len(classes))])
    assert len({bar.get_y() for bar in axes.patches}) == 2 * len(classes)


@pytest.mark.parametrize("counts", [None, 3, {"training": 3}, {"training": {"a": -1}}, {"elsewhere": {"a": 2}}])
def test_what_is_no_count_is_not_shown(counts, evaluation):
    assert counts_section(evaluation(class_counts=counts)) is None
