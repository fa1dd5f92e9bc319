"""What the numbers of an answer mean, in sentences that a pathologist reads; text only, no markup."""

from collections.abc import Sequence

from app.work.answer_record import AnswerRecord
from app.work.bundle_facts import BundleFacts
from workflow.answers_csv import Answer

BANNER = "For research. Not a diagnostic device."
MIXED = (
    "Images of one patient may have been trained on and tested on, for patients were not known or not kept apart: this "
    "accuracy is too good."
)
STAINS = {
    "": "Stains are left as they are, as in training",
    "ok": "Stain normalised to that of the training",
    "little tissue": "Little tissue: its stain is left as it is, and there is little to judge by",
    "degenerate": "The two stains cannot be told apart: left as they are",
    "blank": "Blank: there is no tissue to judge by",
}


def per_cent(share: float) -> str:
    """A share in whole per cent, which is never said to be all or nothing.

    >>> per_cent(0.724), per_cent(0.9996), per_cent(0.001)
    ('72 %', '> 99 %', '< 1 %')
    """
    if share > 0.99:
        return "> 99 %"
    return "< 1 %" if share < 0.01 else f"{100 * share:.0f} %"


def with_interval(ends: Sequence[float]) -> str:
    """Value and 95 % interval in per cent; a dash where there is none."""
    value, between = apart(ends)
    return f"{value} ({between})" if between else value


def apart(ends: Sequence[float]) -> tuple[str, str]:
    """A value in per cent, and the ends of its 95 % interval; a dash and nothing where there is none."""
    value, low, high = (100 * end for end in ends)
    if value != value:  # NaN
        return "–", ""
    return f"{value:.0f} %", f"{low:.0f} to {high:.0f} %" if low <= high else "no interval"


def accuracy_words(facts: BundleFacts) -> str:
    """How often a bundle is right, so that nobody takes it for more."""
    value, low, high = (100 * end for end in facts.accuracy)
    between = f" (95 % interval: {low:.0f} to {high:.0f})" if low <= high else ""
    whose = "of patients that the models had never seen" if facts.is_patient_level else "that no model was trained on"
    words = (
        f"Of 100 images {whose}, about {value:.0f} are given their true class{between}. "
        f"Always naming the most frequent class would be right for {100 * facts.frequent:.0f}."
    )
    return words


def cautions_of(facts: BundleFacts) -> list[str]:
    """Why the numbers of a bundle are too good, or no promise; each in a sentence or two."""
    return [words for words in ("" if facts.is_patient_level else MIXED, facts.caution) if words]


def training_words(facts: BundleFacts) -> str:
    """What a bundle was made of."""
    classes = ", ".join(f"{facts.counts.get(name, 0)} {name}" for name in facts.classes)
    patients = f"{facts.patients} patients" if facts.patients else "patients who are not known"
    return f"Trained on {sum(facts.counts.values())} images of {patients}: {classes}."


def set_words(answer: Answer, facts: BundleFacts) -> str:
    """The conformal set of an answer."""
    classes = facts.classes
    level = f"{100 * float(answer.level):.0f} %"
    if len(facts.always_in_sets) == len(classes):
        return f"At {level}: any class, for the training had too few patients for anything narrower"
    if not answer.members:
        return f"At {level}: no class fits well enough"
    if len(answer.members) == len(classes):
        return f"At {level}: it may be any class; the models cannot decide"
    if len(answer.members) == 1:
        return f"At {level}: {answer.members[0]} alone"
    return f"At {level}: {' or '.join(answer.members)}"


def reading_words(facts: BundleFacts) -> str:
    """What the numbers on a card mean, once for all cards."""
    words = (
        "How to read an answer: the bars are calibrated probabilities. “At 90 %” names the classes of which one is the "
        "true one for about 90 of 100 images like those of the training."
    )
    if not facts.positive:
        return words
    positive = " + ".join(facts.positive)
    return f"{words} The score, from 0 to 1, speaks for {positive}; the line across its bar is the threshold."


def likeness_words(answer: Answer, facts: BundleFacts) -> str:
    """Whether what was measured covers an image."""
    if answer.is_outlier:
        return "Unlike the training images: do not believe this answer, the measured accuracy does not hold for it"
    if facts.patients == 1 or answer.p_value is None:
        return "Whether it is like the training images cannot be told: they are of a single patient"
    whose = "of patients have images" if facts.is_patient_level else "of the training images are"
    return f"Like the training images: {per_cent(answer.p_value)} {whose} at least as unusual"


def notes_of(record: AnswerRecord, facts: BundleFacts) -> list[tuple[bool, str]]:
    """The sentences below an answer, and whether each is a reason to doubt it."""
    answer = record.answer
    notes = [
        (len(answer.members) != 1, set_words(answer, facts)),
        (answer.is_outlier, likeness_words(answer, facts)),
        (answer.stain not in ("", "ok"), STAINS.get(answer.stain, answer.stain)),
    ]
    if answer.trained_on:
        notes.append((True, f"This very file was trained on ({answer.trained_on}): the answer proves nothing"))
    return notes


def call_words(answer: Answer, facts: BundleFacts, threshold: float) -> str:
    """On which side of a threshold an image lies."""
    score = answer.score or 0.0
    side = "positive" if is_positive(answer, facts, threshold) else "negative"
    return f"Called {side} ({' + '.join(facts.positive)}): score {score:.3f}, threshold {threshold:.3f}"


def is_positive(answer: Answer, facts: BundleFacts, threshold: float) -> bool:
    """Whether an image is called positive from a score on; at the bundle's own threshold as the bundle does."""
    if threshold == facts.threshold:
        return bool(answer.positive)
    return (answer.score or 0.0) >= threshold


def time_words(seconds: float) -> str:
    """A duration for people.

    >>> time_words(8.2), time_words(200)
    ('8 s', '3 min')
    """
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
