"""Probabilities that are not worse than a guess: softened by a temperature, and mixed with the class shares.

    p' = (1 - w) softmax(log p / T) + w s

T and w are those of most likelihood for out-of-fold predictions p, where each patient weighs 1, shared among its
images: images of a patient err together, and many of one patient must not decide alone. The shares s are those of the
classes among the same images. Where the predictions carry nothing, w goes to its end and p' becomes the shares, which
is what one would say without looking; where they carry much, w is 0. As noise may look like a signal, the shares are
the better by a half of a nat before any patient is looked at: the prior of w is exp(DOUBT w).

A temperature above 1 is free. One below 1 sharpens, and a few patients who are all answered rightly would ask for ever
more of that until the first mistake costs everything: log T below 0 has a normal prior of mean 0 and deviation
SHARPENING. Both priors were chosen by measurement (benchmarks/README.md). The largest posterior is looked for on a
grid, so that it is the same on every machine.
"""

import numpy as np

from boost.uncertainty.calibrate import RECALIBRATED, Calibration, calibrate

DOUBT = 0.5  # nats
SHARPENING = 0.35
TEMPERATURES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 1.15, 1.35, 1.6, 2.0, 2.5, 3.2, 4.0, 6.0, 10.0)  # of equals the first
SHARE_WEIGHTS = np.array(
    [0.0, 0.01, 0.02, 0.04, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.87, 0.92, 0.95, 0.97, 0.98, 0.99]
)
ADDED = (
    0.5  # images added to each class, so that none has a share of 0 (Krichevsky & Trofimov 1981, IEEE Trans. IT 27:199)
)


def fit_recalibration(probabilities: np.ndarray, labels: np.ndarray, groups: np.ndarray) -> Calibration:
    """Fit to predictions whose labels are known, never to those of models trained on the same images.

    (image, class), (image,) in 0..classes-1 and (image,) patients, an image of an unknown one being its own. Without
    images the probabilities stay as they are.
    """
    classes = probabilities.shape[1]
    shares = class_shares(labels, classes)
    weight = patient_weights(groups)  # (image,)
    image = np.arange(len(labels))
    no_bias = (0.0,) * classes
    least = np.inf
    best = Calibration(RECALIBRATED, 1.0, no_bias, 0.0, tuple(shares))
    if not len(labels):
        return best
    for temperature in TEMPERATURES:
        softening = Calibration(RECALIBRATED, temperature, no_bias, 0.0, tuple(shares))
        of_truth = calibrate(softening, probabilities)[image, labels]  # (image,)
        for share_weight in SHARE_WEIGHTS:
            mixed = (1 - share_weight) * of_truth + share_weight * shares[labels]  # (image,)
            loss = -weight @ np.log(mixed) + sharpening_penalty(temperature) - DOUBT * share_weight
            if loss < least - 1e-12:
                least = loss
                best = Calibration(RECALIBRATED, temperature, no_bias, float(share_weight), tuple(shares))
    return best


def class_shares(labels: np.ndarray, classes: int) -> np.ndarray:
    """The share of each class among the images, (class,), with ADDED images of each.

    >>> class_shares(np.array([0, 0, 1]), 2).tolist()
    [0.625, 0.375]
    """
    counts = np.bincount(labels, minlength=classes) + ADDED  # (class,)
    return counts / counts.sum()


def patient_weights(groups: np.ndarray) -> np.ndarray:
    """What each image weighs, (image,), so that each patient weighs 1."""
    _, patient, sizes = np.unique(np.asarray(groups), return_inverse=True, return_counts=True)
    return 1 / sizes[patient]


def sharpening_penalty(temperature: float) -> float:
    """Minus the logarithm of the prior of a temperature, in nats: 0 from 1 on."""
    return float(min(np.log(temperature) / SHARPENING, 0) ** 2 / 2)
