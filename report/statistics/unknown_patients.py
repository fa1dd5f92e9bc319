"""What intervals would be if images of unknown patients came several to a patient, as those of known patients do."""

import numpy as np


def assumed_patients(
    group: np.ndarray, known: np.ndarray, images: np.ndarray, label: np.ndarray, fold: np.ndarray
) -> np.ndarray:
    """Patients as numbers, (n,), with images of unknown patients taken k at a time; all (n,).

    k is `images_per_known_patient`. A patient's images are in one fold and, as far as they
    go, of one class: the unknown images of a fold, in order of class and name, are cut into even parts of about k.
    Without any known patient every image stays alone. For the interval under this
    assumption hand the result to clustered_interval with `known`, so that the correlation is that of known patients.
    """
    assumed = np.unique(group, return_inverse=True)[1]  # (n,)
    each = images_per_known_patient(group, known)
    following = int(assumed.max()) + 1
    for number in np.unique(fold[~known]):
        rows = np.flatnonzero(~known & (fold == number))
        ordered = rows[np.lexsort((images[rows], label[rows]))]
        for part in np.array_split(ordered, max(round(len(rows) / each), 1)):
            assumed[part] = following
            following += 1
    return np.unique(assumed, return_inverse=True)[1]


def images_per_known_patient(group: np.ndarray, known: np.ndarray) -> int:
    """The mean number of images of a known patient, rounded; 1 where none is known and nothing says it; (n,) each."""
    if not known.any():
        return 1
    patients = len(np.unique(group[known]))
    return max(round(int(known.sum()) / patients), 1)
