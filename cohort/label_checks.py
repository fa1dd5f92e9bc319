"""What is allowed in labels and patients but often a mistake, said plainly and with what to do."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

FOLDS = 10  # as cv makes them unless told otherwise
SHOWN = 5


def label_warnings(labels: Sequence[str], patients: Sequence[str]) -> list[str]:
    """Warnings on the labels and patients ("" where unknown) of images, one entry of each per image."""
    return [
        *_small_classes(labels),
        *_spellings(labels, patients),
        *_owned(labels, patients),
        *_mixed(labels, patients),
    ]


def _small_classes(labels: Sequence[str]) -> list[str]:
    few = {label: count for label, count in sorted(Counter(labels).items()) if count < FOLDS}
    if not few:
        return []
    least = min(few.values())
    way_out = (
        f"use cv --folds {least} or fewer" if least > 1 else "a single image cannot be both learned from and tested"
    )
    counts = ", ".join(f"{label!r} {count}" for label, count in few.items())
    return [f"classes with fewer than {FOLDS} images: {counts}; {way_out}, or add images, or leave the class out"]


def _spellings(labels: Iterable[str], patients: Iterable[str]) -> list[str]:
    """Names that differ in no more than a typing habit."""
    classes = [f"classes {_some(names)} differ only in case or spaces and count as different"
               for names in _alike(labels, r"[\s_-]")]  # fmt: skip
    people = [f"patients {_some(names)} differ only in case or spaces and count as different, so that one may be "
              "trained on and another tested on" for names in _alike(patients, r"\s")]  # fmt: skip
    return _few([f"{text}; if one is meant, spell it in one way" for text in classes + people])


def _alike(names: Iterable[str], ignored: str) -> list[set[str]]:
    spelled = defaultdict(set)
    for name in names:
        spelled[re.sub(ignored, "", name.casefold())].add(name)
    return [spellings for _, spellings in sorted(spelled.items()) if len(spellings) > 1]


def _owned(labels: Sequence[str], patients: Sequence[str]) -> list[str]:
    """Classes that cannot be learned while their one patient is held out."""
    owners = defaultdict(set)
    for label, patient in zip(labels, patients, strict=True):
        owners[label].add(patient)
    return _few(
        [
            f"all images of class {label!r} are of patient {min(own)!r}, who cannot be held out; add other patients' "
            "images, leave the class out, or ignore patients (cv --groups none) and say so beside the result"
            for label, own in sorted(owners.items())
            if len(own) == 1 and own != {""}
        ]
    )


def _mixed(labels: Sequence[str], patients: Sequence[str]) -> list[str]:
    """Patients of several classes, which is legal and often true."""
    classes = defaultdict(set)
    for label, patient in zip(labels, patients, strict=True):
        classes[patient].add(label)
    mixed = [patient for patient, own in sorted(classes.items()) if patient and len(own) > 1]
    return mixed and [
        f"patients with images of several classes: {len(mixed)}, such as {mixed[0]!r} of {_some(classes[mixed[0]])}; "
        "fine where each image has a label of its own, but where labels are diagnoses of patients, correct them"
    ]


def _few(texts: list[str]) -> list[str]:
    """The first few, and how many more there are."""
    return texts[:SHOWN] + ([f"... and {len(texts) - SHOWN} more like that"] if len(texts) > SHOWN else [])


def _some(names: Iterable[str]) -> str:
    names = sorted(names)
    return ", ".join(map(repr, names[:SHOWN])) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
