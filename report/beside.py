"""The paper's Table 1 beside a run on the same images, cell by cell, and whether the fusion differs."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.stats import fisher_exact

from report.accuracy import accuracy_by_fold
from report.answers import Answers
from report.compare import LEVEL, compare
from report.intervals import Interval, auc_interval, point_intervals, share_interval, wilson
from report.operating import two_class
from report.paper import (
    FOLDS,
    FUSION,
    IMAGES,
    LEAK,
    POSITIVE,
    RIGHT,
    SOURCE,
    TWO_CLASS,
    VARIANTS,
    Published,
    by_stem,
    is_iciar,
    published_names,
)
from report.resample import Resamples
from report.section import Section
from report.trust import comparison_section, signed

NAMES = ("the paper", "this run")


def paper_sections(
    fusion: Answers,
    variants: Mapping[str, Answers] | None,
    resamples: Resamples,
    published: Answers | None = None,
) -> list[Section]:
    """The tables beside the paper's, where the images are those of ICIAR 2018; nothing for others.

    With the `published` answers, image by image, the fusions are compared in pairs; else by their counts alone.
    """
    if not is_iciar(fusion):
        return []
    parts = [table_section(fusion, variants or {}, resamples), fold_section(fusion, published)]
    if fusion.positive == POSITIVE and fusion.score is not None:
        parts.append(two_class_section(fusion, resamples))
    return [*parts, verdict_section(fusion, resamples, published)]


def table_section(fusion: Answers, variants: Mapping[str, Answers], resamples: Resamples) -> Section:
    """Mean and standard deviation of each row of Table 1, the paper's and this run's."""
    own = {paper: variants[name] for name, paper in published_names(variants).items()}
    rows = {name: row_beside(facts, own.get(name), resamples) for name, facts in VARIANTS.items()}
    rows["fusion"] = row_beside(FUSION, fusion, resamples)
    others = [name for name in variants if name not in published_names(variants) and name != "fusion"]
    left_out = f" The paper has no row for {', '.join(others)}." if others else ""
    sentence = (
        f"Accuracy in %, mean and population std over the folds ({SOURCE}). Intervals (95 %) are over all images "
        f"together; the paper's are Wilson's, which take its {IMAGES} images as independent. {LEAK}{left_out}"
    )
    return Section("Beside the paper's Table 1", sentence, pd.DataFrame(rows).T.rename_axis("variant"))


def row_beside(facts: Published, answers: Answers | None, resamples: Resamples) -> dict[str, str]:
    """One row: the paper's cells, this run's, and this run's minus the paper's."""
    decimals = 2 if facts is FUSION else 1
    low, high = wilson(np.array(facts.mean / 100), np.array(IMAGES))
    row = {"paper": Interval(facts.mean / 100, float(low), float(high)).text(decimals)}
    if answers is None:
        return (
            row
            | dict.fromkeys(("this run", "difference", "paper std", "std", "std difference"), "–")
            | {"paper std": f"{facts.std:.{decimals}f}"}
        )
    folds = accuracy_by_fold(answers.label, answers.predicted, answers.fold)
    right = answers.label == answers.predicted  # (n,)
    found = share_interval(right, np.full(len(right), True), resamples)
    mean, std = float(folds.mean()), float(folds.std(ddof=0))
    return row | {
        "this run": Interval(mean / 100, found.low, found.high).text(decimals),
        "difference": plus(mean - facts.mean, decimals),
        "paper std": f"{facts.std:.{decimals}f}",
        "std": f"{std:.{decimals}f}",
        "std difference": plus(std - facts.std, decimals),
    }


def fold_section(fusion: Answers, published: Answers | None) -> Section:
    """The fusion's accuracy in each fold, the paper's and this run's."""
    folds = accuracy_by_fold(fusion.label, fusion.predicted, fusion.fold)
    if list(folds.index) != list(range(1, len(FOLDS) + 1)):
        words = f"Left out: the paper has folds 1 to {len(FOLDS)}, this run {len(folds)} folds of other numbers."
        return Section("The fusion fold by fold", words, at_length=True)
    theirs = pd.Series([*FOLDS, FUSION.mean, FUSION.std], index=[*map(str, folds.index), "mean", "std"])
    ours = pd.Series([*folds, folds.mean(), folds.std(ddof=0)], index=theirs.index)
    pairs = zip(NAMES, (theirs, ours), strict=True)
    cells = pd.DataFrame({name: row.map(lambda share: f"{share:.1f}") for name, row in pairs}).T
    cells.loc["difference"] = (ours - theirs).map(lambda change: plus(change, 1))
    for column in ("mean", "std"):
        cells[column] = [f"{theirs[column]:.2f}", f"{ours[column]:.2f}", plus(ours[column] - theirs[column], 2)]
    sentence = f"Accuracy in %. {same_folds(fusion, published)} A fold holds 40 images: one of them is 2.5 points."
    return Section("The fusion fold by fold", sentence, cells.rename_axis("fusion"), at_length=True)


def same_folds(fusion: Answers, published: Answers | None) -> str:
    """Whether folds of the same number hold the same images, in words."""
    if published is None:
        return "Folds of the same number hold the same images only if this run used the published folds."
    theirs = dict(zip(by_stem(published).images.tolist(), published.fold.tolist(), strict=True))
    ours = dict(zip(by_stem(fusion).images.tolist(), fusion.fold.tolist(), strict=True))
    if ours == theirs:
        return "Folds of the same number hold the same images."
    return "This run used other folds than the paper: columns hold different images, and only the mean compares."


def two_class_section(fusion: Answers, resamples: Resamples) -> Section:
    """The two-class numbers, the paper's and this run's."""
    found = two_class_cells(fusion, resamples)
    rows = {}
    for name, paper in TWO_CLASS.items():
        unit, decimals = (1.0, 4) if name == "AUC" else (100.0, 2 if name.startswith("accuracy") else 1)
        ours = found[name]
        text = ours.text(decimals, unit) if np.isfinite(ours.low) else f"{unit * ours.value:.{decimals}f}"
        change = plus(unit * ours.value - paper, decimals)
        rows[name] = {"paper": f"{paper:.{decimals}f}", "this run": text, "difference": change}
    sentence = (
        "Carcinoma (in situ or invasive) against the rest; in %, AUC as it is. The paper gave no intervals, and they "
        "would be about as wide as this run's."
    )
    return Section(
        "Two classes beside the paper", sentence, pd.DataFrame(rows).T.rename_axis("measure"), at_length=True
    )


def two_class_cells(fusion: Answers, resamples: Resamples) -> dict[str, Interval]:
    """This run's numbers under the names of TWO_CLASS, as shares of 1."""
    result = two_class(fusion)
    assert result is not None, "all four classes have images"
    found = {"AUC": auc_interval(fusion, resamples)}
    right = fusion.called(0.5) == fusion.truth  # (n,)
    within = share_interval(right, np.full(len(right), True), resamples)
    mean, std = float(result.accuracy.mean()) / 100, float(result.accuracy.std(ddof=0)) / 100
    found["accuracy, mean over folds"] = Interval(mean, within.low, within.high)
    found["accuracy, std over folds"] = Interval(std, np.nan, np.nan)
    for threshold in (0.33, 0.5):
        for measure, point in point_intervals(fusion.truth, fusion.called(threshold), resamples).items():
            found[f"{measure} at {threshold:.2f}"] = point
    return found


def verdict_section(fusion: Answers, resamples: Resamples, published: Answers | None) -> Section:
    """Whether the fusion differs from the paper's, by the best test that what is known allows."""
    title = "Does the fusion differ from the paper's?"
    if published is None:
        return Section(title, counts_sentence(fusion, resamples))
    result = compare(by_stem(published), by_stem(fusion), np.random.default_rng(0), NAMES)
    return replace(comparison_section(result), title=title)


def counts_sentence(fusion: Answers, resamples: Resamples) -> str:
    """The verdict from the numbers of right answers alone, as if they came from two sets of images.

    Fisher's exact test, and an interval by squaring and adding (Newcombe 1998, Stat. Med. 17:873).
    """
    right = fusion.label == fusion.predicted  # (n,)
    ours = share_interval(right, np.full(len(right), True), resamples)
    low, high = wilson(np.array(RIGHT / IMAGES), np.array(IMAGES))
    change = ours.value - RIGHT / IMAGES
    below = float(np.hypot(ours.value - ours.low, high - RIGHT / IMAGES))
    above = float(np.hypot(ours.high - ours.value, RIGHT / IMAGES - low))
    counts = [[RIGHT, IMAGES - RIGHT], [int(right.sum()), int((~right).sum())]]
    chance = float(fisher_exact(counts).pvalue)
    told = chance < LEVEL and not change - below <= 0 <= change + above
    better = NAMES[int(change > 0)]
    verdict = (
        f"{better} is better by accuracy" if told else f"By accuracy {NAMES[0]} and {NAMES[1]} cannot be told apart"
    )
    shown = signed(Interval(change, change - below, change + above), 1, 100)
    return (
        f"{verdict[0].upper()}{verdict[1:]}: {RIGHT} against {right.sum()} of {IMAGES} images right, difference "
        f"{shown} points (Fisher's exact p = {chance:.2g}). Only the paper's counts were at hand, so both are taken as "
        "answers to different images. They are to the same ones, on which models tend to err together: the test is "
        "conservative and may miss a small difference. With the published answers, image by image, McNemar's test sees "
        "more."
    )


def plus(change: float, decimals: int) -> str:
    """A difference with its sign; no difference has none.

    >>> plus(-0.25, 1), plus(1.0, 2), plus(-0.001, 2)
    ('-0.2', '+1.00', '0.00')
    """
    text = f"{change:+.{decimals}f}"
    return text if float(text) else text[1:]
