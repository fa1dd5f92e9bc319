"""The result in one look: the accuracy and its interval, the other measures, and what to bear in mind."""

from dataclasses import dataclass

import numpy as np

from cohort.checks.image_state_notices import states_that_tell
from report.binary import positive_question
from report.evaluation import Evaluation
from report.first_look.top_lines import terms
from report.guess.cautions import audit_words, few_images_words, few_patients_words, guess_words, label_words
from report.page.html_table import split_estimate
from report.section import chance_cell, estimate
from report.statistics.patient_groups import cohort_sentence
from report.trained.optimistic import LABEL
from report.trained.training_history import OPTIMISTIC

ONE_DATA_SET = (
    "All images are of one data set. Other laboratories, scanners and stains were not tested, and accuracy there is "
    "often lower."
)
NEW_IMAGES = (
    "These images are one sample of what the bundle may meet. Other laboratories, scanners and stains than theirs were "
    "not tested."
)
ONE_TEST_SET = (
    "All images are of one test set. Laboratories, scanners and stains other than its own were not tested, and "
    "accuracy there may be lower."
)


@dataclass(frozen=True)
class Tile:
    """One measure with its interval."""

    name: str
    value: str
    interval: str
    guess: str  # what a guess reaches of it


@dataclass(frozen=True)
class Headline:
    """The accuracy in large letters, a tile for each other measure, and the cautions."""

    accuracy: str
    interval: str
    right: int
    images: int
    most_frequent: str  # class
    baseline: str  # the accuracy of always predicting it
    tiles: list[Tile]
    cautions: list[str]
    label: str  # what stands at the numbers themselves; "" usually
    question: str  # what was not said and would give more numbers; "" usually
    terms: str  # what the words of the tables mean


def headline(evaluation: Evaluation) -> Headline:
    """What stands at the top of the page."""
    fusion = evaluation.out_of_fold
    counts = class_counts(evaluation)
    most_frequent = max(counts, key=lambda name: counts[name])
    accuracy, *others = [tile(name, evaluation) for name in evaluation.overall]
    return Headline(
        accuracy=f"{accuracy.value} %",
        interval=accuracy.interval,
        right=int(np.sum(fusion.predicted == fusion.label)),
        images=len(fusion.label),
        most_frequent=most_frequent,
        baseline=f"{accuracy.guess} %",
        tiles=others,
        cautions=cautions_of(evaluation),
        label=LABEL if evaluation.is_optimistic else "",
        question=positive_question(fusion.classes, fusion.positive),
        terms=terms(evaluation),
    )


def tile(name: str, evaluation: Evaluation) -> Tile:
    """A measure over all images."""
    value, interval = split_estimate(estimate(name, evaluation.overall[name]))
    return Tile(name, value, interval, str(chance_cell(name, evaluation.chance[name])))


def class_counts(evaluation: Evaluation) -> dict[str, int]:
    """How many images each class has."""
    return {str(name): int(images) for name, images in evaluation.confusion.sum(axis=1).items()}


def cautions_of(evaluation: Evaluation) -> list[str]:
    """What a reader must know before quoting a number, the gravest first; the last one always holds."""
    cautions = [OPTIMISTIC] if evaluation.is_optimistic else []
    if evaluation.leaked:
        cautions.append(
            "Test images that form a leaked pair with an image their model was trained on: "
            f"{evaluation.leaked} (see Leaks). The numbers are too good for new patients."
        )
    doubtful = 0 if evaluation.leaks is None else evaluation.leaks.spelled_otherwise
    if doubtful:
        cautions.append(
            f"Test images whose patient may be in training under another spelling: {doubtful} (see Leaks). If so, the "
            "numbers are too good for new patients."
        )
    if evaluation.leaks is not None and evaluation.leaks.not_known:
        cautions.append(f"Leaks are not known: {evaluation.leaks.not_known}.")
    for notice in evaluation.swapped_columns:
        cautions.append(f"{notice[0].upper()}{notice[1:]}.")
    labels = evaluation.out_of_fold.label.tolist()
    for counts in states_that_tell(labels, evaluation.states):
        cautions.append(f"{counts}. Answers may follow this rather than the tissue (see Tissue and stain).")
    cautions += audit_words(evaluation)
    cautions += guess_words(evaluation)
    cautions += few_images_words(evaluation)
    cautions += few_patients_words(evaluation)
    cautions += label_words(evaluation)
    return [*cautions, intervals_words(evaluation), scope_words(evaluation)]


def scope_words(evaluation: Evaluation) -> str:
    """Whose images the numbers are of, and whose they are not."""
    if evaluation.is_external:
        return NEW_IMAGES
    return ONE_TEST_SET if evaluation.test else ONE_DATA_SET


def intervals_words(evaluation: Evaluation) -> str:
    """What the intervals are of, and those under other assumptions."""
    words = cohort_sentence(evaluation.groups) + assumed_words(evaluation)
    procedure = evaluation.procedure_accuracy
    if procedure is None:
        return words
    return f"{words} Of the whole procedure, training and split in it: accuracy {estimate('accuracy', procedure)}."


def assumed_words(evaluation: Evaluation) -> str:
    """The intervals if images of unknown patients came several to a patient; nothing where there are none."""
    assumed = evaluation.under_assumed_patients
    if not assumed:
        return ""
    intervals = ", ".join(f"{name} {estimate(name, interval)}" for name, interval in assumed.items())
    return f" If unknown images come {evaluation.images_of_unknown} to a patient, as the known do: {intervals}."
