from dataclasses import replace

import numpy as np
import pytest

from report.chapters.more_patients import doubling_sentence, learning_section, more_patients
from report.comparison import compare
from report.evaluation import Evaluation
from report.measures.learning_curve import last_doubling, learning_curve_points
from report.section import cell_text
from report.statistics.patient_groups import PatientGroups


def group(answers):
    return PatientGroups.of(answers).group


def section(table, fusion):
    return learning_section(Evaluation.of(fusion, learning=learning_curve_points(table, fusion)))


def sentence(table, fusion):
    return doubling_sentence(last_doubling(learning_curve_points(table, fusion), group(fusion)), "patients")


def test_with_one_draw_it_is_the_comparison_of_two_runs(cohort, learned):
    fusion = cohort(40, 5)
    table = learned(fusion, more=3)
    doubling = last_doubling(learning_curve_points(table[table["draw"] == 0], fusion), group(fusion))
    assert (doubling.half.patients, doubling.all.patients) == (8, 16)
    wanted = compare(doubling.half.draws[0], doubling.all.draws[0], ("half", "all"))
    assert doubling.by_patient == wanted.by_patient
    by_name = {found.measure: found for found in wanted.differences}
    for measure, ours in doubling.gains.items():
        found = by_name[measure]
        assert (ours.first, ours.second) == pytest.approx((found.first, found.second))
        assert (ours.change.low, ours.change.high) == pytest.approx((found.change.low, found.change.high), abs=0.02)


def test_it_says_whether_more_patients_would_help(cohort, learned):
    fusion = cohort(40, 5, separation=2.5)
    gained, same = (sentence(learned(fusion, more), fusion) for more in (4, 0))
    assert "more patients would probably help" in gained and gained.startswith("From 8 to 16 patients")
    assert (
        "+0.0 [-2.1, +2.1] points (exchanging whole patients p = 1): whether more patients would help cannot be" in same
    )
    lost = learned(fusion, 4)
    turned = {0.5: 1.0, 1.0: 0.5}
    lost = lost[(lost["share"] > 0.25) & (lost["draw"] == 0)].assign(share=lambda table: table["share"].map(turned))
    assert "no sign that more patients would help" in sentence(lost, fusion)
    assert "Half of the patients are too few" in sentence(learned(fusion, shares=(0.75, 1.0)), fusion)


def test_a_gain_in_one_patient_alone_is_not_told(answered, learned):
    fusion = answered(np.arange(100) % 2 == 0, np.where(np.arange(100) % 2 == 0, 0.9, 0.1), np.arange(100) // 20)
    table = learned(fusion, more=0)
    wrong = (table["share"] < 1) & (table["patient"] == "p2")
    table.loc[wrong, ["p_benign", "p_malignant"]] = table.loc[wrong, ["p_malignant", "p_benign"]].to_numpy()
    said = sentence(table, fusion)
    assert "accuracy changed by +20.0" in said and "patients p = 1)" in said and "cannot be told" in said


def test_a_row_per_size_and_the_last_doubling(cohort, learned):
    fusion = cohort()
    part = section(learned(fusion), fusion)
    cells = part.cells.map(cell_text)
    assert part.cells.index.to_list() == ["4 (25 %)", "8 (50 %)", "16 (100 %)", "last doubling"]
    assert part.cells.index.name == "patients trained on" and list(part.cells) == ["images", "accuracy", "AUC"]
    assert cells["images"].to_list() == ["20", "40", "80", "+40"]
    assert cells.loc["last doubling", "AUC"][0] in "+-"
    assert "mean over 3 draws" in part.sentence and "take 20 patients" in part.sentence
    few = section(learned(fusion, shares=(0.75, 1.0)), fusion)
    assert "last doubling" not in few.cells.index
    assert more_patients(Evaluation.of(fusion)) is None


def test_images_of_unknown_patients_are_named(cohort, learned):
    fusion = cohort()
    some = replace(fusion, patients=np.where(fusion.patients == "p3", "", fusion.patients))
    part = section(learned(some), some)
    assert "an image of an unknown patient, if there is any, counts as one" in part.sentence
    none = replace(fusion, patients=None)
    part = section(learned(none), none)
    assert part.cells.index.name == "images trained on"
    assert "an image of an unknown patient" not in part.sentence
