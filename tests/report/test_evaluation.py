from collections import Counter
from dataclasses import replace

import numpy as np

from report import evaluation as module
from report import write
from report.evaluation import Evaluation
from report.measures.leakage import find_leaks
from report.measures.learning_curve import learning_curve_points
from report.page import figures


def test_leaks_that_were_not_looked_for_are_no_leaks(cohort):
    assert Evaluation.of(cohort()).leaked == 0


def test_leaked_images_are_counted_once(cohort):
    answers = cohort()
    leaks = find_leaks(answers.images, np.arange(len(answers.images)) % 2, answers.patients)
    assert Evaluation.of(answers, leaks=leaks).leaked == len(set(leaks.offenders["image"])) > 0


def test_patients_are_counted_where_any_is_known(cohort):
    assert Evaluation.of(cohort()).unit == "patients"
    assert Evaluation.of(replace(cohort(), patients=None)).unit == "images"


ONCE = [  # where a report looks each measure up, and its name
    (module, "overall_measures"),
    (module, "risk_coverage"),
    (module, "curve"),
    (module, "last_doubling"),
    (module.accuracy, "class_intervals"),
    (module.accuracy, "patient_table"),
    (module.accuracy, "table_1"),
    (module.thresholds, "two_class"),
    (module.thresholds, "threshold_choices"),
    (module.roc, "roc_band"),
]


def test_a_report_computes_each_measure_once(cohort, learned, tmp_path, monkeypatch):
    answers, calls = cohort(10, 3), Counter()

    def counting(name, compute):
        def counted(*arguments):
            calls[name] += 1
            return compute(*arguments)

        return counted

    for owner, name in ONCE:
        monkeypatch.setattr(owner, name, counting(name, getattr(owner, name)))
    for room in (figures, write):
        monkeypatch.setattr(room, "figure_bytes", lambda *_, **__: b"")  # slow, and it computes nothing
    sizes = learning_curve_points(learned(answers), answers)
    write.write_report(tmp_path, Evaluation.of(answers, calibrated={"t": answers.probabilities}, learning=sizes))
    assert calls == Counter([name for _, name in ONCE])


def test_images_of_unknown_patients_may_come_as_many_to_a_patient_as_the_known(cohort):
    answers = cohort(20, 6)
    some = Evaluation.of(replace(answers, patients=np.where(np.arange(120) < 60, answers.patients, "")))
    assert some.images_of_unknown == 6 and list(some.under_assumed_patients) == ["accuracy", "AUC"]
    for name, assumed in some.under_assumed_patients.items():
        alone = some.overall[name]
        assert assumed.value == alone.value and assumed.high - assumed.low > alone.high - alone.low
    for all_or_none in (answers, replace(answers, patients=None)):
        assert Evaluation.of(all_or_none).under_assumed_patients == {}
