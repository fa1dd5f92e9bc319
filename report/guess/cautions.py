"""When a result cannot be told from a guess, and on how few patients it stands."""

from collections.abc import Mapping

from cohort.audit.probe_results import PATIENT, GroupResult
from cohort.checks.label_checks import label_warnings
from cohort.checks.notices import Notice
from cohort.files.offenders import some
from imaging.errors import shown
from report.evaluation import Evaluation
from report.guess.losses import is_worse_than_guessing
from report.section import estimate
from report.statistics.intervals import Interval
from report.statistics.patient_groups import FEW

FEW_IMAGES = 30  # of a class; with fewer, one image more or less moves its recall by over three points
OF_CHANCE = ("accuracy", "AUC")  # measures that say whether a result is above a guess
MOST_FINDINGS = 2  # of the audit, in a sentence
# at the terminal; classes of few images, told once too, have words of their own here
TOLD_ONCE = ("unequal-classes", "patient-of-several-classes", "one-image-per-patient", "patient-called-unknown")
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
    for group in told_groups(evaluation):
        sentence = f"{group.sentence[0].upper()}{group.sentence[1:]}"
        words.append(f"{sentence} (`cv --groups {shown(group.column)}`).")
    return words


def told_groups(evaluation: Evaluation) -> list[GroupResult]:
    """The groups of images, such as centres, that can be told from the images and were not held out in turn."""
    if evaluation.audited is None:
        return []
    held_out = (evaluation.settings or {}).get("groups")
    return [group for group in evaluation.audited.groups if group.told and group.column not in (PATIENT, held_out)]


def audit_notices(evaluation: Evaluation) -> list[Notice]:
    """The same for the terminal: a warning where the classes can be told."""
    words = audit_words(evaluation)
    if evaluation.audited is not None and evaluation.audited.findings:
        return [Notice("classes-told-by-making", sentence) for sentence in words]
    return [Notice("making-of-the-images", sentence) for sentence in words]


def chances(evaluation: Evaluation) -> dict[str, Interval]:
    """Of accuracy and AUC, those whose interval is not above what a guess would reach."""
    reached = {}
    for name in OF_CHANCE:
        interval = evaluation.overall.get(name)
        if interval is not None and interval.low <= evaluation.chance[name]:
            reached[name] = interval
    return reached


def few_patients_words(evaluation: Evaluation) -> list[str]:
    """A sentence where a class has images of fewer than FEW patients; none where no patient is known."""
    few = counted(few_patients(evaluation))
    return [f"Classes of fewer than {FEW} patients: {some(few)}."] if few else []


def few_patients(evaluation: Evaluation) -> dict[str, int]:
    """The patients of each class that has images of fewer than FEW; none where no patient is known."""
    if not evaluation.groups.by_patient:
        return {}
    label = evaluation.out_of_fold.label  # (n,)
    patients = {name: evaluation.groups.patients(label == name) for name in evaluation.out_of_fold.classes}
    return {name: count for name, count in patients.items() if count < FEW}


def few_images_words(evaluation: Evaluation) -> list[str]:
    """A sentence where a class has fewer than FEW_IMAGES images."""
    few = counted(few_images(evaluation))
    return [f"Classes of few images, on which one more or less right is visible: {some(few)}."] if few else []


def few_images(evaluation: Evaluation) -> dict[str, int]:
    """The images of each class that has fewer than FEW_IMAGES."""
    images = evaluation.confusion.sum(axis=1)
    return {str(name): int(count) for name, count in images.items() if count < FEW_IMAGES}


def counted(classes: Mapping[str, int]) -> list[str]:
    """Classes with a number each."""
    return [f"{name} ({count})" for name, count in classes.items()]


def label_words(evaluation: Evaluation) -> list[str]:
    """What may be as it should be in labels and patients, which the terminal tells once and a reader must know."""
    fusion = evaluation.out_of_fold
    labels = fusion.label.tolist()
    patients = [""] * len(labels) if fusion.patients is None else list(fusion.patients)
    words = []
    for notice in label_warnings(labels, patients):
        if notice.kind in TOLD_ONCE:
            words.append(f"{notice[0].upper()}{notice[1:]}.")
    return words
