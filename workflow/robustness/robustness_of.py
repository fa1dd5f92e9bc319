"""Answers for altered images become curves."""

from collections.abc import Sequence

import numpy as np

from report.out_of_fold import OutOfFold
from report.robust.robust_points import AlteredAnswers, Robustness, answers_of
from workflow.answering.prediction import LEVEL
from workflow.robustness.altered_answers import UNALTERED, Answered, Rendering, altered, as_it_is, name_of
from workflow.robustness.tested_images import TestedImages, Voter


def renderings_of(tested: TestedImages, settings: Sequence[tuple[str, float]]) -> dict[int, list[Rendering]]:
    """What is to be answered for each image, by its position: as it is, then at every setting."""
    work = {}
    for row, sample in enumerate(tested.samples):
        work[row] = [as_it_is(), *(altered(sample, key, value) for key, value in settings)]
    return work


def robustness_of(
    tested: TestedImages,
    voter: Voter,
    answered: Sequence[Answered],
    settings: Sequence[tuple[str, float]],
    views: int,
) -> Robustness:
    """The curves of the images that have answers."""
    complete = [one for one in answered if not one.refused]
    images = tested.take(np.array([one.row for one in complete]))
    unaltered = _answers(images, voter, complete, UNALTERED, 0.0)
    curves = [_answers(images, voter, complete, key, value) for key, value in settings]
    return Robustness(tested.name, unaltered, curves, images.guess, views, LEVEL, images.models, images.doubts)


def _answers(
    images: TestedImages, voter: Voter, answered: Sequence[Answered], key: str, value: float
) -> AlteredAnswers:
    """What was answered at one setting, with the sets that the unaltered images ask for."""
    name = UNALTERED if key == UNALTERED else name_of(key, value)
    votes = np.stack([one.votes[name] for one in answered])  # (image, class)
    answers = decided(images, voter, votes)
    return AlteredAnswers(key, value, answers, voter.sets(votes, images.fold))


def decided(images: TestedImages, voter: Voter, votes: np.ndarray) -> OutOfFold:
    """Votes (image, class) as answers, recalibrated where the models' answers are."""
    probabilities = voter.probabilities(votes, images.fold)
    return answers_of(probabilities, images.images, images.labels, images.fold, images.patients, images.classes)
