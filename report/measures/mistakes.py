"""The worst mistakes: the wrong predictions that were made with the most certainty, each with its image."""

import io

import numpy as np
from PIL import Image

from report.out_of_fold import OutOfFold

WORST = 10
SIDE = 360  # pixels of a thumbnail's longer side: sharp at 180 on a screen of double density
ROUNDED = 9  # decimals; certainties that differ by less are as good as equal, and then the name decides


def certainty_of(out_of_fold: OutOfFold) -> np.ndarray | None:
    """The probability of the predicted class, or of the side where only sides have one, (n,); None without either."""
    if out_of_fold.probabilities is not None:
        return out_of_fold.probabilities.max(axis=1)
    if out_of_fold.score is None:
        return None
    return np.where(out_of_fold.called(0.5), out_of_fold.score, 1 - out_of_fold.score)


def worst_mistakes(out_of_fold: OutOfFold, count: int = WORST) -> np.ndarray:
    """The rows of wrong predictions, the most certain first, (at most `count`,); none where no certainty is known."""
    certainty = certainty_of(out_of_fold)
    if certainty is None:
        return np.array([], dtype=int)
    order = np.lexsort((out_of_fold.images, -certainty.round(ROUNDED)))  # (n,)
    wrong = out_of_fold.predicted != out_of_fold.label  # (n,)
    return order[wrong[order]][:count]


def thumbnail(image: np.ndarray, side: int = SIDE) -> bytes:
    """An RGB image, (h, w, 3) uint8, made small, at most `side` pixels long: the bytes of a JPEG file."""
    small = Image.fromarray(image)
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    memory = io.BytesIO()
    small.save(memory, format="JPEG", quality=82)
    return memory.getvalue()
