"""Rakhlin et al. 2018 beside a run on the same images: their Table 1, and whether the fusion differs.

Numbers are those of the paper (arXiv:1802.00752) and of its program, github.com/alexander-rakhlin/ICIAR2018.
"""

from hashlib import sha256
from pathlib import PurePosixPath

import numpy as np
import pandas as pd
from scipy.stats import fisher_exact

from cohort.layouts.iciar2018 import BY_PREFIX
from report.evaluation import Evaluation
from report.measures.accuracy import table_1
from report.out_of_fold import OutOfFold
from report.section import Chapter, Number, Section, signed
from report.statistics.intervals import Interval, wilson
from report.statistics.paired import LEVEL

LABELS = {f"{start}{number:03d}": name for start, name in BY_PREFIX.items() for number in range(1, 101)}
RIGHT = 349  # of the 400 predictions of the paper's fusion
PAPERS_FOLDS = (
    "fb3bd33a0f73ba085675289caf0beee9f32cdf32c35b962ba2b7c60f4b3276d5"  # SHA-256 of the lines `image,fold` in order
)
FOLDS = tuple(map(str, range(1, 11)))
TABLE_1 = {  # accuracy in % by this project's name of the variant: ten folds, mean, std
    "resnet50-400@0.5": (92.0, 77.5, 86.5, 87.5, 79.5, 84.0, 85.0, 83.0, 84.0, 82.5, 84.2, 4.2),
    "resnet50-650@0.5": (91.0, 77.5, 86.0, 89.5, 81.0, 74.0, 85.5, 83.0, 84.5, 82.5, 83.5, 5.2),
    "vgg16-400@0.5": (87.5, 83.0, 81.5, 84.0, 84.0, 82.5, 80.5, 82.0, 87.5, 83.0, 83.6, 2.9),
    "vgg16-650@0.5": (89.5, 85.5, 78.5, 85.0, 81.0, 78.0, 81.5, 85.5, 89.0, 80.5, 83.4, 4.4),
    "inception_v3-400@0.5": (93.0, 86.0, 71.5, 92.0, 85.0, 84.5, 82.5, 79.0, 79.5, 76.5, 83.0, 6.5),
    "inception_v3-650@0.5": (91.0, 84.5, 73.5, 90.0, 84.0, 81.0, 82.0, 84.5, 78.0, 77.0, 82.5, 5.5),
    "std": (1.8, 3.5, 5.7, 2.8, 2.0, 3.7, 1.8, 2.1, 3.9, 2.7, 3.0, np.nan),
    "fusion": (92.5, 82.5, 87.5, 87.5, 87.5, 90.0, 85.0, 87.5, 87.5, 85.0, 87.2, 2.6),
}
WORDS = (
    "Accuracy in %, a column per fold (Rakhlin et al. 2018, arXiv:1802.00752). A single variant's row is the mean over "
    "its seeds' accuracies, and its std that over seeds and folds; this run's too where it was made with --preset "
    "paper. The paper's folds split patients: of 145 images whose patient is known, 138 have one of the same patient "
    "in their training folds."
)
SAME = " Both have the same images in each fold."
OTHER = " This run has other images in its folds than the paper, so only means are subtracted."


def rakhlin2018(evaluation: Evaluation) -> Chapter | None:
    """The paper's Table 1 beside this run's, and a test of the fusions; None where the images are not ICIAR 2018."""
    fusion = evaluation.out_of_fold
    if dict(zip(stems(fusion), fusion.label.tolist(), strict=True)) != LABELS:
        return None
    same_folds = fingerprint(fusion) == PAPERS_FOLDS
    words = WORDS + (SAME if same_folds else OTHER)
    cells = cells_beside(evaluation, same_folds)
    sections = (
        Section("beside-the-paper-s-table-1", "Beside the paper's Table 1", words, cells, at_length=True),
        Section(
            "does-the-fusion-differ-from-the-paper-s",
            "Does the fusion differ from the paper's?",
            difference_sentence(evaluation),
            at_length=True,
        ),
    )
    return Chapter("rakhlin2018", "Beside the published results", sections)


def cells_beside(evaluation: Evaluation, same_folds: bool) -> pd.DataFrame:
    """Table 1 cell by cell: the paper's, this run's and the difference; where folds are others, only of the means."""
    paper = pd.DataFrame(TABLE_1, index=[*FOLDS, "mean", "std"]).T
    run = run_beside(evaluation, paper)
    change = (run - paper).drop(columns="std")
    if not same_folds:
        change[list(FOLDS)] = np.nan
    change = change.reindex(columns=paper.columns).round(1) + 0.0  # no -0.0
    rows = {}
    for name in paper.index:
        rows[f"{name}, paper"] = paper.loc[name].map(lambda share: Number(share, 1))
        if run.loc[name].notna().any():
            rows[f"{name}, this run"] = run.loc[name].map(lambda share: Number(share, 1))
            rows[f"{name}, difference"] = change.loc[name].map(lambda points: Number(points, 1, signed=True))
    return pd.DataFrame(rows).T.rename_axis("variant")


def run_beside(evaluation: Evaluation, paper: pd.DataFrame) -> pd.DataFrame:
    """This run's Table 1 in the rows and columns of the paper's; NaN where it has no such variant or fold."""
    named = {papers_name(name): name for name in evaluation.variants} | {name: name for name in evaluation.variants}
    variants = {name: evaluation.variants[named[name]] for name in TABLE_1 if name in named}
    seeds = {name: evaluation.seeds[named[name]] for name in variants if named[name] in evaluation.seeds}
    run = table_1(evaluation.out_of_fold, variants, seeds).reindex(index=paper.index, columns=paper.columns)
    lacking = set(TABLE_1) - {"std", "fusion"} - set(variants)
    if lacking:
        run.loc["std"] = np.nan  # over other variants than the paper's
    run.loc["std", "mean"] = run.loc["std", list(FOLDS)].mean()  # as in the paper, the mean of the row
    return run


def papers_name(variant: str) -> str:
    """The variant of the paper that a variant repeats, by Keras' network or this project's.

    >>> papers_name("keras_vgg16-400@0.5-faithful")
    'vgg16-400@0.5'
    """
    return variant.removeprefix("keras_").removesuffix("-faithful")


def difference_sentence(evaluation: Evaluation) -> str:
    """Whether the fusions differ, by Fisher's exact test on the numbers of right predictions.

    The interval of the difference squares and adds those of its two parts (Newcombe 1998, Stat. Med. 17:873, method
    10), the paper's being Wilson's.
    """
    fusion, ours = evaluation.out_of_fold, evaluation.overall["accuracy"]
    images = len(fusion.label)
    right = int(np.sum(fusion.label == fusion.predicted))
    paper = RIGHT / images
    paper_low, paper_high = (float(end) for end in wilson(np.array(paper), np.array(images)))
    difference = ours.value - paper
    below = np.hypot(ours.value - ours.low, paper_high - paper)
    above = np.hypot(ours.high - ours.value, paper - paper_low)
    interval = Interval(difference, difference - below, difference + above)
    p = float(fisher_exact([[RIGHT, images - RIGHT], [right, images - right]]).pvalue)
    finding = "The two cannot be told apart"
    if p < LEVEL and not interval.low <= 0 <= interval.high:
        finding = "This run is better" if difference > 0 else "The paper is better"
    return (
        f"{finding}: {right} of {images} images right here, {RIGHT} there, difference {signed(interval, 1, 100)} "
        f"points (Fisher's exact p = {p:.2g}). This takes the predictions as if they were for other images, for only "
        "the paper's numbers are at hand; predictions for the same images err together, so the test is careful and may "
        "miss a small difference. `python pipeline.py compare` of this run and the authors' published predictions goes "
        "image by image and sees more."
    )


def stems(out_of_fold: OutOfFold) -> list[str]:
    """The images' names without folder and ending: Photos/Benign/b001.tif is b001, as is b001.png."""
    return [PurePosixPath(str(image)).stem for image in out_of_fold.images]


def fingerprint(out_of_fold: OutOfFold) -> str:
    """SHA-256 over which image is in which fold."""
    lines = sorted(f"{stem},{fold}" for stem, fold in zip(stems(out_of_fold), out_of_fold.fold.tolist(), strict=True))
    return sha256("\n".join(lines).encode()).hexdigest()
