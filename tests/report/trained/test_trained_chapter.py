import pytest

from report.evaluation import Evaluation
from report.section import cell_text
from report.trained.trained_chapter import trained_networks, training_figure
from report.trained.training_history import TrainingHistory
from tests.report.trained.test_training_history import epochs

PUBLISHED = {
    "source": "a document",
    "accuracy": 85,
    "specificity": 87,
    "sensitivity": 79,
    "parameters (million)": 1.235,
}


@pytest.fixture
def trained(cohort):
    def make(**settings):
        return Evaluation.of(
            cohort(12, 5), history=TrainingHistory(epochs()), frozen=cohort(12, 5), settings={"name": "x"} | settings
        )

    return make


def section(evaluation, key):
    return next(part for part in trained_networks(evaluation).sections if part.key == key)


def test_a_run_without_networks_has_no_such_chapter(cohort):
    assert trained_networks(Evaluation.of(cohort(12, 5))) is None


def test_frozen_features_stand_beside(trained):
    cells = section(trained(), "trained-beside-frozen").cells
    assert list(cells.index) == ["trained", "frozen", "difference"]
    assert cell_text(cells.loc["difference", "accuracy"]).startswith("+0.0")


def test_a_documents_table_stands_beside_with_either_class_as_positive(trained):
    evaluation = trained(published=PUBLISHED, parameters={"keras": 1_235_133})
    cells = section(evaluation, "beside-the-document").cells
    first, second = cells.columns[1:]
    assert cell_text(cells.loc["accuracy", "document"]) == "85"
    assert cell_text(cells.loc["specificity", first]) == cell_text(cells.loc["sensitivity", second])
    assert cell_text(cells.loc["parameters (million)", first]) == "1.235"
    assert cell_text(cells.loc["precision, negative", "document"]) == "–"


def test_without_a_document_there_is_no_such_table(trained):
    assert [part.key for part in trained_networks(trained()).sections] == ["training", "trained-beside-frozen"]


def test_the_figure_has_a_line_for_each_fold_and_measure():
    figure = training_figure(TrainingHistory(epochs(folds=3)))
    lines = [line for axes in figure.axes for line in axes.lines if len(line.get_xdata()) == 3]
    assert len(lines) == 3 * 4
