"""What Rakhlin et al. 2018 published on the 400 images of ICIAR 2018, and whether some answers are to those images."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

import numpy as np

from report.answers import Answers
from report.predictions import ICIAR

SOURCE = "Rakhlin et al. 2018, arXiv:1802.00752, Table 1"


@dataclass(frozen=True)
class Published:
    """Accuracy in per cent: mean and population standard deviation over the ten folds."""

    mean: float
    std: float
    encoder: str = ""  # what this project calls the same network
    crop: int = 0  # pixels, at scale 0.5


# all from SOURCE; the fusion's folds, mean and std with the decimals of the published out-of-fold answers
VARIANTS = {
    "ResNet-400": Published(84.2, 4.2, "resnet50", 400),
    "ResNet-650": Published(83.5, 5.2, "resnet50", 650),
    "VGG-400": Published(83.6, 2.9, "vgg16", 400),
    "VGG-650": Published(83.4, 4.4, "vgg16", 650),
    "Inception-400": Published(83.0, 6.5, "inception_v3", 400),
    "Inception-650": Published(82.5, 5.5, "inception_v3", 650),
}
FUSION = Published(87.25, 2.61)
FOLDS = (92.5, 82.5, 87.5, 87.5, 87.5, 90.0, 85.0, 87.5, 87.5, 85.0)
RIGHT, IMAGES = 349, 400  # the fusion, all folds together
LEAK = (
    "The paper's folds part patients: of the 145 images whose patient is known, 138 have one of the same patient in "
    "their training folds. Folds made by patient ask more of a model."
)
TWO_CLASS = {  # per cent, but for the area under the curve
    "accuracy, mean over folds": 93.75,
    "accuracy, std over folds": 2.30,
    "AUC": 0.9734,
    "sensitivity at 0.33": 96.5,
    "specificity at 0.33": 88.0,
    "sensitivity at 0.50": 93.0,
    "specificity at 0.50": 94.5,
}
POSITIVE = ("insitu", "invasive")
CLASS_OF = {"n": "normal", "b": "benign", "is": "insitu", "iv": "invasive"}  # by the beginning of a file's name
NAME = re.compile(r"(n|b|is|iv)\d{3}")


def stems(images: np.ndarray) -> np.ndarray:
    """The names without folder and ending, (n,) text.

    >>> stems(np.array(["Benign/b001.tif", "n100.png"])).tolist()
    ['b001', 'n100']
    """
    return np.array([PurePosixPath(str(image)).stem for image in images], dtype=str)


def is_iciar(answers: Answers) -> bool:
    """Whether the images are those of ICIAR 2018: 100 of each of its classes, under its names."""
    names = stems(answers.images)
    if set(answers.classes) != set(ICIAR) or len(names) != IMAGES or len(set(names.tolist())) != IMAGES:
        return False
    found = [NAME.fullmatch(name) for name in names]
    classes = [CLASS_OF[match[1]] if match else "" for match in found]
    return classes == answers.label.tolist() and all(classes.count(name) == IMAGES // 4 for name in ICIAR)


def published_names(variants: Mapping[str, Answers]) -> dict[str, str]:
    """The paper's name of each variant that it has, by this project's: resnet50-400@0.5 is ResNet-400."""
    known = {f"{facts.encoder}-{facts.crop}@0.5": name for name, facts in VARIANTS.items()}
    return {name: known.get(name, name) for name in variants if known.get(name, name) in VARIANTS}


def by_stem(answers: Answers) -> Answers:
    """The answers under the names without folder and ending, so that two copies of the data set can be matched."""
    return replace(answers, images=stems(answers.images))
