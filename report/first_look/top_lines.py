"""What stands above all tables: what was not said, and the words that they take for known."""

from report.binary import positive_question
from report.evaluation import Evaluation
from report.guess.losses import loss_words


def top_lines(evaluation: Evaluation) -> list[str]:
    """The question where one of two classes should be named positive, then the words."""
    fusion = evaluation.out_of_fold
    question = positive_question(fusion.classes, fusion.positive)
    words = terms(evaluation)
    return [question, words] if question else [words]


def terms(evaluation: Evaluation) -> str:
    """What the words of the tables mean."""
    loss = ""
    if evaluation.out_of_fold.probabilities is not None:
        loss = f" Log-loss is the smaller, the more probability the true classes are given: {loss_words(evaluation)}."
    return (
        "Words: the fusion, the mean of what all models answer, is the result; a variant is a network with a crop size "
        f"and scale.{loss}"
    )
