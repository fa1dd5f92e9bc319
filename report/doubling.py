"""Would more patients help? What the last doubling brought, and the table of the learning curve."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from report.compare import LEVEL, Difference, difference, exchange_test
from report.learning import Size, curve, measure_of, measures_of, patients_about, unit_of
from report.resample import Resamples, cohort_sentence
from report.section import Section, number
from report.trust import signed


@dataclass(frozen=True, eq=False)
class Doubling:
    """What all of the patients bring over half of them."""

    half: Size
    whole: Size
    by_patient: float  # exact two-sided p that accuracy does not differ
    gains: dict[str, Difference]  # by measure


def last_doubling(sizes: Sequence[Size], resamples: Resamples) -> Doubling | None:
    """From half of the patients to all, or None where half was too few.

    By accuracy it counts as told only when the exact test that exchanges the two sizes in whole patients agrees.
    """
    half, whole = (next((size for size in sizes if size.share == share), None) for share in (0.5, 1.0))
    if half is None or whole is None:
        return None
    gain = whole.right * len(half.draws) - half.right * len(whole.draws)  # (n,) whole numbers
    p, gains = exchange_test(gain, resamples.group), {}
    for name in measures_of(whole.draws[0]):
        both, patients = (measure_of(half, name), measure_of(whole, name)), patients_about(name, whole, resamples)
        gains[name] = difference(name, *both, resamples, patients, ("half", "all"), p < LEVEL or name == "AUC")
    return Doubling(half, whole, p, gains)


def doubling_sentence(found: Doubling | None, unit: str) -> str:
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


def learning_section(sizes: Sequence[Size], resamples: Resamples) -> Section:
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
