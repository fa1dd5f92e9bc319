"""What was selected on the test says so wherever a number of it stands."""

import json
from dataclasses import replace

import pandas as pd
import pytest

from cohort.predictions import SELECTED_ON_TEST
from report.evaluation import Evaluation
from report.numbers import measures, numbers
from report.out_of_fold import out_of_fold_of
from report.page.headline import cautions_of
from report.trained.optimistic import LABEL, labelled_chapters, optimism_of
from report.trained.trained_chapter import trained_networks
from report.trained.training_history import OPTIMISTIC, TrainingHistory
from report.write import write_report
from tests.report.trained.test_training_history import epochs


@pytest.fixture
def evaluation(cohort):
    def make(select_on="test"):
        settings = {"name": "x", "training": {"select_on": select_on}}
        return Evaluation.of(cohort(12, 5), history=TrainingHistory(epochs()), settings=settings)

    return make


def test_every_section_caption_and_figure_says_so(evaluation):
    for section in labelled_chapters([trained_networks(evaluation())])[0].sections:
        assert section.sentence.startswith(LABEL)
        if section.picture is not None:
            assert section.picture.caption.startswith(LABEL)
            assert LABEL in [text.get_text() for text in section.picture.draw().texts]


def test_the_files_of_a_report_say_so(evaluation, tmp_path):
    printed = write_report(tmp_path, evaluation())
    assert OPTIMISTIC in str(printed[-1].renderables[0]) or any(
        OPTIMISTIC in str(one.renderables[0]) for one in printed
    )
    assert (tmp_path / "table.md").read_text().count(LABEL) > 3
    assert OPTIMISTIC in (tmp_path / "report.html").read_text()
    assert f"fusion{SELECTED_ON_TEST}" in (tmp_path / "table.csv").read_text()
    assert json.loads((tmp_path / "numbers.json").read_text())["selected_on_test"] is True


def test_an_honest_run_says_nothing_of_it(evaluation, tmp_path):
    honest = evaluation("inner")
    write_report(tmp_path, honest)
    for name in ("table.md", "report.html", "table.csv"):
        assert "OPTIMISTIC" not in (tmp_path / name).read_text()
    assert numbers(honest)["selected_on_test"] is False
    assert optimism_of(honest, "x") == []


def test_it_is_the_first_caution(evaluation):
    assert cautions_of(evaluation())[0] == OPTIMISTIC


@pytest.mark.parametrize("model", ["fusion", "vgg16-trained"])
def test_the_name_of_the_model_is_enough(model):
    rows = [(f"i{k}", "ab"[k % 2], f"p{k}", k % 3 + 1, model + SELECTED_ON_TEST, 0.5, 0.5) for k in range(12)]
    table = pd.DataFrame(rows, columns=["image", "label", "patient", "fold", "model", "p_a", "p_b"])
    assert measures(table)["selected_on_test"] is True
    run = out_of_fold_of(table)
    assert run.is_optimistic
    assert replace(run, is_optimistic=True).take([0, 1]).is_optimistic
