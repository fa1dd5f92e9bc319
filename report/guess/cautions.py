"""When a result cannot be told from a guess, and on how few patients it stands."""

from cohort.audit.probe_results import PATIENT
from cohort.checks.notices import Notice
from cohort.files.offenders import some
from imaging.errors import shown
from report.evaluation import Evaluation
from report.guess.losses import is_worse_than_guessing
from report.section import estimate
from report.statistics.intervals import Interval
from report.statistics.patient_groups import FEW

AUC_BY_CHANCE = 0.5
MOST_FINDINGS = 2  # of the audit, in a sentence
IMAGES_ALONE = " Patients are unknown, and each image is taken for one: what tells a patient may seem to tell a class."
NOT_AUDITED = (
    "Whether the label is visible in how the images were made was not audited, for the cache has no measures of them: "
    "run `python pipeline.py extract` on the images again (nothing is described anew) and then cv."
)


def guess_words(evaluation: Evaluation) -> list[str]:
    """A sentence where the log-loss is worse than that of the class shares, and one where chance is not excluded."""
    words = []
    shares = evaluation.class_shares
    if shares is not None and shares.gain is not None and is_worse_than_guessing(evaluation):
        guessed = shares.log_loss.value
        words.append(
            f"The log-loss, {guessed + shares.gain.value:.3f}, is worse than that of saying how frequent each class "
            f"is, {guessed:.3f}: the probabilities are worth less than a guess."
        )
    by_chance = chances(evaluation)
    reached = [f"{name} {estimate(name, interval)}" for name, interval in by_chance.items()]
    if reached:
        words.append(
            f"{' and '.join(reached)}: the interval is not above what a guess would reach (the share of the most "
            "frequent class, AUC 0.5), so it is not shown that the images tell the classes apart."
        )
    return words


def audit_words(evaluation: Evaluation) -> list[str]:
    """What the audit says, with its strongest findings; that there was none, where cv could have made one."""
    audited = evaluation.audited
    words: list[str] = []
    if audited is None:
        if (evaluation.settings or {}).get("command") == "cv":
            words.append(NOT_AUDITED)
        return words
    findings = [f" {finding.sentence}." for finding in audited.findings[:MOST_FINDINGS]]
    alone = "" if audited.patients else IMAGES_ALONE
    words.append(f"{audited.verdict[0].upper()}{audited.verdict[1:]}.{''.join(findings)}{alone}")
    held_out = (evaluation.settings or {}).get("groups")
    for group in audited.groups:
        if group.told and group.column not in (PATIENT, held_out):
            sentence = f"{group.sentence[0].upper()}{group.sentence[1:]}"
            words.append(f"{sentence} (`cv --groups {shown(group.column)}`).")
    return words


def audit_notices(evaluation: Evaluation) -> list[Notice]:
    """The same for the terminal: a warning where the classes can be told."""
    words = audit_words(evaluation)
    if evaluation.audited is not None and evaluation.audited.findings:
        return [Notice("classes-told-by-making", sentence) for sentence in words]
    return [Notice("making-of-the-images", sentence) for sentence in words]


def chances(evaluation: Evaluation) -> dict[str, Interval]:
    """Of accuracy and AUC, those whose interval is not above what a guess would reach."""
    most_frequent = evaluation.confusion.sum(axis=1).max() / len(evaluation.out_of_fold.label)
    by_chance = {"accuracy": float(most_frequent), "AUC": AUC_BY_CHANCE}
    reached = {}
    for name, chance in by_chance.items():
        interval = evaluation.overall.get(name)
        if interval is not None and interval.low <= chance:
            reached[name] = interval
    return reached


def few_patients_words(evaluation: Evaluation) -> list[str]:
    """A sentence where a class has images of fewer than FEW patients; none where no patient is known."""
    fusion = evaluation.out_of_fold
    if not evaluation.groups.by_patient:
        return []
    few = []
    for name in fusion.classes:
        patients = evaluation.groups.patients(fusion.label == name)
        if patients < FEW:
            few.append(f"{name} ({patients})")
    return [f"Classes of fewer than {FEW} patients: {some(few)}."] if few else []
