"""Whether a bundle's models may know the images, or the patients, that they are to be tested on."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cohort.checks.notices import Notice
from cohort.checks.written_names import groups_in_words, names_by
from cohort.names.spelling import same_person
from cohort.samples import Sample
from imaging.errors import shown

if TYPE_CHECKING:
    from boost.bundle.bundle import Bundle


def doubts_of(bundle: "Bundle", samples: Sequence[Sample], trained_on: set[str] | None = None) -> list[Notice]:
    """What makes the numbers of a test on these images, which have their SHA-256, too good, if it holds.

    trained_on: the patients of the training images; None: those of the bundle's table.
    """
    ours = {sample.patient for sample in samples} - {""}
    theirs = set(bundle.table["patient"]) - {""} if trained_on is None else trained_on
    same_files = sum(sample.sha256 in bundle.files for sample in samples)
    notices = calibrated_on(bundle, samples)
    if same_files:
        sentence = (
            f"the models were trained on {same_files} of these very images; leave them out, or believe cv instead"
        )
        notices.append(Notice("trained-on-this-image", sentence))
    shared_patients = sorted(ours & theirs)
    if shared_patients:
        example = shown(shared_patients[0])
        sentence = (
            f"{len(shared_patients)} patients are named as patients of the training, such as {example}; if they are "
            "the same persons, these are no new patients"
        )
        notices.append(Notice("patients-of-the-training", sentence))
    groups = spelled_otherwise(ours, theirs)
    if groups:
        sentence = (
            f"here and in the training may be one patient: {groups_in_words(groups)}; if so, these are no new patients"
        )
        notices.append(Notice("patients-of-the-training", sentence))
    return notices


def calibrated_on(bundle: "Bundle", samples: Sequence[Sample]) -> list[Notice]:
    """Whether these images, or their patients, are those of the one test from which a bundle learned to be read."""
    tested = {digest for _, digest in bundle.tested_files()}
    if not tested:
        return []
    same_files = sum(sample.sha256 in tested for sample in samples)
    patients = ({sample.patient for sample in samples} & set(bundle.table["patient"])) - {""}
    if not same_files and not patients:
        return []
    seen = f"{same_files} of these very images" if same_files else f"images of {len(patients)} patients named as here"
    sentence = (
        f"calibration, sets and operating point of the bundle were fitted to {seen}: on them they look too good, and "
        "agreement with its own test is no news; take images of other patients"
    )
    return [Notice("calibrated-on-this-image", sentence)]


def patients_of_training(bundle: "Bundle") -> set[str]:
    """The known patients that a bundle's models were trained on: those of its table, unless that is of another test."""
    listed = set()
    for of_run in bundle.facts.training.values():
        names = of_run.get("patients") if isinstance(of_run, Mapping) else None
        listed |= {str(name) for name in names} if isinstance(names, list) else set()
    is_one_test = bool(bundle.facts.training) and len(bundle.facts.folds) == 1
    return listed if is_one_test else set(bundle.table["patient"]) - {""}


def spelled_otherwise(ours: set[str], theirs: set[str]) -> list[list[str]]:
    """Names of patients that may be of one each: some of ours, some of theirs."""
    groups = []
    for names in names_by(ours | theirs, same_person):
        if ours.intersection(names) and theirs.intersection(names):
            groups.append(names)
    return groups
