"""What views and crops buy: log-loss against cost on real tissue: `python -m benchmarks.curve`, half an hour.

Every setting is cross-validated for two disjoint sets of views (one where all are used), and compared with the largest
setting image by image: the interval is that of the difference. The figure goes to benchmarks/curve.png.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from benchmarks.realdata import (
    CROPS,
    TISSUES,
    VIEWS,
    Tissue,
    clusters,
    describe_all,
    interval,
    numbers,
    predict,
    surprise,
)
from featurize.protocol import PRESETS

# Okabe & Ito's colours, and a marker each
LOOKS = {2: ("#E69F00", "v"), 5: ("#009E73", "s"), 10: ("#CC79A7", "D"), 20: ("#0072B2", "o")}


@dataclass(frozen=True)
class Point:
    """One setting on one data set."""

    views: int
    crops: int
    loss: float
    redraw: float  # how much the log-loss differs between the two sets of views
    accuracy: float
    worse: float  # log-loss above that of the largest setting
    low: float  # 95 % interval of `worse`
    high: float


def measure(tissue: Tissue) -> list[Point]:
    """All settings, the largest last."""
    descriptors, dataset = describe_all(tissue), tissue.read()
    labels, cluster = numbers(dataset), clusters(dataset)
    full = surprise(predict(tissue, descriptors, "exact", slice(0, max(VIEWS)), max(CROPS)), labels)
    points = []
    for views in VIEWS:
        for crops in CROPS:
            parts = [slice(first, first + views) for first in (0, max(VIEWS) // 2) if first + views <= max(VIEWS)]
            answers = [predict(tissue, descriptors, "exact", part, crops) for part in parts]
            losses = np.stack([surprise(answer, labels) for answer in answers])  # (part, image)
            right = np.mean([answer.argmax(axis=1) == labels for answer in answers])
            worse = losses.mean(axis=0) - full
            points.append(Point(views, crops, losses.mean(), np.ptp(losses.mean(axis=1)), right, worse.mean(),
                                *interval(worse, cluster)))  # fmt: skip
    return points


def table(points: list[Point]) -> str:
    """Markdown, by cost."""
    lines = ["| views | crops | cost | log-loss | other views | accuracy | worse than all by | 95 % interval |"]
    lines += ["|---" * 8 + "|"]
    for p in sorted(points, key=lambda p: (p.views * p.crops, p.views)):
        lines.append(f"| {p.views} | {p.crops} | {p.views * p.crops} | {p.loss:.3f} | {p.redraw:.3f} | {p.accuracy:.3f}"
                     f" | {p.worse:+.3f} | {p.low:+.3f} to {p.high:+.3f} |")  # fmt: skip
    return "\n".join(lines)


def draw(measured: dict[str, list[Point]]) -> Figure:
    """A panel for each data set: log-loss against crops encoded, a line for each number of crops per view."""
    figure = Figure(figsize=(9.6, 4.2), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle("dashed: 20 views of 20 crops; bars: 95 % interval of the paired difference to it", fontsize=9.5)
    for axes, (name, points) in zip(figure.subplots(1, len(measured)), measured.items(), strict=True):
        _draw_lines(axes, points)
        _mark_presets(axes, points)
        axes.set(title=name, xlabel="crops encoded for each image and size (views × crops)", ylabel="log-loss")
        axes.grid(color="#e6e6e6", linewidth=0.7)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, fontsize=8.5)
    return figure


def _draw_lines(axes: Axes, points: list[Point]) -> None:
    full = points[-1].loss
    axes.axhline(full, color="#8a8a8a", linewidth=0.9, linestyle=(0, (4, 4)))
    for crops, (colour, marker) in LOOKS.items():
        line = [p for p in points if p.crops == crops]
        cost = np.array([p.views * p.crops for p in line]) * (1 + 0.02 * list(LOOKS).index(crops))  # side by side
        loss = np.array([p.loss for p in line])
        ends = full + np.array([[p.low, p.high] for p in line]).T
        reach = np.abs(ends - loss)  # (2, point)
        axes.errorbar(cost, loss, reach, color=colour, marker=marker, markersize=5, linewidth=1.4, elinewidth=0.8,
                      label=f"{crops} crops a view")  # fmt: skip
    costs = sorted({p.views * p.crops for p in points})
    axes.set_xscale("log")
    axes.set_xticks([2, 5, 10, 20, 50, 100, 200, 400], ["2", "5", "10", "20", "50", "100", "200", "400"])
    axes.minorticks_off()
    axes.set_xlim(costs[0] * 0.8, costs[-1] * 1.3)


def _mark_presets(axes: Axes, points: list[Point]) -> None:
    at = {(p.views, p.crops): p for p in points}
    for name, point in ((name, at[setting]) for name, setting in PRESETS.items() if setting in at):
        where = (point.views * point.crops * (1 + 0.02 * list(LOOKS).index(point.crops)), point.loss)
        axes.plot(*where, "o", markersize=13, fillstyle="none", color="#D55E00", markeredgewidth=1.6, zorder=4)
        ground = {"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.85}
        axes.annotate(name, where, (0, -19), textcoords="offset points", ha="center", color="#D55E00", weight="bold",
                      zorder=5, bbox=ground)  # fmt: skip


def main() -> None:
    """Measure, print, draw."""
    measured = {}
    for tissue in TISSUES:
        points = measured[tissue.name] = measure(tissue)
        print(f"\n{tissue.name}, crops of {' and '.join(map(str, tissue.sides))} px, fused\n{table(points)}")
    draw(measured).savefig(Path(__file__).with_suffix(".png"), dpi=110)


if __name__ == "__main__":
    main()
