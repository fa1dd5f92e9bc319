"""Would more patients help? What the last doubling brought, and the table of the learning curve."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from report.evaluation import Evaluation
from report.figure_style import CURVE, POINTS, canvas, finish
from report.measures.learning_curve import (
    LastDoubling,
    LearningCurvePoint,
    curve,
    last_doubling,
    unit_of,
)
from report.section import Section, number, signed
from report.statistics.bootstrap import Resamples, cohort_sentence


def doubling_sentence(found: LastDoubling | None, unit: str) -> str:
    """Whether more patients would help, as far as the last doubling shows."""
    if found is None:
        return f"Half of the {unit} are too few to learn from, so that no doubling can be seen."
    change, better = found.gains["accuracy"].change, found.gains["accuracy"].better
    words = (
        f"From {found.half.patients:.0f} to {found.whole.patients:.0f} {unit}, the last doubling, accuracy changed by "
        f"{signed(change, 1, 100)} points (exchanging whole {unit} p = {found.by_patient:.2g})"
    )
    if better == "all":
        return f"{words}: more {unit} would probably help, though the next doubling tends to bring less than the last."
    if better == "half":
        return f"{words}: there is no sign that more {unit} would help."
    rest = "" if np.isnan(change.high) else f"; a gain of more than {100 * change.high:.1f} points is unlikely"
    return f"{words}: whether more {unit} would help cannot be told{rest}."


def learning_section(sizes: Sequence[LearningCurvePoint], resamples: Resamples) -> Section:
    """A row per size, and the gain of the last doubling."""
    points, unit, doubling = curve(sizes, resamples), unit_of(resamples), last_doubling(sizes, resamples)
    rows: dict[str, dict[str, str]] = {}
    for at, size in enumerate(sizes):
        measured = {name: found[at].text(*decimals_of(name)) for name, found in points.items()}
        rows[f"{size.patients:.0f} ({100 * size.share:.0f} %)"] = {"images": number(size.images, 0), **measured}
    if doubling is not None:
        told = {name: signed(gain.change, *decimals_of(name)) for name, gain in doubling.gains.items()}
        rows["last doubling"] = {"images": f"+{doubling.whole.images - doubling.half.images:.0f}", **told}
    alone = " (an image of an unknown patient, if there is any, counts as one)" if resamples.by_patient else ""
    sentence = (
        f"{doubling_sentence(doubling, unit)} Each fold is answered by models trained on a part of the {unit} of the "
        f"other folds{alone}: mean over "
        f"{max(len(size.draws) for size in sizes)} draws, in each of which the smaller parts lie in the larger. "
        "Intervals are about who was tested and leave out the chance of who was trained on. "
        f"{cohort_sentence(resamples)}"
    )
    return Section("Learning curve", sentence, pd.DataFrame(rows).T.rename_axis(f"{unit} trained on"))


def decimals_of(name: str) -> tuple[int, float]:
    """How a measure is written: decimals and unit."""
    return (3, 1) if name == "AUC" else (1, 100)


LOOKS = {"accuracy": ("o", CURVE, 1.0), "AUC": ("^", POINTS[1], 0.97)}  # marker, colour, factor along x


def learning_figure(sizes: Sequence[LearningCurvePoint], resamples: Resamples) -> Figure:
    """Each measure against the patients trained on, on a scale of doublings, with intervals; accuracy draw by draw."""
    figure, axes = canvas(5.8, 4.6)
    trained = np.array([size.patients for size in sizes])  # (sizes,)
    points, lowest = curve(sizes, resamples), 100.0
    for name, found in points.items():
        marker, colour, shift = LOOKS[name]
        y, low, high = 100 * np.array([(point.value, point.low, point.high) for point in found]).T  # (sizes,) x 3
        bars = np.nan_to_num([y - low, high - y])  # (2, sizes)
        axes.errorbar(trained * shift, y, bars, fmt=f"{marker}-", color=colour, markeredgecolor="white",
                      markersize=8, linewidth=1.6, elinewidth=1, label=name)  # fmt: skip
        lowest = min(lowest, float(np.nanmin(np.append(low, y))))
    each = [(size.patients, 100 * np.mean(draw.predicted == draw.label)) for size in sizes for draw in size.draws]
    axes.plot(*zip(*each, strict=True), "_", color=CURVE, markersize=11, zorder=1, label="accuracy, each draw")
    axes.set_xscale("log", base=2)
    axes.set_xticks(trained, [f"{count:.0f}" for count in trained])
    axes.xaxis.set_minor_locator(NullLocator())
    unit = unit_of(resamples)
    axes.set(xlim=(trained[0] / 1.2, trained[-1] * 1.2), ylim=(max(10 * np.floor(lowest / 10) - 10, 0), 101.5))
    axes.set(xlabel=f"{unit} trained on (mean over folds)", ylabel="% (AUC × 100)" if "AUC" in points else "%")
    axes.set_title(f"Would more {unit} help?\n{len(resamples.group)} images, out-of-fold, 95 % intervals", fontsize=11)
    finish(axes, "lower right")
    return figure


def learning_words(facts: Evaluation) -> str:
    """Accuracy at each size."""
    assert facts.learning, "there is no figure without a curve"
    points = curve(facts.learning, facts.resamples)["accuracy"]
    told = "; ".join(
        f"{size.patients:.0f}: {100 * found.value:.1f} %" for size, found in zip(facts.learning, points, strict=True)
    )
    return f"Learning curve, {unit_of(facts.resamples)} trained on and accuracy: {told}."
