"""What predict says of its answers: which images a person should look at again, and what their sets promise."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from boost.uncertainty.conformal import CLASS, KINDS
from cohort.checks.notices import Notice
from commands.terminal import console, tell, warn, warn_of_stain
from imaging.read_errors import shown
from workflow.answers_csv import Answer

if TYPE_CHECKING:
    from boost.bundle.bundle import Bundle

NAMED = 10  # images of one doubt that are named; the table has all


def tell_doubts(answers: Sequence[Answer]) -> None:
    """What a person should look at again, ten images of each doubt by name."""
    failed = [answer for answer in answers if answer.error]
    for answer in failed[:NAMED]:
        tell(f"not answered: {answer.error}")
    tell_more(failed, "not answered", "error")
    known = [answer for answer in answers if answer.trained_on]
    for answer in known[:NAMED]:
        origin = shown(answer.trained_on)
        sentence = (
            f"{answer.image}: the models were trained on this very image ({origin}); believe cv instead, whose answer "
            "for it stands in the fused.csv of its results"
        )
        warn([Notice("trained-on-this-image", sentence)])
    tell_more(known, "that the models were trained on", "trained_on")
    unstained = [answer for answer in answers if answer.stain not in ("ok", "")]
    for answer in unstained[:NAMED]:
        warn_of_stain(answer.image, answer.stain)
    tell_more(unstained, "whose stain is left as it is", "stain")
    tell_outliers(answers)


def tell_more(doubted: Sequence[Answer], what: str, column: str) -> None:
    """How many images share a doubt beyond those that are named, and where they stand."""
    rest = len(doubted) - NAMED
    if rest > 0:
        tell(f"and {rest} more {what}: see the column {column} of the table")


def tell_outliers(answers: Sequence[Answer]) -> None:
    """How many images are unlike those of the training."""
    outliers = [answer for answer in answers if answer.is_outlier]
    if outliers:
        first = outliers[0].image
        sentence = (
            f"{len(outliers)} images lie further from the training images than those of other patients usually "
            f"do, such as {first}; their answers are not covered by what was measured"
        )
        warn([Notice("unlike-training-images", sentence)])


def tell_sets(bundle: "Bundle", level: str) -> None:
    """For what the level of the sets is meant, and where it cannot be had for less than every class."""
    decision = bundle.decision
    of_each = " of each class" if decision.set_kind == CLASS else ""
    held = f"the true class of some {100 * float(level):.0f} of 100 new images{of_each}"
    meaning = f"the column set lists the classes that are possible, and has {held}"
    console.print(f"sets of level {level}: {KINDS[decision.set_kind]}; {meaning}")
    always = decision.always_in_sets(level)
    if len(always) == len(decision.classes):
        sentence = f"sets of level {level} hold every class, for the training had too few patients for less"
        warn([Notice("sets-hold-every-class", sentence)])
    elif always:
        classes = ", ".join(map(shown, always))
        sentence = f"all sets of level {level} hold {classes}, for the training had too few patients of them"
        warn([Notice("sets-hold-every-class", sentence)])
