"""What a reader must know before quoting a number: small samples, leaks, and what was not tested."""

import numpy as np

from report.answers import Answers
from report.intervals import Interval
from report.leaks import Leaks
from report.resample import FEW, Resamples, cohort_sentence

FEW_IMAGES = 30  # of a class; with fewer, one image more or less moves its recall by over three points
WIDE = 0.10  # of an interval: from here on, the number alone misleads
ONE_DATA_SET = (
    "All images are of one data set, and each was answered by models trained on the others. Other laboratories, scanners "
    "and stains were not tested, and accuracy there is often lower."
)


def cautions(fusion: Answers, resamples: Resamples, accuracy: Interval, leaks: Leaks | None) -> list[str]:
    """The warnings that apply, the gravest first; the last one always does."""
    found = [
        leak_words(fusion, leaks),
        width_words(accuracy),
        class_words(fusion, resamples),
        cohort_sentence(resamples),
        "Copies and near-duplicates of images in training were not looked for." if leaks is None else "",
        ONE_DATA_SET,
    ]
    return [words for words in found if words]


def leak_words(fusion: Answers, leaks: Leaks | None) -> str:
    """Whether models had seen relatives of the images they are judged on."""
    if leaks is None:
        parted = parted_patients(fusion)
        who = "1 patient has" if parted == 1 else f"{parted} patients have"
        words = "images in several folds, so in training and test: the numbers are too good for new patients."
        return f"{who} {words}" if parted else ""
    leaked = int(leaks.summary["leaked"]["any"])
    if not leaked:
        return ""
    who = (
        "1 test image has a relative among the images its"
        if leaked == 1
        else f"{leaked} test images have a relative among the images their"
    )
    return f"{who} model was trained on (see Leaks): the numbers are too good for new patients."


def parted_patients(answers: Answers) -> int:
    """How many known patients have images in more than one fold."""
    if answers.patients is None:
        return 0
    pairs = {(patient, fold) for patient, fold in zip(answers.patients, answers.fold, strict=True) if patient}
    patients = [patient for patient, _ in pairs]
    return len({patient for patient in patients if patients.count(patient) > 1})


def width_words(accuracy: Interval) -> str:
    """A wide interval, in points."""
    width = accuracy.high - accuracy.low
    if not width >= WIDE:
        return ""
    return (
        f"The interval of the accuracy is {100 * width:.0f} points wide: as many images of other patients could well "
        f"have given {100 * accuracy.low:.0f} % or {100 * accuracy.high:.0f} %. Quote it with its interval."
    )


def class_words(answers: Answers, resamples: Resamples) -> str:
    """The classes of which little is known, by their images and patients."""
    few = []
    for name in answers.classes:
        among = answers.label == name  # (n,)
        images = int(among.sum())
        patients = resamples.patients(among & answers.known) if answers.known[among].all() and images else None
        if images < FEW_IMAGES or (patients is not None and patients < FEW):
            of = f" of {patients} patients" if patients is not None and patients > 1 else ""
            of = " of one patient" if patients == 1 else of
            few.append(f"{name} ({images} image{'' if images == 1 else 's'}{of})")
    if not few:
        return ""
    return f"Little is known of {listed(few)}: one image more or less right moves the numbers visibly."


def listed(names: list[str], most: int = 6) -> str:
    """Names as a person lists them.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def most_frequent(answers: Answers) -> tuple[str, float]:
    """The most frequent class and its share: what an answer that never looks would achieve."""
    counts = [int(np.sum(answers.label == name)) for name in answers.classes]
    best = int(np.argmax(counts))
    return answers.classes[best], counts[best] / len(answers.label)
