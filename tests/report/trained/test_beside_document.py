import pytest

from report.evaluation import Evaluation
from report.section import cell_text
from report.trained.beside_document import document_sections
from report.trained.training_history import TrainingHistory
from tests.report.trained.test_training_history import epochs

ROWS = {
    "avg + flips": {"accuracy": 97.73, "balanced accuracy": 96.8},
    "ResNet-50, in its table": {"accuracy": 94.8},
}
PUBLISHED = {
    "source": "a document",
    "accuracy": 97.73,
    "rows": ROWS,
    "robustness": {"avg": {"JPEG quality 20": 95.71, "hue +10": 97.23}},
    "selected_on_test": True,
}
LEARNED = {"a-trained": {"1": {"accuracy": 0.99, "balanced accuracy": 0.97}, "2": {"accuracy": 0.95}}}


@pytest.fixture
def sections(cohort):
    def make(**settings):
        history = TrainingHistory(epochs())
        evaluation = Evaluation.of(cohort(12, 5), history=history, settings={"name": "x"} | settings)
        return {section.key: section for section in document_sections(evaluation, history)}

    return make


def test_every_row_of_the_document_stands_beside_the_run(sections):
    cells = sections(published=PUBLISHED, parameters={"keras": 4_061_093})["beside-the-document"].cells
    assert list(cells.index) == ["document, avg + flips", "document, ResNet-50, in its table", "this run"]
    assert cell_text(cells.loc["document, avg + flips", "accuracy"]) == "97.73"
    assert cell_text(cells.loc["document, ResNet-50, in its table", "balanced accuracy"]) == "–"
    assert "[" in cell_text(cells.loc["this run", "accuracy"])
    assert cell_text(cells.loc["this run", "parameters (million)"]) == "4.061"
    assert "training accuracy" not in cells.columns  # neither has any


def test_accuracies_on_training_images_are_means_over_folds_and_no_estimates(sections):
    section = sections(published={"source": "a document", "accuracy": 97.7, "training accuracy": 99.9},
                       on_training_images=LEARNED)["beside-the-document"]  # fmt: skip
    assert cell_text(section.cells.loc["document", "training accuracy"]) == "99.90"
    assert cell_text(section.cells.loc["this run", "training accuracy"]) == "97.0"
    assert "no estimate" in section.sentence


def test_other_ways_of_asking_have_rows_with_intervals(sections):
    asked = {"average, upright alone": {"accuracy": [0.9, 0.8, 0.95], "balanced accuracy": [0.88, 0.7, 0.9]}}
    cells = sections(published=PUBLISHED, ways=asked)["beside-the-document"].cells
    assert cell_text(cells.loc["this run, average, upright alone", "accuracy"]) == "90.0 [80.0, 95.0]"


def test_how_both_selected_is_said(sections):
    honest = sections(published=PUBLISHED)["beside-the-document"].sentence
    as_they_did = sections(published=PUBLISHED, training={"select_on": "test"})["beside-the-document"].sentence
    assert "looked at its test once" in honest
    assert "So are those of this run" in as_they_did
    assert "selected" not in sections(published={"source": "x", "accuracy": 1.0})["beside-the-document"].sentence


def test_published_robustness_is_shown_as_what_it_is(sections):
    cells = sections(published=PUBLISHED)["published-robustness"].cells
    assert cell_text(cells.loc["hue +10", "document, avg"]) == "97.23"


@pytest.mark.parametrize(
    "settings",
    [
        {"published": {"rows": 3, "accuracy": "x"}},
        {"published": {"rows": {"a": 3}, "robustness": {"a": 1}}},
        {"published": PUBLISHED, "ways": {"a": {"accuracy": ["x"]}, "b": 3}, "on_training_images": [1]},
        {"published": PUBLISHED, "on_training_images": {"a": 1, "b": {"1": 2}}, "parameters": 3},
    ],
)
def test_settings_of_strangers_are_no_error(settings, sections):
    assert "this run" in sections(**settings)["beside-the-document"].cells.index


def test_without_a_document_there_is_none(sections):
    assert sections() == {}
