"""What must be read with care, a line each: those of the page under the same name, in its order."""

from collections.abc import Mapping

from cohort.checks.image_state_notices import states_that_tell
from cohort.files.offenders import some
from report.evaluation import Evaluation
from report.first_look.elided import elided
from report.guess.cautions import audit_words, chances, counted, few_images, few_patients, told_groups
from report.guess.losses import is_worse_than_guessing
from report.statistics.patient_groups import FEW, PatientGroups
from report.trained.optimistic import LABEL

MOST = 5  # lines
NAME, COUNTS, FAMILIES = 12, 46, 26  # letters of what others chose
SCOPE = "One data set: other laboratories, scanners and stains were not tested."
SCOPE_OF_TEST = "One test set: other laboratories, scanners and stains were not tested."


def short_cautions(evaluation: Evaluation, most: int = MOST) -> list[str]:
    """The gravest first and the one that always holds last; what has no room is counted."""
    lines = [*of_training(evaluation), *of_images(evaluation), *of_numbers(evaluation)]
    always = SCOPE_OF_TEST if evaluation.is_external or evaluation.test else SCOPE
    if len(lines) < most:
        return [*lines, always]
    first = lines[: most - 2]
    return [*first, f"{len(lines) - len(first)} more stand in report.html under Read with care.", always]


def of_training(evaluation: Evaluation) -> list[str]:
    """What models may know of the images that they are tested on."""
    lines = [f"{LABEL}: every number is too good."] if evaluation.is_optimistic else []
    leaks = evaluation.leaks
    if evaluation.leaked:
        lines.append(f"Leaks: {evaluation.leaked} images have a copy or their patient in training: numbers too good.")
    if leaks is not None and leaks.spelled_otherwise:
        lines.append(f"Perhaps leaks: {leaks.spelled_otherwise} images, of patients that are spelled in two ways.")
    if leaks is not None and leaks.not_known:
        lines.append(f"Leaks are not known: {leaks.not_known}.")
    return lines


def of_images(evaluation: Evaluation) -> list[str]:
    """What else than tissue may tell the classes."""
    lines = []
    if evaluation.swapped_columns:
        lines.append("Columns of probabilities, or labels, may have changed places: AUC below 0.5.")
    for counts in states_that_tell(evaluation.out_of_fold.label.tolist(), evaluation.states):
        lines.append(f"{elided(counts, COUNTS)}: answers may follow that.")
    return lines + of_audit(evaluation)


def of_audit(evaluation: Evaluation) -> list[str]:
    """What the audit says, a line for each of its sentences."""
    audited = evaluation.audited
    if audited is None:
        unknown = "Not audited: is the label visible in how images were made? Extract again."
        return [unknown for _ in audit_words(evaluation)]
    families = ", ".join(dict.fromkeys(probe.family for probe in audited.findings))
    if any(not probe.of_tissue for probe in audited.findings):
        lines = [f"The label is visible in how the images were made ({elided(families, FAMILIES)})."]
    elif audited.findings:
        lines = [f"The classes differ in {elided(families, FAMILIES)}: biology, or how images were made."]
    elif audited.probes and all(probe.cannot for probe in audited.probes):
        lines = ["Whether the label is visible in how images were made cannot be tested."]
    else:
        lines = ["Audit: no sign that how the images were made tells the classes apart."]
    for group in told_groups(evaluation):
        column = elided(group.column, NAME)
        lines.append(f"{column} can be told from the images: hold each out in turn (--groups).")
    return lines


def of_numbers(evaluation: Evaluation) -> list[str]:
    """How far the numbers can be trusted."""
    lines = []
    if is_worse_than_guessing(evaluation):
        lines.append("Log-loss is worse than a guess: the probabilities are worth less than one.")
    reached = " and ".join(chances(evaluation))
    if reached:
        lines.append(f"Not shown to be above a guess: the interval of {reached} is not.")
    if few_images(evaluation):
        lines.append(f"Few images: {named(few_images(evaluation))}.")
    if few_patients(evaluation) and evaluation.groups.patients() >= FEW:
        lines.append(f"Fewer than {FEW} patients: {named(few_patients(evaluation))}.")
    return lines + of_intervals(evaluation.groups)


def named(classes: Mapping[str, int]) -> str:
    """Some classes with a number each, in a few words."""
    short = {elided(name, NAME): count for name, count in classes.items()}
    return some(counted(short), shown=2)


def of_intervals(groups: PatientGroups) -> list[str]:
    """Where the intervals are not to be relied on; nothing where they count known patients, and enough of them."""
    if not groups.by_patient:
        return ["Patients are unknown: intervals are too narrow if one has several images."]
    if groups.patients() < FEW:
        return [f"Fewer than {FEW} patients in all: do not rely on the intervals."]
    if not groups.known.all():
        return ["Unknown patients count as one for each image: intervals may be too narrow."]
    return []
