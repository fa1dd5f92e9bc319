"""Is it better than a guess, and than what people do today? Log-loss and accuracy beside those of both."""

import pandas as pd

from report.evaluation import Evaluation
from report.guess.plain_way import WHOLE, plain_measures
from report.measures.calibration import AS_VOTED
from report.section import Cell, Estimate, Section, signed

SHARES = "class shares"  # a row
DECIMALS = 3  # of losses


def losses_section(evaluation: Evaluation) -> Section:
    """The result, what the models vote where that is another, and the line to beat."""
    shares = evaluation.class_shares
    if shares is None:
        return Section(
            "losses", "Better than a guess", "Left out: with one fold there are no other images to guess by."
        )
    result: dict[str, Cell] = {"accuracy": Estimate(evaluation.overall["accuracy"])}
    rows = {"fusion": result}
    if evaluation.out_of_fold.probabilities is not None and shares.gain is not None:
        first = next(iter(evaluation.quality.values()))
        result["log-loss"] = Estimate(first.log_loss, DECIMALS, unit=1)
        result["less class shares"] = Estimate(shares.gain, DECIMALS, unit=1, signed=True)
    if evaluation.out_of_fold.raw is not None:
        rows[AS_VOTED] = {"log-loss": Estimate(evaluation.quality[AS_VOTED].log_loss, DECIMALS, unit=1)}
    rows[SHARES] = {"accuracy": Estimate(shares.accuracy), "log-loss": Estimate(shares.log_loss, DECIMALS, unit=1)}
    if evaluation.plain is not None:
        accuracy, log_loss = plain_measures(evaluation.plain, evaluation.groups.group)
        rows[WHOLE] = {"accuracy": Estimate(accuracy), "log-loss": Estimate(log_loss, DECIMALS, unit=1)}
    cells = pd.DataFrame(rows).T.rename_axis("probabilities")
    return Section("losses", "Better than a guess", sentence_of(evaluation) + plain_words(evaluation), cells)


def sentence_of(evaluation: Evaluation) -> str:
    """What the rows are."""
    recalibrated = ""
    if evaluation.out_of_fold.raw is not None:
        recalibrated = (
            " The fusion's probabilities are recalibrated: softened, and mixed with the class shares as far as the "
            "predictions for the other folds ask for it; below are those that the models vote."
        )
    return (
        "Accuracy in % and log-loss (0 is perfect) of the fusion, the mean of all models, beside the line to beat: to "
        f"look at no image and to say how frequent each class is among the images of the other folds.{recalibrated}"
    )


def loss_words(evaluation: Evaluation) -> str:
    """What a log-loss is to be held against."""
    shares = evaluation.class_shares
    guess = "" if shares is None else f"; class shares give {shares.log_loss.value:.{DECIMALS}f}"
    return f"0 is perfect{guess}"


def plain_words(evaluation: Evaluation) -> str:
    """How the result differs from what people do today, by the paired differences; nothing where that is not known."""
    comparison = evaluation.against_plain
    if comparison is None:
        return ""
    differences = {row.measure: row for row in comparison.differences}
    accuracy = differences["accuracy"]
    words = f"accuracy {signed(accuracy.change, 1, 100)} points"
    if "log-loss" in differences:
        words += f", log-loss {signed(differences['log-loss'].change, DECIMALS)}"
    return (
        " The last row is what is often done: each image resized as a whole to the input of the same networks, and "
        f"logistic regression. By accuracy the fusion {accuracy.finding(WHOLE)}; fusion minus that: {words}."
    )


def is_worse_than_guessing(evaluation: Evaluation) -> bool:
    """Whether the log-loss is larger than that of the class shares, with three decimals as they are shown."""
    shares = evaluation.class_shares
    return shares is not None and shares.gain is not None and round(shares.gain.value, DECIMALS) > 0
