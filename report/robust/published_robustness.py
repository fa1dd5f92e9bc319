"""What has been published of robustness on CRC-VAL-HE-7K, to stand beside one's own (arXiv:2409.11546)."""

from collections.abc import Collection

import pandas as pd

from cohort.layouts.nct_crc import TISSUES
from report.robust.robust_points import Robustness
from report.section import Cell, Estimate, Number, Section
from report.statistics.intervals import Interval

MODELS = ("EfficientNet-B0", "two EfficientNet-B0", "DeepCMorph")
PUBLISHED: dict[tuple[str, float], tuple[float | None, ...]] = {  # accuracy in % of each of MODELS
    ("jpeg", 20): (95.71, 97.59, 88.11),
    ("jpeg", 40): (96.24, 97.79, 95.10),
    ("jpeg", 60): (96.52, 97.94, 96.23),
    ("jpeg", 80): (96.94, 98.06, 96.81),
    ("hue_clipped", -20): (95.65, None, None),
    ("hue_clipped", -10): (97.03, None, None),
    ("hue_clipped", 10): (97.23, None, None),
    ("hue_clipped", 20): (96.03, None, None),
}
WORDS = {"jpeg": "JPEG quality", "hue_clipped": "hue, clipped,"}


def is_nct_crc(classes: Collection[str]) -> bool:
    """Whether these are the nine tissues of NCT-CRC-HE-100K and CRC-VAL-HE-7K."""
    return set(classes) == set(TISSUES)


def published_section(robustness: Robustness) -> Section | None:
    """One's own accuracy beside the published ones; None for other data."""
    if not is_nct_crc(robustness.unaltered.answers.classes):
        return None
    own: dict[tuple[str, float], Interval] = {}
    for key, points in robustness.points.items():
        own |= {(key, point.value): point.accuracy for point in points}
    rows: dict[str, dict[str, Cell]] = {}
    for (key, value), published in PUBLISHED.items():
        accuracy = own.get((key, value))
        row: dict[str, Cell] = {"this run": Estimate(accuracy) if accuracy is not None else None}
        for model, number in zip(MODELS, published, strict=True):
            row[model] = None if number is None else Number(number, 2)
        rows[f"{WORDS[key]} {value:g}"] = row
    sentence = (
        "Accuracy in % beside what Ignatov & Malivenko 2024 (arXiv:2409.11546) publish for the 7,180 tiles of "
        "CRC-VAL-HE-7K, without intervals; their models were chosen by these very tiles, and learned from all of "
        "NCT-CRC-HE-100K. Only where the images here are the same tiles are the columns about the same thing."
    )
    cells = pd.DataFrame(rows).T.rename_axis("altered by")
    return Section("robustness-published", "Beside the published robustness", sentence, cells)
