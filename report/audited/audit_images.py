"""What is drawn of each image of an audit: its mean colour, size, file and what it looks like."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from cohort.audit.measured import Measured
from cohort.audit.probe_list import probe_of
from cohort.cohort import Cohort
from cohort.files.text_columns import require_columns
from cohort.predictions import read_text_table, table_bytes
from imaging.perceptual_hash import BLANK

FILE = "audit-images.csv"  # of a run, beside audit.json
COLOURS = ("red", "green", "blue")  # means over the pixels, 0 to 255
FACTS = ("width", "height", "bytes", "jpeg_quality", "former_quality", "at_ends")
NUMBERS = (*COLOURS, *FACTS)
TEXTS = ("image", "label", "patient", "phash")  # phash: see imaging.perceptual_hash; "" where nothing is to be seen


@dataclass(frozen=True, eq=False)
class AuditImages:
    """The images of an audit, a row each: TEXTS, and NUMBERS that are NaN where they are not known.

    jpeg_quality is that of the file's tables, former_quality that of an earlier compression whose traces are in the
    pixels, at_ends the share of values that are 0 or 255.
    """

    table: pd.DataFrame  # and what follows from these: pixels, bytes_per_pixel, ends (at_ends in %)

    @classmethod
    def of(cls, table: pd.DataFrame) -> "AuditImages":
        """From the columns of an audit."""
        pixels = table["width"] * table["height"]
        further = {"pixels": pixels, "bytes_per_pixel": table["bytes"] / pixels, "ends": 100 * table["at_ends"]}
        return cls(table.assign(**further))

    def to_csv(self) -> bytes:
        """The table as a file."""
        return table_bytes(self.table[[*TEXTS, *NUMBERS]].round(4))

    @cached_property
    def classes(self) -> list[str]:
        """The classes in the order of their names."""
        return sorted(set(self.labels.tolist()))

    @cached_property
    def labels(self) -> np.ndarray:
        """The class of each image, (n,)."""
        return self.table["label"].to_numpy(dtype=str)

    @cached_property
    def most_frequent(self) -> list[str]:
        """The classes, those of most images first."""
        counts = Counter(self.labels.tolist())
        return sorted(self.classes, key=lambda name: (-counts[name], name))

    def of_class(self, name: str) -> pd.DataFrame:
        """The images of a class."""
        return self.table[self.labels == name]

    def varies(self, column: str) -> bool:
        """Whether a number is known of images, and is not the same for all of them."""
        return self.table[column].nunique() > 1


def audit_images_of(cohort: Cohort, measured: Measured) -> AuditImages:
    """The measured images of a cohort."""
    of_image = {image: row for row, image in enumerate(cohort.images)}
    rows = [of_image[name] for name in measured.names]
    columns: dict[str, object] = {
        "image": list(measured.names),
        "label": cohort.labels[rows].tolist(),
        "patient": [cohort.patients[row] for row in rows],
        "phash": [look if look != BLANK else "" for look in measured.phashes],
    }
    for channel in COLOURS:
        columns[channel] = numbers_of(measured, "rgb_means", f"{channel} mean")
    height, width = (numbers_of(measured, "size", side) for side in ("height", "width"))  # (n,) each
    per_pixel = np.exp(numbers_of(measured, "bytes", "logarithm of bytes per pixel"))  # (n,)
    columns |= {"width": width, "height": height, "bytes": (per_pixel * width * height).round()}
    quality = numbers_of(measured, "jpeg", "quality")
    former = numbers_of(measured, "former_jpeg", "quality of a former JPEG")
    columns["jpeg_quality"] = quality
    columns["former_quality"] = np.where(np.isnan(quality), former, np.nan)  # else it is the file's own
    ends = []
    for channel in COLOURS:
        ends += [numbers_of(measured, "range", f"{channel} at {end}") for end in (0, 255)]
    columns["at_ends"] = np.sum(ends, axis=0) / len(COLOURS)
    return AuditImages.of(pd.DataFrame(columns))


def numbers_of(measured: Measured, key: str, name: str) -> np.ndarray:
    """One measure of a probe, (n,)."""
    return measured.numbers[key][:, probe_of(key).numbers.index(name)]


def read_audit_images(path: Path) -> AuditImages:
    """The table that an audit has left beside a run; raises PredictionsError for what no audit writes."""
    table = read_text_table(path)
    require_columns(table, (*TEXTS, *NUMBERS), path)
    numbers = table[list(NUMBERS)].apply(pd.to_numeric, errors="coerce")  # empty cells are not known
    numbers = numbers.where(np.isfinite(numbers) & (numbers >= 0))
    return AuditImages.of(table[list(TEXTS)].join(numbers))
