"""What the probabilities, sets and warnings of a bundle are worth on new images."""

from dataclasses import replace

import numpy as np
import pandas as pd

from report.chapters.patients import leak_section, patient_section
from report.chapters.probabilities import calibration_section, conformal_class_section, conformal_section, risk_section
from report.external.external_result import ExternalResult
from report.external.performance import external, value_row
from report.measures.leakage import Leaks
from report.section import Cell, Chapter, Estimate, Section
from report.statistics.clustered import clustered_interval
from report.statistics.influence import mean, share


def trust(test: ExternalResult) -> Chapter:
    """Calibration, sets, silence when unsure, and images unlike those of the training."""
    evaluation = test.evaluation
    calibration = replace(
        external(calibration_section(evaluation)),
        sentence="Log-loss (0 is perfect) and its change by the bundle's calibration (below 0 is better); Brier "
        "score, summed over the classes; expected calibration error over bins of equal mass of the predicted class, "
        "beside the error that perfectly calibrated probabilities would show by chance. The calibration was learned "
        f"on {test.learned_on}.",
    )
    sets = replace(
        conformal_section(evaluation),
        sentence=f"The bundle's sets of classes, under limits from {test.learned_on}: the share of these images whose "
        "set holds the true class, its mean over patients, the mean number of classes, and how many sets hold one class"
        " or all. Coverage below the level says that these images are unlike those.",
    )
    sets_by_class = replace(
        conformal_class_section(evaluation),
        sentence="Share in % of the images of a class whose set holds it, by level.",
    )
    certain = external(risk_section(evaluation))
    sections = (recalibration_section(test), calibration, sets, sets_by_class, certain, far_section(test))
    return Chapter("trust", "What the probabilities are worth", sections)


def recalibration_section(test: ExternalResult) -> Section:
    """Slope and intercept of the calibrated probability of each class, and of being positive."""
    rows: dict[str, dict[str, Cell]] = {}
    for name, (truth, probability) in test.kinds.items():
        result = test.recalibrations[name]
        rows[name] = {
            "slope": Estimate(result.slope, 2, unit=1),
            "intercept": Estimate(result.intercept, 2, unit=1),
            "predicted %": Estimate(clustered_interval(mean(probability), test.group)),
            "observed %": Estimate(clustered_interval(mean(truth), test.group)),
        }
    sentence = (
        "Logistic recalibration of the bundle's calibrated probabilities, each class against the rest (Cox 1958; Van "
        "Calster et al. 2019). Slope 1 and intercept 0 are right; a slope below 1 says that the probabilities are too "
        "extreme, an intercept below 0 (with slope 1) that they are too high. Beside them the mean probability and the "
        "share of images. A dash: without a mistake there is no slope."
    )
    cells = pd.DataFrame(rows).T.rename_axis("class")
    return Section("slope-and-intercept", "Slope and intercept", sentence, cells, at_length=True)


def far_section(test: ExternalResult) -> Section:
    """How many images lie far from the training images, and how right the answers for them are."""
    far = clustered_interval(share(test.is_outlier, np.ones(len(test.is_outlier))), test.group)
    kinds = {"far from the training images": test.is_outlier, "not far": ~test.is_outlier}
    rows = {name: value_row(test, images) for name, images in kinds.items() if images.any()}
    sentence = (
        f"{far.text()} % of the images lie further from the training images than those of other patients usually do; "
        "of new patients of the same kind few do. Many say that these images are of another kind, by tissue, stain or "
        "scanner. Accuracy in %."
    )
    cells = pd.DataFrame(rows).T.rename_axis("images")
    return Section("out-of-distribution", "Out of distribution", sentence, cells, at_length=True)


def leaks_and_patients(test: ExternalResult) -> Chapter:
    """Whether an image was trained on after all, and how each patient fares."""
    sections = [patient_section(test.evaluation)]
    if test.evaluation.leaks is not None:
        sections.append(training_section(test.evaluation.leaks))
    return Chapter("patients", "Patients and leaks", tuple(sections))


def training_section(leaks: Leaks) -> Section:
    """How many of the images the models were trained on."""
    trained_on = int(leaks.summary["leaked"]["same file"])
    finding = f"{trained_on} test images are files" if trained_on else "No test image is a file"
    advice = " Leave them out: they make the numbers too good." if trained_on else ""
    sentence = (
        f"{finding} that the models were trained on (SHA-256 of the files; {leaks.trained_only} training images)."
        f"{advice} A copy in another format or of another crop has another SHA-256 and is not seen, and patients are "
        "not looked at, for their names may be others' elsewhere."
    )
    section = leak_section(leaks)
    cells = None if section.cells is None else section.cells.loc[["same file"]]
    return replace(section, sentence=sentence, cells=cells)
