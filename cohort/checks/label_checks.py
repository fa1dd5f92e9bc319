"""What is allowed in labels and patients but often a mistake, said plainly and with what to do."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from cohort.checks.notices import Notice
from cohort.files.offenders import some

FOLDS = 10  # as cv makes them unless told otherwise
SHOWN = 5


def label_warnings(labels: Sequence[str], patients: Sequence[str]) -> list[Notice]:
    """Warnings on the labels and patients ("" where unknown) of images, one entry of each per image."""
    return [
        *_small_classes(labels),
        *_spellings(labels, patients),
        *_classes_of_one_patient(labels, patients),
        *_patients_of_several_classes(labels, patients),
    ]


def _small_classes(labels: Sequence[str]) -> list[Notice]:
    small = {label: count for label, count in sorted(Counter(labels).items()) if count < FOLDS}
    if not small:
        return []
    least = min(small.values())
    if least > 1:
        way_out = f"use cv --folds {least} or fewer"
    else:
        way_out = "a single image cannot be both learned from and tested"
    counts = ", ".join(f"{label!r} {count}" for label, count in small.items())
    return [
        Notice(
            "small-class",
            f"classes with fewer than {FOLDS} images: {counts}; {way_out}, or add images, or leave the class out",
        )
    ]


def _spellings(labels: Iterable[str], patients: Iterable[str]) -> list[Notice]:
    """Names that differ in no more than a typing habit."""
    alike = "differ only in case or spaces and count as different"
    way_out = "if one is meant, spell it in one way"
    warnings = []
    for names in _spelled_alike(labels, r"[\s_-]"):
        sentence = f"classes {_quoted(names)} {alike}; {way_out}"
        warnings.append(Notice("class-spelled-in-two-ways", sentence))
    for names in _spelled_alike(patients, r"\s"):
        leak = "so that one may be trained on and another tested on"
        sentence = f"patients {_quoted(names)} {alike}, {leak}; {way_out}"
        warnings.append(Notice("patient-spelled-in-two-ways", sentence))
    return _first_of(warnings)


def _spelled_alike(names: Iterable[str], ignored: str) -> list[set[str]]:
    """The groups of names that are one but for case and the ignored characters, a pattern."""
    spellings = defaultdict(set)
    for name in names:
        spellings[re.sub(ignored, "", name.casefold())].add(name)
    return [group for _, group in sorted(spellings.items()) if len(group) > 1]


def _classes_of_one_patient(labels: Sequence[str], patients: Sequence[str]) -> list[Notice]:
    """Classes that cannot be learned while their one patient is held out."""
    patients_of = defaultdict(set)
    for label, patient in zip(labels, patients, strict=True):
        patients_of[label].add(patient)
    warnings = []
    for label, own in sorted(patients_of.items()):
        if len(own) == 1 and own != {""}:
            sentence = (
                f"all images of class {label!r} are of patient {min(own)!r}, who cannot be held out; add other "
                "patients' images, leave the class out, or ignore patients (cv --groups none) and say so beside the "
                "result"
            )
            warnings.append(Notice("class-of-one-patient", sentence))
    return _first_of(warnings)


def _patients_of_several_classes(labels: Sequence[str], patients: Sequence[str]) -> list[Notice]:
    """Which is legal and often true."""
    classes_of = defaultdict(set)
    for label, patient in zip(labels, patients, strict=True):
        if patient:
            classes_of[patient].add(label)
    mixed = [patient for patient, classes in sorted(classes_of.items()) if len(classes) > 1]
    if not mixed:
        return []
    example = f"{mixed[0]!r} of {_quoted(classes_of[mixed[0]])}"
    sentence = (
        f"patients with images of several classes: {len(mixed)}, such as {example}; "
        "fine where each image has a label of its own, but where labels are diagnoses of patients, correct them"
    )
    return [Notice("patient-of-several-classes", sentence)]


def _first_of(warnings: list[Notice]) -> list[Notice]:
    """The first few, and how many more there are."""
    left = len(warnings) - SHOWN
    if left <= 0:
        return warnings
    return [*warnings[:SHOWN], Notice(warnings[-1].kind, f"... and {left} more like that")]


def _quoted(names: Iterable[str]) -> str:
    return some([repr(name) for name in sorted(names)], SHOWN)
