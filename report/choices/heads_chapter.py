"""The chapter on heads: each beside the default, and what choosing among them is worth."""

from collections.abc import Mapping

import pandas as pd

from report.choices.heads_compared import INSIDE, Candidate, HeadsCompared, Optimism
from report.choices.split_spread import splits_section
from report.comparison import standing
from report.evaluation import Evaluation
from report.section import Cell, Chapter, Estimate, Number, Part, Section
from report.statistics.paired import Difference
from report.statistics.patient_groups import cohort_sentence

MARGIN = 2.0  # points by which a head may be worse than the default and still be called no worse
QUOTABLE = (
    "Only the default and what is chosen inside may be quoted as the result: whichever other row looks best was chosen "
    "by the images that it is judged by."
)


def other_choices(evaluation: Evaluation) -> Chapter | None:
    """Heads side by side and other divisions into folds, where they were asked for."""
    sections = []
    if evaluation.heads is not None:
        sections += [heads_section(evaluation), differences_section(evaluation), inside_section(evaluation)]
        if evaluation.heads.chosen is not None:
            sections.append(times_section(evaluation.heads))
    if evaluation.splits is not None:
        sections.append(splits_section(evaluation.splits))
    if not sections:
        return None
    return Chapter("other-choices", "What hangs on the choice of head and split", tuple(sections))


def heads_section(evaluation: Evaluation) -> Section:
    """A row per head: the measures with their intervals."""
    compared = heads_of(evaluation)
    rows: dict[str, dict[str, Cell]] = {}
    for name, found in evaluation.head_measures.items():
        row: dict[str, Cell] = {}
        for measure, interval in found.measures.items():
            row[measure] = Estimate(interval, 3, unit=1) if measure == "AUC" else Estimate(interval)
        row["log-loss"] = Estimate(found.quality.log_loss, 3, unit=1)
        row["calibration error"] = Estimate(found.quality.error)
        row["by chance"] = Number(found.quality.error_by_chance, 1, unit=100)
        rows[row_name(name, compared)] = row
    sentence = (
        "A head turns descriptors into probabilities. Accuracy, balanced accuracy and calibration error in %, and "
        f"log-loss (0 is perfect), of each head on all variants together{recalibrated_words(evaluation)}; by chance: "
        f"the error that perfect probabilities would show. {QUOTABLE} {cohort_sentence(evaluation.groups)}"
    )
    return Section("heads", "Heads", sentence, pd.DataFrame(rows).T.rename_axis("head"), at_length=True)


def differences_section(evaluation: Evaluation) -> Section:
    """A row per head: its measures less those of the default, and whether it is better or worse."""
    default = heads_of(evaluation).default
    rows: dict[str, dict[str, Cell]] = {}
    for name, comparison in evaluation.heads_beside_default.items():
        row: dict[str, Cell] = {}
        for difference in comparison.differences:
            row[difference.measure] = difference_cell(difference)
        row["by accuracy"] = standing(comparison.differences[0], comparison.names, MARGIN)
        row["by log-loss"] = standing(comparison.differences[-1], comparison.names, MARGIN)
        rows[name] = row
    sentence = (
        f"Each head less the default, {default}, image by image: points of accuracy and balanced accuracy, AUC and "
        "log-loss as they are. "
        f"By accuracy a head is no worse where the interval excludes that it is worse by more than {MARGIN:g} points. "
        "The more is compared, the likelier something differs by chance."
    )
    cells = pd.DataFrame(rows).T.rename_axis("head")
    return Section("heads-beside-the-default", "Heads beside the default", sentence, cells, at_length=True)


def difference_cell(difference: Difference) -> Estimate:
    """A difference with its interval."""
    if difference.measure in ("AUC", "log-loss"):
        return Estimate(difference.change, 3, unit=1, signed=True)
    return Estimate(difference.change, signed=True)


def inside_section(evaluation: Evaluation) -> Section:
    """The default, what is chosen inside, the best with hindsight, and its optimism."""
    compared = heads_of(evaluation)
    title = "Chosen inside, and the best with hindsight"
    if compared.chosen is None:
        return Section("chosen-inside", title, left_out_words(compared))
    found = evaluation.optimism
    measures = {name: evaluation.head_measures[name] for name in (compared.default, INSIDE)}
    rows: dict[str, dict[str, Cell]] = {}
    for name, of_row in measures.items():
        rows[row_name(name, compared)] = {
            "accuracy": Estimate(of_row.measures["accuracy"]),
            "log-loss": Estimate(of_row.quality.log_loss, 3, unit=1),
        }
    accuracy, log_loss = found["accuracy"], found["log-loss"]
    rows["best with hindsight"] = {
        "accuracy": Number(accuracy.hindsight, 1, unit=100),
        "log-loss": Number(log_loss.hindsight, 3),
    }
    rows["optimism"] = {
        "accuracy": Number(accuracy.value, 1, unit=100, signed=True),
        "log-loss": Number(log_loss.value, 3, signed=True),
    }
    sentence = f"{inside_words(compared)} {hindsight_words(found)} {QUOTABLE}"
    return Section("chosen-inside", title, sentence, pd.DataFrame(rows).T.rename_axis("answers"))


def times_section(compared: HeadsCompared) -> Section:
    """In how many folds each candidate was chosen."""
    rows: dict[str, dict[str, Cell]] = {}
    for number, (candidate, folds) in enumerate(compared.times_chosen().items(), start=1):
        rows[str(number)] = {"head": candidate[0], "variant": candidate[1], "folds": Part(folds, len(compared.of_fold))}
    sentence = (
        f"In how many folds each of {len(compared.candidates)} candidates was chosen; where it changes from fold to "
        "fold, these images do not tell which is best."
    )
    cells = pd.DataFrame(rows).T.rename_axis("rank")
    return Section("how-often-chosen", "How often each was chosen", sentence, cells, at_length=True)


def heads_of(evaluation: Evaluation) -> HeadsCompared:
    """The heads side by side, of an evaluation that has them."""
    if evaluation.heads is None:
        raise ValueError("heads were not compared in this run")
    return evaluation.heads


def row_name(name: str, compared: HeadsCompared) -> str:
    """The default is marked."""
    return f"{name} (default)" if name == compared.default else name


def recalibrated_words(evaluation: Evaluation) -> str:
    """Whether the probabilities are as voted."""
    return "" if evaluation.out_of_fold.raw is None else ", recalibrated as those of the default are"


def inside_words(compared: HeadsCompared) -> str:
    """How the choice inside was made."""
    return (
        f"Chosen inside: for each fold anew, head and variant, of {len(compared.candidates)} candidates, by the "
        "log-loss, patients counting alike, of a cross-validation inside the other folds, with trees of the preset "
        "draft; the default stays unless one is better by more than a standard error. The images of the fold have no "
        "part in it. Logistic regression chooses its C inside in any case."
    )


def hindsight_words(found: Mapping[str, Optimism]) -> str:
    """Which candidates look best."""
    accuracy, log_loss = found["accuracy"], found["log-loss"]
    return (
        f"The best with hindsight is {candidate_words(accuracy.best)} by accuracy, and by log-loss "
        f"{candidate_words(log_loss.best)}; best less chosen inside is the optimism of choosing so."
    )


def candidate_words(candidate: Candidate) -> str:
    """A candidate in a sentence.

    >>> candidate_words(("trees", EVERY_VARIANT)), candidate_words(("blend", "vgg16-400@0.5"))
    ('trees on all variants', 'blend on vgg16-400@0.5')
    """
    head, variant = candidate
    return f"{head} on {variant}"


def left_out_words(compared: HeadsCompared) -> str:
    """Why nothing was chosen inside."""
    why = compared.why_not_chosen or "the choices made inside do not lie beside these predictions"
    return f"Left out: {why}. Only the default may be quoted as the result."
