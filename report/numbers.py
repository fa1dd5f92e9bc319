"""numbers.json: every number of a report with its interval, under keys that stay (docs/NUMBERS.md)."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from report.audited.audit_numbers import of_audit
from report.choices.choices_numbers import of_choices
from report.evaluation import Evaluation
from report.measures.all_images import intervals_of, overall_measures
from report.measures.calibration import AS_VOTED
from report.out_of_fold import OutOfFold, out_of_fold_of
from report.statistics.clustered import loss_interval
from report.statistics.influence import mean
from report.statistics.intervals import Interval
from report.statistics.metrics import losses
from report.statistics.patient_groups import PatientGroups

KEYS = {  # of measures and aims whose key is another than their name in small letters
    "balanced accuracy": "balanced_accuracy",
    "Cohen's kappa": "kappa",
    "macro F1": "macro_f1",
    "log-loss": "log_loss",
    "sensitivity ≥ 95 %": "sensitivity_95",
}


def measures(
    table: pd.DataFrame, positive: Sequence[str] | None = None, two_class: str | None = None
) -> dict[str, Any]:
    """What numbers.json would hold for the predictions of one model, in the columns of predictions.csv.

    None asks for the default. Raises PredictionsError on several models, PositiveError on a wrong choice.
    """
    return numbers(Evaluation.of(out_of_fold_of(table, positive, two_class)))


def numbers(evaluation: Evaluation) -> dict[str, Any]:
    """All numbers of a report; None where there is none."""
    fusion = evaluation.out_of_fold
    content = counts(evaluation) | {"selected_on_test": evaluation.is_optimistic}
    content |= by_key(evaluation.overall)
    content["by_chance"] = {key_of(name): level for name, level in evaluation.chance.items()}
    if fusion.probabilities is not None:
        content |= of_probabilities(evaluation)
    content["class_shares"] = of_class_shares(evaluation)
    content["whole_image"] = of_plain_way(evaluation)
    if evaluation.history is not None:
        content["trained_networks"] = of_trained_networks(evaluation)
    content["procedure_accuracy"] = evaluation.procedure_accuracy
    content["under_assumed_patients"] = by_key(evaluation.under_assumed_patients)
    content["per_class"] = {name: by_key(intervals) for name, intervals in evaluation.class_intervals.items()}
    content["operating_points"] = operating_points(evaluation)
    content["thresholds"] = thresholds(evaluation)
    content["sets"] = sets(evaluation)
    content["leaks"] = leaks(evaluation)
    content |= of_choices(evaluation)
    content["audit"] = of_audit(evaluation.audited)
    models = {**evaluation.variants, "fusion": fusion}
    content["models"] = {name: of_model(model) for name, model in models.items()}
    return plain(content)


def counts(evaluation: Evaluation) -> dict[str, Any]:
    """What the numbers rest on."""
    fusion = evaluation.out_of_fold
    known = evaluation.groups.known  # (n,)
    return {
        "images": len(fusion.images),
        "patients": evaluation.groups.patients(known),
        "images_of_unknown_patients": int(np.sum(~known)),
        "images_assumed_per_unknown_patient": evaluation.images_of_unknown,
        "folds": len(np.unique(fusion.fold)),
        "classes": {name: int(np.sum(fusion.label == name)) for name in fusion.classes},
        "positive": fusion.positive,
        "auc_rule": fusion.auc,
    }


def of_probabilities(evaluation: Evaluation) -> dict[str, Any]:
    """Losses and calibration of the probabilities that the report is about; then of the others."""
    qualities = {}
    for name, quality in evaluation.quality.items():
        qualities[name] = {
            "log_loss": quality.log_loss,
            "brier": quality.brier,
            "calibration_error": quality.error,
            "calibration_error_by_chance": quality.error_by_chance,
        }
    of_report, *others = qualities
    calibrated = [name for name in others if name != AS_VOTED]
    curve = evaluation.risk_coverage
    return {
        **qualities[of_report],
        "risk_coverage_area": None if curve is None else curve.area,
        "calibrated": {name: qualities[name] for name in calibrated},
        "as_voted": qualities.get(AS_VOTED),
        "log_loss_changes": evaluation.log_loss_changes,
    }


def of_class_shares(evaluation: Evaluation) -> dict[str, Any] | None:
    """The line to beat; None where there are no other folds to take shares from."""
    shares = evaluation.class_shares
    if shares is None:
        return None
    content: dict[str, Any] = {"accuracy": shares.accuracy, "log_loss": shares.log_loss, "brier": shares.brier}
    return {**content, "log_loss_difference": shares.gain}


def of_plain_way(evaluation: Evaluation) -> dict[str, Any] | None:
    """What is often done, whole images and logistic regression, and the result minus that; None where not known."""
    comparison = evaluation.against_plain
    if comparison is None:
        return None
    content = {}
    for row in comparison.differences:
        content[key_of(row.measure)] = {"value": row.first, "difference": row.change}
    return content


def of_trained_networks(evaluation: Evaluation) -> dict[str, Any]:
    """What a run of networks trained end to end adds: whether it is optimistic, and frozen features beside it."""
    comparison = evaluation.against_frozen
    beside = None
    if comparison is not None:
        beside = {key_of(row.measure): {"value": row.first, "difference": row.change} for row in comparison.differences}
    return {"selected_on_test": evaluation.is_optimistic, "frozen_features": beside}


def operating_points(evaluation: Evaluation) -> dict[str, Any]:
    """The measures at each fixed threshold."""
    if evaluation.two_class is None:
        return {}
    points = evaluation.operating_points
    return {f"{threshold:.2f}": by_key(intervals) for threshold, intervals in points.items()}


def thresholds(evaluation: Evaluation) -> dict[str, Any]:
    """The measures at thresholds that were chosen for an aim."""
    chosen = {}
    for choice in evaluation.threshold_choices or ():
        chosen[key_of(choice.aim)] = {
            "threshold": choice.hindsight,
            "thresholds_by_fold": choice.thresholds.tolist(),
            "on_all": by_key(choice.on_all),
            "out_of_fold": by_key(choice.held_out),
        }
    return chosen


def sets(evaluation: Evaluation) -> dict[str, Any]:
    """The conformal sets by level."""
    levels = {}
    for level in evaluation.coverage:
        levels[f"{level.level:.2f}"] = {
            "coverage": level.coverage,
            "mean_over_patients": level.mean_over_patients,
            "mean_size": level.mean_size,
            "one_class": level.one_class,
            "all_classes": level.all_classes,
        }
    return levels


def leaks(evaluation: Evaluation) -> dict[str, Any] | None:
    """How many images were looked at and how many leak, by kind; None where it was not looked for."""
    if evaluation.leaks is None:
        return None
    summary = evaluation.leaks.summary
    kinds = {}
    for kind, known, leaked in zip(summary.index, summary["known"], summary["leaked"], strict=True):
        kinds[str(kind).replace(" ", "_").replace("-", "_")] = {"known": int(known), "leaked": int(leaked)}
    kinds["perhaps_same_patient"] = {
        "known": int(summary["known"]["same patient"]),
        "leaked": evaluation.leaks.spelled_otherwise,
    }
    return kinds


def of_model(model: OutOfFold) -> dict[str, Any]:
    """The measures of one model over all images, and its losses."""
    group = PatientGroups.of(model).group  # (n,)
    content = by_key(intervals_of(overall_measures(model), group))
    if model.probabilities is not None:
        log_loss, brier = losses(model.probabilities, model.codes)  # (n,), (n,)
        content["log_loss"] = loss_interval(mean(log_loss), group)
        content["brier"] = loss_interval(mean(brier), group)
    return content


def key_of(name: str) -> str:
    """The key of a measure or an aim."""
    return KEYS.get(name, name.lower())


def by_key(intervals: Mapping[str, Interval]) -> dict[str, Any]:
    """Intervals under the keys of the file."""
    return {key_of(name): interval for name, interval in intervals.items()}


def plain(content: Any) -> Any:
    """The same as JSON has it: an interval as value, low and high, and None for what is no number."""
    if isinstance(content, Interval):
        return {"value": plain(content.value), "low": plain(content.low), "high": plain(content.high)}
    if isinstance(content, Mapping):
        return {str(key): plain(part) for key, part in content.items()}
    if isinstance(content, list | tuple):
        return [plain(part) for part in content]
    if isinstance(content, float | np.floating):
        return float(content) if np.isfinite(content) else None
    return content


def numbers_json(evaluation: Evaluation) -> bytes:
    """The content of numbers.json."""
    return (json.dumps(numbers(evaluation), indent=1, allow_nan=False) + "\n").encode()
