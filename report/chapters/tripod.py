"""The checklist after TRIPOD+AI: filled in where predictions and settings say it, left to the author elsewhere."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from report.checklist.run_items import of_run
from report.evaluation import Evaluation
from report.section import DASH, Chapter, Section, estimate
from report.statistics.patient_groups import cohort_sentence

NOTHING_TO_ADD = {"12a", "12b", "12e", "12f", "12g", "13", "15", "21", "24"}  # once filled in, they are complete
FILLED, PARTLY, OPEN = "✓ filled in", "◐ in part", "○ to write"


def tripod(evaluation: Evaluation) -> Chapter:
    """The checklist."""
    return Chapter("tripod", "Checklist", (checklist_section(evaluation),))


def checklist_section(evaluation: Evaluation) -> Section:
    """All items, each with what is known and what remains to be written."""
    filled_in = of_data(evaluation) | of_analysis(evaluation) | of_result(evaluation)
    if evaluation.settings:
        filled_in |= of_run(evaluation.settings)
    rows = {}
    for item, (topic, to_write) in ITEMS.items():
        state = state_of(item, filled_in)
        rows[item] = {
            "asked": topic,
            "state": state,
            "from this run": filled_in.get(item, DASH),
            "for the author": DASH if state == FILLED else to_write,
        }
    states = [row["state"] for row in rows.values()]
    counts = ", ".join(f"{states.count(state)} {state[2:]}" for state in (FILLED, PARTLY, OPEN))
    sentence = (
        f"After TRIPOD+AI ({CITATION}), in our words: {counts}, of {len(ITEMS)} items. Only the author knows the rest; "
        "check the wording against the statement itself before submitting."
    )
    return Section("tripod-ai", "TRIPOD+AI", sentence, pd.DataFrame(rows).T.rename_axis("item"), at_length=True)


def state_of(item: str, filled_in: Mapping[str, str]) -> str:
    """How much of an item this run says."""
    if item not in filled_in:
        return OPEN
    return FILLED if item in NOTHING_TO_ADD else PARTLY


def of_data(evaluation: Evaluation) -> dict[str, str]:
    """What the predictions say of the images and patients, by item."""
    fusion, leaks = evaluation.out_of_fold, evaluation.leaks
    images = len(fusion.label)
    names = ", ".join(fusion.classes)
    counts = ", ".join(f"{name} {np.sum(fusion.label == name)}" for name in fusion.classes)
    patients = evaluation.groups.patients(fusion.known) if fusion.known.any() else "no"
    positive = f" Positive in the two-class task: {' + '.join(fusion.positive)}." if fusion.positive else ""
    trained_only = 0 if leaks is None else leaks.trained_only
    unknown = int(np.sum(~fusion.known)) + trained_only  # what is trained on only is so for want of a patient
    beside = f" {trained_only} more were trained on only, and are not in the numbers." if trained_only else ""
    return {
        "8a": f"{len(fusion.classes)} classes: {names}.{positive}",
        "10": f"{images} images tested, {patients} known patients; the intervals say what that is enough for.{beside}",
        "11": f"The patient of {unknown} of {images + trained_only} images is unknown. Images without label or "
        "prediction are not counted here.",
        "13": f"Images tested by class: {counts}.{beside} Balanced accuracy and the recall of each class are shown.",
    }


def of_analysis(evaluation: Evaluation) -> dict[str, str]:
    """What the predictions say of how they were made and judged, by item."""
    fusion, leaks = evaluation.out_of_fold, evaluation.leaks
    _, tested = np.unique(fusion.fold, return_counts=True)  # (folds,)
    images = len(fusion.label) + (0 if leaks is None else leaks.trained_only)
    trained = images - tested  # (folds,)
    leaked = "Leaked pairs were not looked for"
    if leaks is not None and leaks.not_known:
        leaked = f"Leaked pairs are not known, for {leaks.not_known}"
    elif leaks is not None:
        leaked = f"{evaluation.leaked} test images form leaked pairs with training images"
    prediction = "A class."
    if fusion.probabilities is not None:
        prediction = "A probability for each class; the predicted class is the likeliest."
    if fusion.positive:
        prediction += " Two classes are separated by a threshold on a score."
    auc = f"AUC {fusion.auc}. " if "AUC" in evaluation.overall else ""
    is_one_test_set = leaks is not None and leaks.not_known != ""
    split = "One test set" if is_one_test_set else f"{len(tested)}-fold cross-validation"
    held_back = "" if is_one_test_set else " No test set was held back."
    items = {
        "12a": f"{split}. {leaked} (same patient, same file, near-duplicate).{held_back}",
        "12e": f"{', '.join(evaluation.overall)}; calibration; risk and coverage. {auc}"
        f"{cohort_sentence(evaluation.groups)}",
        "12g": "Each image by models that were not trained on it.",
        "15": prediction,
        "16": "Same data set, other folds: no external evaluation.",
        "21": f"Each model was trained on {trained.min()} to {trained.max()} of {images} images.",
    }
    if is_one_test_set:
        for item in ("12g", "16", "21"):  # what the models were trained on is not in the table
            del items[item]
    if evaluation.groups.by_patient:
        items["12d"] = "Intervals take the images of a patient as one cluster."
    return items


def of_result(evaluation: Evaluation) -> dict[str, str]:
    """The result itself, by item."""
    measures = "; ".join(f"{name} {estimate(name, interval)}" for name, interval in evaluation.overall.items())
    return {
        "23a": f"Fusion, with 95 % intervals: {measures}. Tables and figures above.",
        "23b": "Accuracy by fold with its spread; by patient, where patients are known.",
        "26": "Small samples, leaks and what was not tested: see Read with care.",
    }


CITATION = "Collins et al. 2024, BMJ 385:e078378, doi:10.1136/bmj-2023-078378"
ITEMS: dict[str, tuple[str, str]] = {  # by number: what is asked, and what its author must write
    "1": ("What kind of study it is", "Name the model's task, the patients and that it was developed."),
    "2": ("Summary", "Write it after TRIPOD+AI for Abstracts, with the accuracy and its interval."),
    "3a": ("Clinical setting", "Say which decision the prediction is for, and which models exist."),
    "3b": ("Patients and users", "Say for whom it is meant, and who would use it where in the work."),
    "3c": ("Known inequalities", "Say which groups of patients fare worse today, if it is known."),
    "4": ("Aim", "Say whether the study develops a model, evaluates one, or both."),
    "5a": ("Where the data come from", "Name archive, trial or challenge, and whom they stand for."),
    "5b": ("Dates", "Give the first and last day of collection."),
    "6a": ("Centres", "Give number, kind and place of the laboratories, and their scanners."),
    "6b": ("Who was included", "Give the rules by which patients and images were taken or left out."),
    "6c": ("Treatments", "Say whether patients were treated before the tissue was taken."),
    "7": ("Preparation of the data", "Say what was done to slides and images before they came here."),
    "8a": ("Outcome", "Say how each class is defined and from which evidence the label comes."),
    "8b": ("Who judged", "Give the number and experience of the pathologists, and how they agreed."),
    "8c": ("Blinding of the outcome", "Say what the pathologists knew when they set the labels."),
    "9a": ("Choice of predictors", "Say why these networks and magnifications, and no others."),
    "9b": ("Definition of predictors", "Give staining, scanner and pixel size of the images."),
    "9c": ("Who measured the predictors", "Say whether a person chose the fields, and what they knew."),
    "10": ("Sample size", "Say why there are this many, and whether that is enough for the question."),
    "11": ("Missing data", "Say which images or facts were missing and why."),
    "12a": ("Use of the data", "Add what was held back for a last test, if anything."),
    "12b": ("Handling of predictors", "Add any change to the descriptors made outside this software."),
    "12c": ("Kind and building of the model", "Say why this kind of model, and what was tuned on which data."),
    "12d": ("Differences between clusters", "Say how centres or scanners were taken into account."),
    "12e": ("Measures of performance", "Say which measure decides, and chosen when."),
    "12f": ("Updating", "Say whether the model was changed after it was evaluated."),
    "12g": ("How predictions were made", "For other data, name the bundle and its version."),
    "13": ("Class imbalance", "Say why nothing, or what, was done about rare classes."),
    "14": ("Fairness", "Say how results were compared between groups, such as age, sex or origin."),
    "15": ("What the model predicts", "Say how its prediction is to be read, and why this threshold."),
    "16": ("Training against evaluation", "Say how the patients of the evaluation differ in setting."),
    "17": ("Ethics", "Name the board and its decision, and how consent was given or waived."),
    "18a": ("Funding", "Name the funders and what they had to say in the study."),
    "18b": ("Interests", "Declare the interests of all authors."),
    "18c": ("Protocol", "Say where the study's protocol is, or that there is none."),
    "18d": ("Registration", "Give register and number, or say that it was not registered."),
    "18e": ("Data", "Say where images, labels and folds can be had, and under which terms."),
    "18f": ("Code", "Give the address and the licence of the code."),
    "19": ("Patients and public", "Say how patients took part in the study, or that they did not."),
    "20a": ("Flow of patients", "Draw the way from the archive to these images."),
    "20b": ("Who they are", "Give age, sex, diagnosis and dates, by class and by centre."),
    "20c": ("Against the training data", "For other data, compare patients and outcome with these."),
    "21": ("Numbers in each analysis", "Add numbers of analyses made outside this software."),
    "22": ("The model itself", "Say where the bundle can be had, and who may use it."),
    "23a": ("Performance", "Repeat it for groups of patients that matter."),
    "23b": ("Differences between clusters", "Give the results by centre or scanner, if there are several."),
    "24": ("Updated model", "Report the changed model and its results, if there is one."),
    "25": ("Interpretation", "Hold the results against the aim and earlier studies, fairness too."),
    "26": ("Limits", "Say how the limits may bend the results, and in which direction."),
    "27a": ("Poor input", "Say what happens to blurred, badly stained or missing images."),
    "27b": ("Users", "Say what its users must do and know."),
    "27c": ("Next steps", "Say what remains to be tested before anyone relies on it."),
}
