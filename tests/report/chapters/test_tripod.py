from dataclasses import replace

from report.chapters.tripod import FILLED, ITEMS, NOTHING_TO_ADD, OPEN, checklist_section
from report.evaluation import Evaluation
from report.measures.leakage import find_leaks
from tests.report.chapters.test_methods import RUN


def cells(answers, settings=None, leaks=None):
    return checklist_section(Evaluation.of(answers, leaks=leaks, settings=settings)).cells


def test_every_item_is_there_once_in_order(cohort):
    assert list(cells(cohort()).index) == list(ITEMS)


def test_what_is_not_known_is_left_to_the_author(cohort):
    found = cells(cohort(), RUN)
    unknown = found["from this run"] == "–"
    assert (found.loc[unknown, "state"] == OPEN).all() and (found.loc[unknown, "for the author"] != "–").all()
    assert set(found.index[found["state"] == FILLED]) == NOTHING_TO_ADD


def test_of_answers_from_elsewhere_nothing_is_claimed(cohort):
    own, foreign = (set(table.index[table["state"] == OPEN]) for table in (cells(cohort(), RUN), cells(cohort())))
    assert {"7", "9a", "12b", "12c", "18f"} <= foreign - own


def test_the_counts_of_the_sentence_are_those_of_the_table(cohort):
    part = checklist_section(Evaluation.of(cohort(), settings=RUN))
    for state, count in part.cells["state"].value_counts().items():
        assert f"{count} {state[2:]}" in part.sentence


def test_the_settings_are_told_in_words(cohort):
    found = cells(cohort(), RUN)["from this run"]
    assert "50 stain jitters" in found["7"] and "400, 650 pixels" in found["9b"] and "rounds 70" in found["12c"]
    assert "numpy 2.0" in found["18f"] and found["9a"].count("net") == 2  # networks, and the one of both variants


def test_leaks_and_unknown_patients_are_told(cohort):
    answers = cohort()
    leaks = find_leaks(answers.images, answers.fold, answers.patients)
    assert "0 test images form leaked pairs" in cells(answers, leaks=leaks).loc["12a", "from this run"]
    assert "not looked for" in cells(answers).loc["12a", "from this run"]
    alone = cells(replace(answers, patients=None))["from this run"]
    assert alone["12d"] == "–" and alone["11"].startswith(f"The patient of {len(answers.images)} of")
