"""Published predictions of Rakhlin et al. 2018: `image,label,fold,predicted,p_carcinoma`, no class probabilities."""

from collections.abc import Sequence
from pathlib import Path

from cohort.checks.notices import Warn, unsaid
from cohort.files.text_columns import PredictionsError, refuse, require_columns, shares, whole_numbers
from cohort.layouts.iciar2018 import class_order
from cohort.predictions import PREFIX, read_header, read_patients, read_text_table
from report.binary import POOLED, PositiveError, checked_positive, default_positive
from report.out_of_fold import OutOfFold

COLUMNS = ("image", "label", "fold", "predicted", "p_carcinoma")


def is_published(path: str | Path) -> bool:
    """Whether a file has the published form rather than that of a predictions table."""
    header = read_header(path)
    probabilities = [name for name in header if name.startswith(PREFIX)]
    return "predicted" in header and probabilities == ["p_carcinoma"] and "model" not in header


def read_published(
    path: str | Path,
    positive: Sequence[str] | None = None,
    rule: str | None = None,
    patients: str | Path | None = None,
    warn: Warn = unsaid,
    patients_as_written: bool = False,
) -> OutOfFold:
    """Read and check a file of the published form. Raises PredictionsError, PositiveError.

    The form has no patients; they may come from a second file, `image,patient`, that need not name every image.
    """
    table = read_text_table(path)
    require_columns(table, COLUMNS, path)
    images = table["image"]
    refuse(path, "an image has one row", images[images.duplicated()], "delete the repeated rows")
    empty = (table[["label", "predicted"]] == "").any(axis=1)  # (n,)
    refuse(path, "a label and a prediction name a class", images[empty], "fill the empty cells")
    classes = class_order(sorted({*table["label"], *table["predicted"]}))
    if len(classes) < 2:
        raise PredictionsError(f"{path}: two or more classes are needed; found only {classes[0]}; add the others")
    return OutOfFold(
        images=images.to_numpy(),
        label=table["label"].to_numpy(),
        fold=whole_numbers(table, "fold", path),
        predicted=table["predicted"].to_numpy(),
        classes=classes,
        positive=published_positive(classes, positive, rule, path),
        rule="max",
        score=shares(table, "p_carcinoma", path),
        patients=None if patients is None else read_patients(patients, images, warn, patients_as_written),
        auc=POOLED,
    )


def published_positive(
    classes: Sequence[str], positive: Sequence[str] | None, rule: str | None, source: object
) -> tuple[str, ...]:
    """The classes that p_carcinoma speaks of; the score is finished, so other classes or another rule are refused."""
    default = default_positive(classes)
    chosen = default if positive is None else checked_positive(classes, positive)
    if chosen is None:
        raise PositiveError(f"{source}: p_carcinoma is a score of unnamed classes; name them with --positive")
    if default is not None and chosen != default:
        raise PositiveError(
            f"{source}: p_carcinoma is the score of {', '.join(default)}, not of {', '.join(chosen)}; "
            "leave --positive out, or give a file with one p_<class> column per class"
        )
    if rule not in (None, "max"):
        raise PositiveError(f"{source}: p_carcinoma was made by rule max, not {rule}; leave --two-class out")
    return chosen
