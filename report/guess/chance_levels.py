"""What each measure is without a look at any image: the line that it stands beside."""

from collections.abc import Sequence

import numpy as np

AUC_BY_CHANCE = 0.5


def chance_levels(
    labels: Sequence[str] | np.ndarray, truth: np.ndarray | None, prevalence: float | None = None
) -> dict[str, float]:
    """The level of each measure that a guess reaches, from the labels of the images alone, (n,).

    Accuracy is that of always naming the most frequent class. The others are those of naming each class as often as it
    is here, at random: balanced accuracy and macro F1 are then 1 / classes, kappa 0, and where some images are positive
    (`truth`, (n,) bool), sensitivity, PPV and F1 are their share. `prevalence` is that of PPV and NPV where it is
    another.

    >>> chance_levels(["a", "a", "a", "b"], None)
    {'accuracy': 0.75, 'balanced accuracy': 0.5, "Cohen's kappa": 0.0, 'macro F1': 0.5, 'AUC': 0.5}
    """
    _, counts = np.unique(np.asarray(labels), return_counts=True)  # (classes,)
    classes = len(counts)
    levels = {
        "accuracy": float(counts.max() / counts.sum()),
        "balanced accuracy": 1 / classes,
        "Cohen's kappa": 0.0,
        "macro F1": 1 / classes,
        "AUC": AUC_BY_CHANCE,
    }
    if truth is None:
        return levels
    share = float(np.mean(truth))
    expected = share if prevalence is None else prevalence
    levels |= {"sensitivity": share, "specificity": 1 - share, "PPV": expected, "NPV": 1 - expected, "F1": share}
    return levels
