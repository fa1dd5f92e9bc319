"""The checklist after TRIPOD+AI: filled in where the answers and settings say it, left to the author elsewhere."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from report.cautions import parted_patients
from report.facts import Facts
from report.intervals import overall_intervals
from report.resample import cohort_sentence
from report.section import Section
from report.settings import text_of
from report.tables import interval_text
from report.tripod import CITATION, ITEMS

FILLED, PARTLY, OPEN = "✓ filled in", "◐ in part", "○ to write"


def checklist_section(facts: Facts) -> Section:
    """All items, each with what is known and what remains to be written."""
    rows = [(item, *filled(facts, item.number)) for item in ITEMS]
    cells = pd.DataFrame(
        {
            "asked": [item.topic for item, _, _ in rows],
            "state": [state for _, state, _ in rows],
            "from this run": [words or "–" for _, _, words in rows],
            "for the author": ["–" if state == FILLED else item.write for item, state, _ in rows],
        },
        index=pd.Index([item.number for item, _, _ in rows], name="item"),
    )
    counts = {state: int((cells["state"] == state).sum()) for state in (FILLED, PARTLY, OPEN)}
    told = ", ".join(f"{count} {state[2:]}" for state, count in counts.items())
    sentence = (
        f"After TRIPOD+AI ({CITATION}), in our words: {told}, of {len(rows)} items. What the software knows is filled "
        "in; only the author knows the rest. Check the wording against the statement itself before submitting."
    )
    return Section("Checklist", sentence, cells, at_length=True)


def filled(facts: Facts, number: str) -> tuple[str, str]:
    """The state of an item and what is known of it."""
    state, fill = KNOWN.get(number, (OPEN, None))
    words = fill(facts) if fill else ""
    return (state, words) if words else (OPEN, "")


def outcome(facts: Facts) -> str:
    positive = facts.fusion.positive
    sides = f" Positive in the two-class task: {' + '.join(positive)}." if positive else ""
    return f"{len(facts.fusion.classes)} classes: {', '.join(facts.fusion.classes)}.{sides}"


def predictors(facts: Facts) -> str:
    networks = facts.of_variants("encoder")
    return networks and f"Descriptors by networks not trained on these images: {networks}; all of each were used."


def definitions(facts: Facts) -> str:
    power, crop = facts.of_variants("power"), facts.of_variants("crop")
    return crop and f"Each network's features of crops of {crop} pixels, pooled by the power mean (p = {power})."


def preparation(facts: Facts) -> str:
    scale, views, crops = (facts.of_variants(key) for key in ("scale", "views", "crops"))
    return (
        views
        and f"Rescaled by {scale}; stain normalised; {views} stain jitters an image, {crops} random crops of each."
    )


def sample_size(facts: Facts) -> str:
    known = facts.resamples.patients(facts.fusion.known) if facts.fusion.known.any() else 0
    who = f"{known} known patients" if known else "no patient known"
    count = f"{len(facts.fusion.images)} images, {who}. Images by class: {class_counts(facts)}."
    return f"{count} The intervals say what that is enough for."


def class_counts(facts: Facts) -> str:
    return ", ".join(f"{name} {np.sum(facts.fusion.label == name)}" for name in facts.fusion.classes)


def missing(facts: Facts) -> str:
    unknown = int(np.sum(~facts.fusion.known))
    who = (
        f"The patient of {unknown} of {len(facts.fusion.images)} images is unknown"
        if unknown
        else "No patient is unknown"
    )
    how = ", each taken as a patient of its own" if unknown else ""
    return f"{who}{how}. Every image here has a label and an answer; images without are not counted."


def use_of_data(facts: Facts) -> str:
    folds = len(np.unique(facts.fusion.fold))
    parted = parted_patients(facts.fusion)
    known = facts.fusion.known.any()
    patients = f"{parted} known patients are in several folds" if parted else "no known patient is in two folds"
    return (
        f"{folds}-fold cross-validation{f'; {patients}' if known else '; patients unknown'}. No test set was held back."
    )


def model(facts: Facts) -> str:
    boost = facts.setting("boost")
    if not isinstance(boost, Mapping):
        return ""
    return f"Gradient-boosted trees (LightGBM) on each variant's descriptors, averaged: {told(boost)}."


def clusters(facts: Facts) -> str:
    return "Intervals take the images of a patient as one cluster." if facts.resamples.by_patient else ""


def told(settings: Mapping[str, Any]) -> str:
    return ", ".join(f"{key.replace('_', ' ')} {text_of(value)}" for key, value in settings.items())


def measures(facts: Facts) -> str:
    names = ", ".join(overall_intervals(facts.fusion, facts.resamples))
    return f"Of the fusion: {names}, calibration, coverage. {cohort_sentence(facts.resamples)}"


def made(facts: Facts) -> str:
    how = "; probabilities averaged over jitters, models and variants" if facts.settings else ""
    return f"Each image out-of-fold, by models that were not trained on it{how}."


def balance(facts: Facts) -> str:
    how = " Classes were neither weighted nor resampled." if facts.settings else ""
    return f"Images by class: {class_counts(facts)}.{how} Balanced accuracy and the recall of each class are shown."


def output(facts: Facts) -> str:
    if facts.fusion.probabilities is None:
        return f"A class{' and a two-class score' if facts.fusion.score is not None else ''}."
    sides = " Two classes are told by the threshold shown." if facts.fusion.positive else ""
    return f"A probability for each class; the class answered is the likeliest.{sides}"


def evaluation(facts: Facts) -> str:
    leaks = facts.leaks
    count = int(leaks.summary["leaked"]["any"]) if leaks else 0
    found = f" {count} test image{' has' if count == 1 else 's have'} a relative in training." if leaks else ""
    return f"Same data set, other folds: no external evaluation.{found}"


def code(facts: Facts) -> str:
    versions = facts.setting("versions")
    return f"Versions: {told(versions)}." if isinstance(versions, Mapping) and versions else ""


def numbers(facts: Facts) -> str:
    sizes = pd.Series(facts.fusion.fold).value_counts()
    total, folds = int(sizes.sum()), len(sizes)
    low, high = total - int(sizes.max()), total - int(sizes.min())
    trained = str(low) if low == high else f"{low} to {high}"
    return f"{folds} folds, each model trained on {trained} of {total} images. Images by class: {class_counts(facts)}."


def performance(facts: Facts) -> str:
    found = overall_intervals(facts.fusion, facts.resamples)
    return (
        "Fusion: "
        + "; ".join(f"{name} {interval_text(name, kept)}" for name, kept in found.items())
        + ". Tables and figures above."
    )


def always(words: str) -> Callable[[Facts], str]:
    """What is true of all answers."""
    return lambda facts: words


def ours(words: str) -> Callable[[Facts], str]:
    """What is true of a run of this software; of answers from elsewhere nothing is claimed."""
    return lambda facts: words if facts.settings else ""


KNOWN: dict[str, tuple[str, Callable[[Facts], str]]] = {
    "5a": (PARTLY, lambda facts: f"Data set: {facts.setting('name')}." if facts.setting("name") else ""),
    "7": (PARTLY, preparation),
    "8a": (PARTLY, outcome),
    "9a": (PARTLY, predictors),
    "9b": (PARTLY, definitions),
    "9c": (PARTLY, ours("Computed from the pixels without the label.")),
    "10": (PARTLY, sample_size),
    "11": (PARTLY, missing),
    "12a": (FILLED, use_of_data),
    "12b": (FILLED, ours("None was selected, transformed or filled in; trees take descriptors as they are.")),
    "12c": (PARTLY, model),
    "12d": (PARTLY, clusters),
    "12e": (FILLED, measures),
    "12f": (FILLED, ours("None; where calibrated probabilities are shown, they stand beside those as they are.")),
    "12g": (FILLED, made),
    "13": (FILLED, balance),
    "15": (FILLED, output),
    "16": (PARTLY, evaluation),
    "18f": (PARTLY, code),
    "21": (FILLED, numbers),
    "22": (PARTLY, ours("The command fit keeps the models with protocol, classes and versions as one bundle.")),
    "23a": (PARTLY, performance),
    "23b": (PARTLY, always("Accuracy by fold with its spread; by patient, where patients are known.")),
    "24": (FILLED, ours("None.")),
    "26": (PARTLY, always("Small samples, leaks and what was not tested: see Read with care.")),
}
