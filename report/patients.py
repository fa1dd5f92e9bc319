"""The answers of each patient by itself."""

import pandas as pd

from report.answers import Answers


def patient_table(answers: Answers) -> pd.DataFrame | None:
    """Of each known patient: its classes, images, how many are right, and what the wrong ones were answered.

    The worst come first. None where no patient is known.
    """
    if not answers.known.any():
        return None
    known = answers.take(answers.known)
    right = known.predicted == known.label  # (n,)
    mistakes = [
        "" if good else f"{label} as {said}"
        for good, label, said in zip(right, known.label, known.predicted, strict=True)
    ]
    rows = pd.DataFrame({"patient": known.patients, "label": known.label, "right": right, "mistake": mistakes})
    table = rows.groupby("patient").agg(
        classes=("label", lambda labels: ", ".join(name for name in answers.classes if name in set(labels))),
        images=("right", "size"),
        right=("right", "sum"),
        mistakes=("mistake", counted),
    )
    share = table["right"] / table["images"]
    return table.iloc[share.argsort(kind="stable")]


def counted(mistakes: pd.Series) -> str:
    """Each mistake and how often, the most frequent first.

    >>> counted(pd.Series(["", "a as b", "a as b", "b as a"]))
    '2 a as b, 1 b as a'
    """
    return ", ".join(f"{count} {words}" for words, count in mistakes[mistakes != ""].value_counts().items())
