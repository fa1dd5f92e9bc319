"""Rakhlin et al. 2018 beside a run on the same images: their Table 1, and whether the fusion differs.

Numbers are those of the paper (arXiv:1802.00752) and of its program, github.com/alexander-rakhlin/ICIAR2018.
"""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import PurePosixPath

import numpy as np
import pandas as pd
from scipy.stats import fisher_exact

from cohort.iciar2018 import BY_PREFIX
from report.measures.accuracy import table_1
from report.out_of_fold import OutOfFold
from report.section import Section, signed
from report.statistics.bootstrap import Resamples
from report.statistics.intervals import Interval, share_interval, wilson
from report.statistics.paired import LEVEL

LABELS = {f"{start}{number:03d}": name for start, name in BY_PREFIX.items() for number in range(1, 101)}
RIGHT = 349  # of the 400 answers of the paper's fusion
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
    "Accuracy in %, a column per fold (Rakhlin et al. 2018, arXiv:1802.00752). The paper's std of a single variant is "
    "more than that of its ten cells, perhaps for being over seeds too; this run's is of the cells. The paper's folds "
    "split patients: of 145 images whose patient is known, 138 have one of the same patient in their training folds."
)
SAME = " Both have the same images in each fold."
OTHER = " This run has other images in its folds than the paper, so only means are subtracted."


def paper_sections(fusion: OutOfFold, variants: Mapping[str, OutOfFold], resamples: Resamples) -> list[Section]:
    """The paper's Table 1 beside this run's, and a test of the fusions; nothing where the images are not ICIAR 2018."""
    if dict(zip(stems(fusion), fusion.label.tolist(), strict=True)) != LABELS:
        return []
    same = fingerprint(fusion) == PAPERS_FOLDS
    words = WORDS + (SAME if same else OTHER)
    return [
        Section("Beside the paper's Table 1", words, cells_beside(fusion, variants, same), at_length=True),
        Section("Does the fusion differ from the paper's?", verdict(fusion, resamples), at_length=True),
    ]


def cells_beside(fusion: OutOfFold, variants: Mapping[str, OutOfFold], same: bool) -> pd.DataFrame:
    """Table 1 cell by cell: the paper's, this run's and the difference; where folds are others, only of the means."""
    paper = pd.DataFrame(TABLE_1, index=[*FOLDS, "mean", "std"]).T
    known = {name: variants[name] for name in TABLE_1 if name in variants}
    run = table_1(fusion, known).reindex(index=paper.index, columns=paper.columns)
    if set(TABLE_1) - {"std", "fusion"} - set(known):
        run.loc["std"] = np.nan  # over other variants than the paper's
    run.loc["std", "mean"] = run.loc["std", list(FOLDS)].mean()  # as in the paper, the mean of the row
    change = (run - paper).drop(columns="std")
    if not same:
        change[list(FOLDS)] = np.nan
    rows = {}
    for name in paper.index:
        rows[f"{name}, paper"] = paper.loc[name].map("{:.1f}".format)
        if run.loc[name].notna().any():
            rows[f"{name}, this run"] = run.loc[name].map("{:.1f}".format)
            rows[f"{name}, difference"] = change.loc[name].round(1).add(0.0).map("{:+.1f}".format)
    cells = pd.DataFrame(rows).T[paper.columns].fillna("–").replace(["nan", "+nan"], "–")
    return cells.rename_axis("variant")


def verdict(fusion: OutOfFold, resamples: Resamples) -> str:
    """Whether the fusions differ, by Fisher's exact test on the numbers of right answers.

    The interval of the difference squares and adds those of its two parts (Newcombe 1998, Stat. Med. 17:873, method
    10), the paper's being Wilson's.
    """
    right = fusion.label == fusion.predicted  # (n,)
    count, paper = len(right), RIGHT / len(right)
    ours = share_interval(right, np.full(count, True), resamples)
    low, high = (float(end) for end in wilson(np.array(paper), np.array(count)))
    change = ours.value - paper
    below, above = np.hypot(ours.value - ours.low, high - paper), np.hypot(ours.high - ours.value, paper - low)
    p = float(fisher_exact([[RIGHT, count - RIGHT], [right.sum(), (~right).sum()]]).pvalue)
    told = p < LEVEL and not change - below <= 0 <= change + above
    differ = f"{'This run is' if change > 0 else 'The paper is'} better" if told else "The two cannot be told apart"
    shown = signed(Interval(change, change - below, change + above), 1, 100)
    return (
        f"{differ}: {right.sum()} of {count} images right here, {RIGHT} there, difference {shown} points (Fisher's "
        f"exact p = {p:.2g}). This takes the answers as if they were to other images, for only the paper's numbers are "
        "at hand; answers to the same images err together, so the test is careful and may miss a small difference. "
        "`python pipeline.py compare` of this run and the authors' published answers goes image by image and sees more."
    )


def stems(answers: OutOfFold) -> list[str]:
    """The images' names without folder and ending: Photos/Benign/b001.tif is b001, as is b001.png."""
    return [PurePosixPath(str(image)).stem for image in answers.images]


def fingerprint(answers: OutOfFold) -> str:
    """SHA-256 over which image is in which fold."""
    lines = sorted(f"{stem},{fold}" for stem, fold in zip(stems(answers), answers.fold.tolist(), strict=True))
    return sha256("\n".join(lines).encode()).hexdigest()
