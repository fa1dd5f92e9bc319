"""Laws of the chapter on tissue and stain: absent where all is fine, loud where a class has what others have not."""

from dataclasses import replace

import numpy as np

from cohort.checks.image_state_notices import by_state
from report.chapters.tissue_and_stain import tissue_and_stain
from report.evaluation import Evaluation
from report.page.headline import cautions_of
from report.section import cell_text

TRUTH = np.arange(40) % 2 == 0


def evaluated(answered, states):
    answers = answered(TRUTH, np.linspace(0.1, 0.9, 40))
    return Evaluation.of(answers, settings={"image_states": by_state(answers.images.tolist(), states)})


def test_there_is_no_chapter_where_nothing_is_odd_or_known(answered):
    assert tissue_and_stain(evaluated(answered, ["ok"] * 40)) is None
    for settings in (None, {}, {"image_states": None}):
        assert tissue_and_stain(replace(evaluated(answered, ["ok"] * 40), settings=settings)) is None


def test_states_are_counted_by_class_and_cautioned_of(answered):
    states = np.where(TRUTH, "little tissue", "ok").tolist()
    evaluation = evaluated(answered, states)
    [section] = tissue_and_stain(evaluation).sections
    assert section.cells.map(cell_text).to_dict() == {"little tissue": {"malignant": "20 of 20"}}
    assert section.at_length and "little tissue: 20 of 20 malignant, 0 of 20 benign" in section.sentence
    assert cautions_of(evaluation)[0].startswith("little tissue: 20 of 20 malignant, 0 of 20 benign. ")


def test_a_few_are_shown_without_a_caution(answered):
    evaluation = evaluated(answered, ["degenerate", "degenerate", *["ok"] * 38])
    [section] = tissue_and_stain(evaluation).sections
    assert section.cells.map(cell_text)["degenerate"].to_dict() == {"benign": "1 of 20", "malignant": "1 of 20"}
    assert "None is so much more frequent" in section.sentence
    assert not any("degenerate" in caution for caution in cautions_of(evaluation))
