"""The ROC curves of several runs on the same images in one figure, with their areas."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure
from sklearn.metrics import roc_curve

from report.chapters.figure_style import QUIET, canvas, finish, short
from report.evaluation import Evaluation
from report.measures.all_images import has_auc
from report.out_of_fold import ComparisonError, OutOfFold
from report.section import Cell, Estimate, Section
from report.statistics.intervals import Interval
from report.trained.optimistic import LABEL

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")  # Okabe & Ito 2008
LINES = ("-", "--", ":")


def areas(runs: Mapping[str, OutOfFold]) -> dict[str, Interval]:
    """The AUC of each run, the largest first; raises ComparisonError for a run that ranks no two kinds of images."""
    found = {}
    for name, run in runs.items():
        if not has_auc(run):
            raise ComparisonError(
                f"{name} has no two-class score of images of both kinds, and so no ROC; name the positive classes"
            )
        found[name] = Evaluation.of(run).overall["AUC"]
    return dict(sorted(found.items(), key=lambda named: -named[1].value))


def areas_section(runs: Mapping[str, OutOfFold]) -> Section:
    """The AUC of each run as a table, the largest first."""
    of_runs = areas(runs)
    rows: dict[str, dict[str, Cell]] = {}
    for name, area in of_runs.items():
        optimistic = LABEL if runs[name].is_optimistic else ""
        rows[name] = {"AUC": Estimate(area, 3, unit=1), "images": len(runs[name].label), "remark": optimistic}
    best = next(iter(of_runs))
    sentence = (
        f"The largest area is that of {best}. It was picked as the largest of {len(rows)} on these very images, so on "
        "new ones it is likely to be somewhat smaller."
    )
    return Section("roc-together", "Areas under the ROC curves", sentence, pd.DataFrame(rows).T.rename_axis("run"))


def roc_together(runs: Mapping[str, OutOfFold]) -> Figure:
    """All curves, the one with the largest area first in the legend, each with the area's 95 % interval."""
    figure, axes = canvas(6.0, 6.0)
    axes.plot([0, 100], [0, 100], color=QUIET, linewidth=0.9, linestyle=(0, (4, 4)))
    for number, (name, area) in enumerate(areas(runs).items()):
        ranked = runs[name].ranked
        assert ranked is not None  # it has an area
        false_positive_rate, sensitivity, _ = roc_curve(*ranked, drop_intermediate=False)
        colour, line = COLOURS[number % len(COLOURS)], LINES[number // len(COLOURS) % len(LINES)]
        words = f"{short(name, 34)}, AUC {area.text(3, unit=1)}"
        axes.plot(100 * false_positive_rate, 100 * sensitivity, line, color=colour, linewidth=1.7, label=words)
    axes.set(xlim=(-1.5, 101.5), ylim=(-1.5, 101.5), aspect="equal")
    axes.set(xlabel="1 − specificity (%)", ylabel="sensitivity (%)")
    first = next(iter(runs.values()))
    kind = short(" + ".join(first.positive or first.classes[1:]), 48)
    axes.set_title(f"{kind} against the rest, {len(runs)} runs", fontsize=11)
    finish(axes, "lower right")
    if any(run.is_optimistic for run in runs.values()):
        figure.text(0.01, 0, LABEL, color="#b00020", fontsize=9, ha="left", va="top")
    return figure
