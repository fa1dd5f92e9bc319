"""What is allowed in the names of patients but often a mistake: one patient under two names above all."""

from collections.abc import Iterable, Sequence

from cohort.checks.notices import Notice
from cohort.checks.written_names import groups_in_words, names_by, words_for_unknown
from cohort.files.offenders import some
from cohort.names.spelling import barcode_participant, likeness

SHOWN = 5


def patient_notices(patients: Sequence[str]) -> list[Notice]:
    """What a reader must know of the patients of images, one entry for each image, "" where unknown."""
    names = set(patients) - {""}
    return [
        *_spelled_alike(names),
        *_participants(names),
        *_words_for_unknown(patients),
        *_one_image_each(patients),
    ]


def _spelled_alike(names: Iterable[str]) -> list[Notice]:
    """Names that differ in no more than a typing habit."""
    alike = names_by(names, likeness)
    if not alike:
        return []
    sentence = (
        f"may be one patient: {groups_in_words(alike)}; they count as different, so that one may be trained on and "
        "another tested on: if one is meant, spell it in one way"
    )
    return [Notice("patient-spelled-in-two-ways", sentence)]


def _participants(names: Iterable[str]) -> list[Notice]:
    """TCGA barcodes of one participant, beyond those that differ in a typing habit."""
    first_spelling = {likeness(name): name for name in sorted(names, reverse=True)}
    groups = names_by(first_spelling.values(), barcode_participant)
    if not groups:
        return []
    sentence = (
        f"TCGA barcodes of one participant, by their first 12 characters, count as different patients: "
        f"{groups_in_words(groups)}; cut them to these 12 characters if patients are meant"
    )
    return [Notice("barcodes-of-one-participant", sentence)]


def _words_for_unknown(patients: Iterable[str]) -> list[Notice]:
    counts = words_for_unknown(patients)
    if not counts:
        return []
    examples = some([f"{word!r} {count}" for word, count in counts.items()], SHOWN)
    sentence = f"words for unknown count as patients: {examples} images; leave the cell empty where nobody is known"
    return [Notice("patient-called-unknown", sentence)]


def _one_image_each(patients: Sequence[str]) -> list[Notice]:
    """As where the column of patients numbers the images."""
    known = [patient for patient in patients if patient]
    if len(known) < 2 or len(set(known)) < len(known):
        return []
    sentence = (
        f"each of the {len(known)} images of known patients is of a patient of its own; if the images were numbered in "
        "place of the patients, correct that, for images of one patient may then be in several folds"
    )
    return [Notice("one-image-per-patient", sentence)]
