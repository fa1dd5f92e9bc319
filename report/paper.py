"""Rakhlin et al. 2018 beside a run on the same images: their Table 1, and whether the fusion differs.

Numbers are those of the paper (arXiv:1802.00752) and of its program, github.com/alexander-rakhlin/ICIAR2018;
rakhlin2018.csv holds its out-of-fold answers (copyright 2018 Alexander Rakhlin, Alexey Shvets; MIT licence).
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd

from report.accuracy import table_1
from report.answers import Answers
from report.compare import compare
from report.published import read_published
from report.section import Section
from report.trust import comparison_section

PUBLISHED = Path(__file__).with_name("rakhlin2018.csv")
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
NAMES = ("Rakhlin 2018", "this run")
WORDS = (
    "Accuracy in %, a column per fold (Rakhlin et al. 2018, arXiv:1802.00752). The paper's std of a single variant is "
    "more than that of its ten cells, perhaps for being over seeds too; this run's is of the cells. The paper's folds "
    "split patients: of 145 images whose patient is known, 138 have one of the same patient in their training folds."
)
SAME = " Both have the same images in each fold."
OTHER = " This run has other images in its folds than the paper, so only means are subtracted."


def paper_sections(fusion: Answers, variants: Mapping[str, Answers] | None = None) -> list[Section]:
    """The paper's Table 1 beside this run's, and a test of the fusions; nothing where the images are not ICIAR 2018."""
    theirs, ours = by_stem(read_published(PUBLISHED)), by_stem(fusion)
    if facts_of(theirs, theirs.label) != facts_of(ours, ours.label):
        return []
    same = facts_of(theirs, theirs.fold) == facts_of(ours, ours.fold)
    result = compare(theirs, ours, np.random.default_rng(0), NAMES)
    title = "Does the fusion differ from the paper's?"
    return [
        table_beside(fusion, variants or {}, same),
        replace(comparison_section(result), title=title, at_length=True),
    ]


def table_beside(fusion: Answers, variants: Mapping[str, Answers], same: bool) -> Section:
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
    cells = pd.DataFrame(rows).T[paper.columns].fillna("–").replace(["nan", "+nan"], "–").rename_axis("variant")
    return Section("Beside the paper's Table 1", WORDS + (SAME if same else OTHER), cells, at_length=True)


def by_stem(answers: Answers) -> Answers:
    """The answers under names without folder and ending: Photos/Benign/b001.tif is b001, as is b001.png."""
    return replace(answers, images=np.array([PurePosixPath(str(image)).stem for image in answers.images]))


def facts_of(answers: Answers, column: np.ndarray) -> dict[str, object]:
    """A column by image."""
    return dict(zip(answers.images.tolist(), column.tolist(), strict=True))
