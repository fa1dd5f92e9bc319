"""The tables of a report, in the order of reading."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from report.accuracy import class_table, confusion, overall, table_1
from report.answers import Answers
from report.doubling import learning_section
from report.intervals import Interval, auc_interval, overall_intervals, point_intervals, share_interval
from report.leaks import Leaks
from report.learning import Size
from report.operating import THRESHOLDS, TwoClass, two_class, why_not_two_class
from report.resample import Resamples, cohort_sentence, resample
from report.section import Section, number
from report.trust import calibration_section, conformal_section, nested_section, risk_section
from report.whose import leak_sections, patient_section


def sections(
    fusion: Answers,
    variants: Mapping[str, Answers] | None = None,
    resamples: Resamples | None = None,
    calibrated: Mapping[str, np.ndarray] | None = None,
    sets: Mapping[float, np.ndarray] | None = None,
    leaks: Leaks | None = None,
    learning: Sequence[Size] | None = None,
) -> list[Section]:
    """All tables of a report; `write_report` says what they are made from."""
    resamples = resample(fusion, np.random.default_rng(0)) if resamples is None else resamples
    counts = confusion(fusion)
    result = two_class(fusion)
    words = "Images of each true class (rows) by the class that the fusion answered (columns)."
    return [
        accuracy_section(table_1(fusion, variants), fusion),
        interval_section(fusion, resamples),
        Section("Confusion matrix", words, counts.astype(str)),
        class_section(counts, fusion, resamples),
        *(
            two_class_sections(result, fusion, resamples)
            if result
            else [Section("Two classes", why_not_two_class(fusion) or "")]
        ),
        nested_section(fusion, resamples),
        *leak_sections(leaks, fusion, resamples),
        *([learning_section(learning, resamples)] if learning else []),
        calibration_section(fusion, calibrated or {}, resamples),
        conformal_section(fusion, sets or {}, resamples),
        risk_section(fusion, resamples),
        patient_section(fusion),
    ]


def accuracy_section(table: pd.DataFrame, fusion: Answers) -> Section:
    """The paper's Table 1: folds with one decimal, mean and std with two."""
    cells = table.map(lambda share: number(share, 1))
    for column in ("mean", "std"):
        cells[column] = table[column].map(lambda share: number(share, 2))
    sentence = (
        f"Accuracy in % of {len(fusion.images)} out-of-fold answers over {len(fusion.classes)} classes, a column per "
        "fold; both std are of a population (ddof 0), the row's over the variants."
    )
    return Section("Accuracy by fold", sentence, cells)


def interval_section(fusion: Answers, resamples: Resamples) -> Section:
    """Every number over all images with its interval, and what it rests on."""
    found = overall_intervals(fusion, resamples)
    unit = "patients" if resamples.by_patient else "images"
    about = {name: np.full(len(fusion.label), True) for name in found}
    about |= {"sensitivity": fusion.truth, "specificity": ~fusion.truth}
    rows = {
        name: {"value [95 % interval]": interval_text(name, kept), unit: str(resamples.patients(about[name]))}
        for name, kept in found.items()
    }
    sentence = (
        f"In % over all images together (AUC and kappa as they are; sensitivity and specificity at 0.50). "
        f"{cohort_sentence(resamples)} Where nothing went wrong, each {unit[:-1]} counts once."
    )
    return Section("All images together", sentence, pd.DataFrame(rows).T.rename_axis("fusion"))


def interval_text(name: str, found: Interval) -> str:
    """A number and its interval: per cent with one decimal, AUC with four and kappa with three."""
    decimals = {"AUC": 4, "Cohen's kappa": 3}.get(name)
    return found.text() if decimals is None else found.text(decimals, unit=1)


def class_section(counts: pd.DataFrame, fusion: Answers, resamples: Resamples) -> Section:
    """Each class by itself, and in the sentence the numbers over all images."""
    right, numbers = fusion.label == fusion.predicted, overall(fusion)
    cells = pd.DataFrame(
        {
            "images": class_table(counts)["images"].astype(str),
            "recall": [share_interval(right, fusion.label == name, resamples).text() for name in counts.index],
            "precision": [share_interval(right, fusion.predicted == name, resamples).text() for name in counts.index],
        },
    )
    loss = f", log-loss {numbers['log-loss']:.4f} (nats per image)" if "log-loss" in numbers else ""
    sentence = (
        f"Fusion, all images together: accuracy {numbers['accuracy']:.2f} %, balanced accuracy (mean recall) "
        f"{numbers['balanced accuracy']:.2f} %{loss}; below, recall and precision of each class in %."
    )
    return Section("Classes", sentence, cells)


def two_class_sections(result: TwoClass, fusion: Answers, resamples: Resamples) -> list[Section]:
    """Accuracy and AUC; then what each operating point finds and misses."""
    folds = result.accuracy
    whole = pd.DataFrame(
        {
            "accuracy": f"{folds.mean():.2f} ± {folds.std(ddof=0):.2f}",
            "AUC": interval_text("AUC", auc_interval(fusion, resamples)),
        },
        index=pd.Index(["fusion"], name="model"),
    )
    totals = {f"missed {name}": int(np.sum(fusion.label == name)) for name in result.positive}
    at = [point_intervals(fusion.truth, fusion.called(threshold), resamples) for threshold in THRESHOLDS]
    points = {
        column: [f"{value:.0f} of {totals[column]}" for value in values]
        if column in totals
        else [point[str(column)].text() for point in at]
        for column, values in result.points.items()
    }
    thresholds = pd.Index([f"{threshold:.2f}" for threshold in result.points.index], name="threshold")
    return [
        Section("Two classes", two_class_sentence(result), whole),
        Section(
            "Operating points",
            "Sensitivity and specificity in % over all images, an image being positive when its score reaches the "
            "threshold, and the positive images missed, by class.",
            pd.DataFrame(points, index=thresholds),
        ),
    ]


def two_class_sentence(result: TwoClass) -> str:
    """What is positive, and how the score and the numbers are made."""
    rules = {
        "max": "the largest positive probability over itself plus the largest other one",
        "sum": "the sum of the positive probabilities",
    }
    return (
        f"Positive: {' + '.join(result.positive)}; score (rule {result.rule}): {rules[result.rule]}; accuracy in % at "
        "0.50, mean ± population std over folds; AUC over all images together."
    )
