"""Images without tissue or stains to speak of, by class: what answers may follow instead of the tissue."""

import pandas as pd

from cohort.checks.image_state_notices import odd_states, states_that_tell
from report.evaluation import Evaluation
from report.section import Chapter, Part, Section


def tissue_and_stain(evaluation: Evaluation) -> Chapter | None:
    """How many images of each class are blank, of little tissue or without stains; None where there are none."""
    labels, states = evaluation.out_of_fold.label, pd.Series(evaluation.states, dtype=str)
    odd = odd_states(evaluation.states)
    if not odd:
        return None
    by_class = {}
    for label in sorted(set(labels)):
        own = states[labels == label]
        parts = {state: Part(int((own == state).sum()), len(own)) for state in odd}
        if any(part.count for part in parts.values()):
            by_class[label] = parts
    cells = pd.DataFrame(by_class).T.rename_axis("class")
    sentence = (
        "Images that are blank, hold little tissue, or whose two stains could not be told apart (degenerate) are used "
        f"without stain normalisation; of other classes there are none. {words(evaluation)}"
    )
    section = Section("tissue-and-stain", "Tissue and stain", sentence, cells, at_length=True)
    return Chapter("tissue-and-stain", "Tissue and stain", (section,))


def words(evaluation: Evaluation) -> str:
    """Which of these states would tell the class."""
    told = states_that_tell(evaluation.out_of_fold.label.tolist(), evaluation.states)
    if not told:
        return "None is so much more frequent in a class that luck would not explain it."
    return (
        f"Luck does not explain these, and the models may have learned them instead of the tissue: {'; '.join(told)}."
    )
