"""A report on a separate test set does not speak of folds held out in turn."""

from report.chapters.overall import accuracy_section, confusion_figure
from report.chapters.probabilities import calibration_section, reliability_figure
from report.evaluation import Evaluation
from report.trained.training_history import TrainingHistory
from tests.report.trained.test_training_history import epochs


def test_titles_and_sentences_name_the_test(cohort):
    fusion, history = cohort(12, 5), TrainingHistory(epochs())
    trained = Evaluation.of(fusion, history=history, settings={"test": "hospital-b"})
    folds = Evaluation.of(fusion, history=history, settings={})
    for evaluation, word in ((trained, "test"), (folds, "out-of-fold")):
        assert f" {word} predictions over" in accuracy_section(evaluation).sentence
        for draw in (confusion_figure, reliability_figure):
            assert f", {word}" in draw(evaluation).axes[0].get_title()
    assert "Each fold is calibrated" in calibration_section(folds).sentence
    assert "Each fold is calibrated" not in calibration_section(trained).sentence
