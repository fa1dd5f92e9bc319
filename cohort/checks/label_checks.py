"""What is allowed in labels but often a mistake, said plainly and with what to do."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from cohort.checks.notices import Notice
from cohort.checks.patient_checks import patient_notices
from cohort.checks.written_names import groups_in_words, names_by, words_for_unknown
from cohort.files.offenders import some
from cohort.names.spelling import likeness

FOLDS = 10  # as cv makes them unless told otherwise
SHOWN = 5
MANY_CLASSES = 20  # more than that are rarely meant where they have few images each
UNEQUAL = 20  # times as many images in the largest class as in the smallest


def label_warnings(labels: Sequence[str], patients: Sequence[str]) -> list[Notice]:
    """Warnings on the labels and patients ("" where unknown) of images, one entry of each per image."""
    return [
        *_sizes_of_classes(labels),
        *_spellings(labels),
        *_words_for_unknown(labels),
        *patient_notices(patients),
        *_classes_of_one_patient(labels, patients),
        *_patients_of_several_classes(labels, patients),
    ]


def _sizes_of_classes(labels: Sequence[str]) -> list[Notice]:
    counts = Counter(labels)
    if len(counts) > MANY_CLASSES and len(labels) < FOLDS * len(counts):
        examples = some([repr(label) for label in sorted(counts)], shown=3)
        sentence = (
            f"{len(counts)} classes for {len(labels)} images ({examples}): if the labels are names of images or "
            "patients, take another column; little can be learned of classes of few images"
        )
        return [Notice("many-classes", sentence)]
    return [*_small_classes(counts), *_unequal_classes(counts)]


def _small_classes(counts: Counter[str]) -> list[Notice]:
    small = {label: count for label, count in sorted(counts.items()) if count < FOLDS}
    if not small:
        return []
    if min(small.values()) > 1:
        way_out = f"fewer than {FOLDS} folds can be made then, and cv says how many"
    else:
        way_out = "a single image cannot be both learned from and tested"
    examples = some([f"{label!r} {count}" for label, count in small.items()], SHOWN)
    return [
        Notice(
            "small-class",
            f"classes with fewer than {FOLDS} images: {examples}; {way_out}, or add images, or leave the class out",
        )
    ]


def _unequal_classes(counts: Counter[str]) -> list[Notice]:
    """A class that is so rare that accuracy says little of it."""
    in_order = sorted((count, label) for label, count in counts.items())
    if not in_order:
        return []
    few, least = in_order[0]
    many, most = in_order[-1]
    if many < UNEQUAL * few:
        return []
    sentence = (
        f"{few} images of class {least!r} against {many} of {most!r}: who always answers {most!r} is nearly always "
        "right, so look at balanced accuracy and at each class, not at accuracy"
    )
    return [Notice("unequal-classes", sentence)]


def _spellings(labels: Iterable[str]) -> list[Notice]:
    """Classes whose names differ in no more than a typing habit."""
    alike = names_by(labels, likeness)
    if not alike:
        return []
    sentence = (
        f"may be one class: {groups_in_words(alike)}; they differ only in how they are typed and count as different: "
        "if one is meant, spell it in one way"
    )
    return [Notice("class-spelled-in-two-ways", sentence)]


def _words_for_unknown(labels: Iterable[str]) -> list[Notice]:
    """Classes that may be none: a word for unknown in the column of labels."""
    counts = words_for_unknown(labels)
    if not counts:
        return []
    examples = some([f"{label!r} {count}" for label, count in counts.items()], SHOWN)
    sentence = (
        f"classes called by a word for unknown: {examples} images; if their label is not known, leave them out, for a "
        "class is learned of them"
    )
    return [Notice("class-is-a-word-for-unknown", sentence)]


def _classes_of_one_patient(labels: Sequence[str], patients: Sequence[str]) -> list[Notice]:
    """Classes that cannot be learned while their one patient is held out."""
    patients_of = defaultdict(set)
    for label, patient in zip(labels, patients, strict=True):
        patients_of[label].add(patient)
    of_one = []
    for label, own in sorted(patients_of.items()):
        if len(own) == 1 and own != {""}:
            of_one.append(f"class {label!r} are of patient {min(own)!r}")
    if not of_one:
        return []
    sentence = (
        f"all images of {some(of_one, shown=3)}, who cannot be held out; add other patients' images, leave the class "
        "out, or ignore patients (cv --groups none) and say so beside the result"
    )
    return [Notice("class-of-one-patient", sentence)]


def _patients_of_several_classes(labels: Sequence[str], patients: Sequence[str]) -> list[Notice]:
    """Which is legal and often true."""
    classes_of = defaultdict(set)
    for label, patient in zip(labels, patients, strict=True):
        if patient:
            classes_of[patient].add(label)
    mixed = [patient for patient, classes in sorted(classes_of.items()) if len(classes) > 1]
    if not mixed:
        return []
    example = f"{mixed[0]!r} of {some([repr(name) for name in sorted(classes_of[mixed[0]])], SHOWN)}"
    sentence = (
        f"patients with images of several classes: {len(mixed)}, such as {example}; "
        "fine where each image has a label of its own, but where labels are diagnoses of patients, correct them"
    )
    return [Notice("patient-of-several-classes", sentence)]
