"""Would more patients help? What the last doubling brought, and the learning curve as a table and a figure."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from report.chapters.figure_style import CURVE, POINTS, canvas, finish
from report.evaluation import Evaluation
from report.measures.learning_curve import LastDoubling
from report.section import Cell, Chapter, Estimate, Number, Picture, Section, signed
from report.statistics.intervals import Interval
from report.statistics.patient_groups import cohort_sentence

LOOKS = {"accuracy": ("o", CURVE, 1.0), "AUC": ("^", POINTS[1], 0.97)}  # marker, colour, factor along x


def more_patients(evaluation: Evaluation) -> Chapter | None:
    """The learning curve, where one was asked for."""
    if not evaluation.learning:
        return None
    return Chapter("more-patients", "Would more patients help?", (learning_section(evaluation),))


def doubling_sentence(doubling: LastDoubling | None, unit: str) -> str:
    """Whether more patients would help, as far as the last doubling shows."""
    if doubling is None:
        return f"Half of the {unit} are too few to learn from, so that no doubling can be seen."
    accuracy = doubling.gains["accuracy"]
    words = (
        f"From {doubling.half.patients:.0f} to {doubling.all.patients:.0f} {unit}, the last doubling, accuracy changed "
        f"by {signed(accuracy.change, 1, 100)} points (exchanging whole {unit} p = {doubling.by_patient:.2g})"
    )
    if accuracy.better == "all":
        return f"{words}: more {unit} would probably help, though the next doubling tends to bring less than the last."
    if accuracy.better == "half":
        return f"{words}: there is no sign that more {unit} would help."
    most = accuracy.change.high
    rest = "" if np.isnan(most) else f"; a gain of more than {100 * most:.1f} points is unlikely"
    return f"{words}: whether more {unit} would help cannot be told{rest}."


def learning_section(evaluation: Evaluation) -> Section:
    """A row per size, and the gain of the last doubling."""
    sizes, unit, doubling = evaluation.learning, evaluation.unit, evaluation.last_doubling
    rows: dict[str, dict[str, Cell]] = {}
    for number, size in enumerate(sizes):
        row: dict[str, Cell] = {"images": Number(size.images, 0)}
        for name, points in evaluation.learning_curve.items():
            row[name] = measure_cell(name, points[number])
        rows[f"{size.patients:.0f} ({100 * size.share:.0f} %)"] = row
    if doubling is not None:
        row = {"images": Number(doubling.all.images - doubling.half.images, 0, signed=True)}
        for name, gain in doubling.gains.items():
            row[name] = measure_cell(name, gain.change, is_change=True)
        rows["last doubling"] = row
    by_patient = evaluation.groups.by_patient
    alone = " (an image of an unknown patient, if there is any, counts as one)" if by_patient else ""
    auc = f"AUC {evaluation.out_of_fold.auc}. " if "AUC" in evaluation.learning_curve else ""
    draws = max(len(size.draws) for size in sizes)
    sentence = (
        f"{doubling_sentence(doubling, unit)} Each fold is predicted by models trained on a part of the {unit} of the "
        f"other folds{alone}: mean over {draws} draws, in each of which the smaller parts lie in the larger. "
        f"{auc}{cohort_sentence(evaluation.groups)}"
    )
    picture = Picture(
        name="learning",
        draw=lambda: learning_figure(evaluation),
        caption="Accuracy and AUC by how many were trained on, with 95 % intervals; small marks are single draws.",
        alt=learning_words(evaluation),
    )
    cells = pd.DataFrame(rows).T.rename_axis(f"{unit} trained on")
    return Section("learning-curve", "Learning curve", sentence, cells, picture=picture)


def measure_cell(name: str, interval: Interval, is_change: bool = False) -> Estimate:
    """A measure at a size, or its change: accuracy in per cent, AUC with three decimals."""
    if name == "AUC":
        return Estimate(interval, 3, unit=1, signed=is_change)
    return Estimate(interval, signed=is_change)


def learning_figure(evaluation: Evaluation) -> Figure:
    """Each measure against the patients trained on, on a scale of doublings, with intervals; accuracy draw by draw."""
    sizes, unit, curve = evaluation.learning, evaluation.unit, evaluation.learning_curve
    trained = np.array([size.patients for size in sizes])  # (sizes,)
    figure, axes = canvas(5.8, 4.6)
    lowest = 100.0
    for name, points in curve.items():
        marker, colour, shift = LOOKS[name]
        value = 100 * np.array([point.value for point in points])  # (sizes,)
        low = 100 * np.array([point.low for point in points])  # (sizes,)
        high = 100 * np.array([point.high for point in points])  # (sizes,)
        bars = np.nan_to_num([value - low, high - value])  # (2, sizes)
        axes.errorbar(trained * shift, value, bars, fmt=f"{marker}-", color=colour, markeredgecolor="white",
                      markersize=8, linewidth=1.6, elinewidth=1, label=name)  # fmt: skip
        lowest = min(lowest, float(np.nanmin(np.append(low, value))))
    draws_x, draws_y = [], []
    for size in sizes:
        for draw in size.draws:
            draws_x.append(size.patients)
            draws_y.append(100 * np.mean(draw.predicted == draw.label))
    axes.plot(draws_x, draws_y, "_", color=CURVE, markersize=11, zorder=1, label="accuracy, each draw")
    axes.set_xscale("log", base=2)
    axes.set_xticks(trained, [f"{count:.0f}" for count in trained])
    axes.xaxis.set_minor_locator(NullLocator())
    floor = max(10 * np.floor(lowest / 10) - 10, 0)
    axes.set(xlim=(trained[0] / 1.2, trained[-1] * 1.2), ylim=(floor, 101.5))
    axes.set(xlabel=f"{unit} trained on (mean over folds)", ylabel="% (AUC × 100)" if "AUC" in curve else "%")
    images = len(evaluation.out_of_fold.images)
    axes.set_title(f"Would more {unit} help?\n{images} images, out-of-fold, 95 % intervals", fontsize=11)
    finish(axes, "lower right")
    return figure


def learning_words(evaluation: Evaluation) -> str:
    """Accuracy at each size."""
    accuracy = evaluation.learning_curve["accuracy"]
    pairs = zip(evaluation.learning, accuracy, strict=True)
    points = "; ".join(f"{size.patients:.0f}: {100 * interval.value:.1f} %" for size, interval in pairs)
    return f"Learning curve, {evaluation.unit} trained on and accuracy: {points}."
