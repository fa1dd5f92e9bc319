"""The learning curve: would more patients help?

Accuracy on the same held-out images after training on parts of the patients (Mukherjee et al. 2003, J. Comput. Biol.
10:119; Figueroa et al. 2012, BMC Med. Inform. Decis. Mak. 12:8). No curve is fitted: with a few dozen patients the next
doubling cannot be foretold to a point, and the last one can at least be seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from report.answers import Answers, answers_of
from report.compare import LEVEL, Difference, aligned, difference, exchange_test
from report.curves import finish
from report.figures import CURVE, POINTS, canvas
from report.intervals import Interval, Measure, fewest_patients, interval, share_interval
from report.metrics import auc, balanced_accuracy, mean
from report.predictions import require_columns
from report.resample import Resamples, cohort_sentence
from report.section import Section, number
from report.trust import signed

KEYS = ("share", "draw", "trained_groups", "trained_images")  # beside the columns of a predictions table
LOOKS = {"accuracy": ("o", CURVE, 1.0), "balanced accuracy": ("s", POINTS[0], 1.025), "AUC": ("^", POINTS[1], 0.975)}


@dataclass(frozen=True, eq=False)
class Size:
    """What models that were trained on a share of the patients answered, once per draw of that share."""

    share: float
    patients: float  # trained on, mean over folds and draws; images of unknown patients count as one each
    images: float  # trained on, likewise
    draws: tuple[Answers, ...]  # to the same images in the same order

    @property
    def right(self) -> np.ndarray:
        """How many draws have each image right, (n,)."""
        return np.sum([draw.predicted == draw.label for draw in self.draws], axis=0)


def read_learning(path: str | Path) -> pd.DataFrame:
    """Read the table that `sizes_of` takes, as cv left it beside its predictions. Raises PredictionsError."""
    texts = dict.fromkeys(("image", "label", "patient", "model"), str)
    table = pd.read_csv(path, dtype=texts, keep_default_na=False, float_precision="round_trip")
    require_columns(table, (*KEYS, *texts, "fold"), path)
    return table


def sizes_of(table: pd.DataFrame, fusion: Answers) -> list[Size]:
    """The sizes of a table `share,draw,trained_groups,trained_images` and a fused table's columns, the smallest first.

    Answers come in the order of the fusion, whose two-class task they share. Raises ComparisonError where the images,
    labels or patients are others.
    """
    sizes = []
    for share, rows in table.groupby("share"):
        draws = [answers_of(part, fusion.positive, fusion.rule) for _, part in rows.groupby("draw")]
        draws = [aligned(fusion, draw, ("the run", "its learning curve")) for draw in draws]
        once = rows.drop_duplicates(["draw", "fold"])
        sizes.append(
            Size(float(str(share)), once["trained_groups"].mean(), once["trained_images"].mean(), tuple(draws))
        )
    return sizes


def measures_of(draw: Answers) -> dict[str, Measure]:
    """Accuracy and balanced accuracy, and where there are two classes AUC, under weights."""
    label, predicted, truth, score = draw.label, draw.predicted, draw.truth, draw.score
    found: dict[str, Measure] = {
        "accuracy": lambda weights: mean(weights, predicted == label),
        "balanced accuracy": lambda weights: balanced_accuracy(weights, label, predicted),
    }
    if score is not None and 0 < truth.sum() < len(truth):
        found["AUC"] = lambda weights: auc(weights, truth, score)
    return found


def measure_of(size: Size, name: str) -> Measure:
    """One measure, the mean over the draws of a size."""
    each = [measures_of(draw)[name] for draw in size.draws]
    return lambda weights: np.mean([measure(weights) for measure in each], axis=0)


def patients_about(name: str, fusion: Answers, resamples: Resamples) -> int:
    """The patients that a measure rests on."""
    kinds = {"balanced accuracy": fusion.label, "AUC": fusion.truth}
    return fewest_patients(kinds[name], resamples) if name in kinds else resamples.patients()


def curve(sizes: Sequence[Size], resamples: Resamples) -> dict[str, list[Interval]]:
    """Each measure at each size with its interval over the tested patients, the draws' mean taken as one answer."""
    names = measures_of(sizes[0].draws[0])
    found: dict[str, list[Interval]] = {name: [] for name in names}
    for size in sizes:
        everything = np.full(len(size.right), True)
        found["accuracy"].append(share_interval(size.right / len(size.draws), everything, resamples))
        for name in list(names)[1:]:
            patients = patients_about(name, size.draws[0], resamples)
            found[name].append(interval(measure_of(size, name), resamples, patients))
    return found


def last_doubling(sizes: Sequence[Size], resamples: Resamples) -> tuple[Size, Size, dict[str, Difference]] | None:
    """From half of the patients to all: the two sizes and what each measure gained; None where half was too few.

    By accuracy it counts as told only when the exact test that exchanges the two sizes in whole patients agrees.
    """
    half, whole = (next((size for size in sizes if size.share == share), None) for share in (0.5, 1.0))
    if half is None or whole is None:
        return None
    gain = whole.right * len(half.draws) - half.right * len(whole.draws)  # (n,) whole numbers
    told = exchange_test(gain, resamples.group) < LEVEL
    return half, whole, {
        name: difference(
            name, measure_of(half, name), measure_of(whole, name), resamples,
            patients_about(name, whole.draws[0], resamples), ("half", "all"), told or name == "AUC",
        )
        for name in measures_of(whole.draws[0])
    }  # fmt: skip


def gain_sentence(sizes: Sequence[Size], resamples: Resamples) -> str:
    """Whether more patients would help, as far as the last doubling shows."""
    unit = unit_of(resamples)
    found = last_doubling(sizes, resamples)
    if found is None:
        return f"Half of the {unit} are too few to learn from, so that no doubling can be seen."
    half, whole, gains = found
    change, better = gains["accuracy"].change, gains["accuracy"].better
    words = f"From {half.patients:.0f} to {whole.patients:.0f} {unit}, the last doubling, accuracy changed by "
    words += f"{signed(change, 1, 100)} points"
    if better == "all":
        return f"{words}: more {unit} would probably help, though the next doubling tends to bring less than the last."
    if better == "half":
        return f"{words}: there is no sign that more {unit} would help."
    rest = "" if np.isnan(change.high) else f"; a gain of more than {100 * change.high:.1f} points is unlikely"
    return f"{words}: whether more {unit} would help cannot be told{rest}."


def learning_section(sizes: Sequence[Size], resamples: Resamples) -> Section:
    """A row per size, and the gain of the last doubling."""
    points, unit = curve(sizes, resamples), unit_of(resamples)
    rows: dict[str, dict[str, str]] = {}
    for at, size in enumerate(sizes):
        measured = {name: text_of(name, found[at]) for name, found in points.items()}
        rows[f"{size.patients:.0f} ({100 * size.share:.0f} %)"] = {"images": f"{size.images:.0f}", **measured}
    doubling = last_doubling(sizes, resamples)
    if doubling is not None:
        gains = {name: gain.change for name, gain in doubling[2].items()}
        told = {name: signed(gain, *decimals_of(name)) for name, gain in gains.items()}
        rows["last doubling"] = {"images": number(doubling[1].images - doubling[0].images, 0), **told}
    alone = (
        " (images of unknown patients count as one each)" if unit == "patients" and not resamples.known.all() else ""
    )
    draws = max(len(size.draws) for size in sizes)
    sentence = (
        f"{gain_sentence(sizes, resamples)} Each fold is answered by models trained on a part of the {unit} of the "
        f"other folds{alone}: mean over {draws} draws, in each of which the smaller parts lie in the larger. Intervals "
        "are about who was tested and leave out the chance of who was trained on. "
        f"{cohort_sentence(resamples)}"
    )
    return Section("Learning curve", sentence, pd.DataFrame(rows).T.rename_axis(f"{unit} trained on"))


def learning_numbers(sizes: Sequence[Size], resamples: Resamples) -> pd.DataFrame:
    """The curve for a file: a row per size and measure, shares of 1, with the lowest and highest draw."""
    one = np.ones((1, len(resamples.group)))
    rows = []
    for name, points in curve(sizes, resamples).items():
        for size, found in zip(sizes, points, strict=True):
            draws = [float(measures_of(draw)[name](one)[0]) for draw in size.draws]
            trained = {"share": size.share, unit_of(resamples): size.patients} | {"images": size.images}
            ends = {"low": found.low, "high": found.high, "lowest_draw": min(draws), "highest_draw": max(draws)}
            rows.append({"measure": name, **trained, "draws": len(draws), "value": found.value, **ends})
    return pd.DataFrame(rows)


def learning_figure(sizes: Sequence[Size], resamples: Resamples) -> Figure:
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
    for size in sizes:
        each = [100 * float(np.mean(draw.predicted == draw.label)) for draw in size.draws]
        label = "accuracy, each draw" if size is sizes[0] else None
        axes.plot([size.patients] * len(each), each, "_", color=CURVE, markersize=11, alpha=0.7, zorder=1, label=label)
    axes.set_xscale("log", base=2)
    axes.set_xticks(trained, [f"{count:.0f}" for count in trained])
    axes.xaxis.set_minor_locator(NullLocator())
    unit = unit_of(resamples)
    axes.set(xlim=(trained[0] / 1.15, trained[-1] * 1.15), ylim=(max(10 * np.floor(lowest / 10) - 10, 0), 101.5))
    axes.set(xlabel=f"{unit} trained on (mean over folds)", ylabel="%")
    axes.set_title(f"Would more {unit} help?\n{len(resamples.group)} images, out-of-fold, 95 % intervals", fontsize=11)
    finish(axes, "lower right")
    return figure


def unit_of(resamples: Resamples) -> str:
    """What is counted: patients where any is known."""
    return "patients" if resamples.by_patient else "images"


def text_of(name: str, found: Interval) -> str:
    """A number and its interval, in per cent unless it is an AUC."""
    return found.text(*decimals_of(name))


def decimals_of(name: str) -> tuple[int, float]:
    """How a measure is written: decimals and unit."""
    return (3, 1) if name == "AUC" else (1, 100)
