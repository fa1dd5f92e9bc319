"""Whether runs can be fused: only predictions for the same images, of the same labels, patients and folds."""

from collections.abc import Mapping, Sequence

import pandas as pd

from cohort.files.offenders import some
from cohort.predictions import classes_of
from imaging.errors import HistoboostError, shown

SAME_FOLDS = (
    "give `cv` and `finetune` the same --folds, --seed and --groups on the same images, or one of them the other's "
    "folds.csv with --folds-file"
)


class FusionError(HistoboostError):
    """Runs, or bundles, that cannot be fused."""


def require_same_images(tables: Mapping[str, pd.DataFrame]) -> None:
    """Raise FusionError, naming the first difference, unless tables with a row an image are of the same tested images.

    tables: by name, see cohort.predictions.
    """
    (name, first), *others = tables.items()
    for other_name, other in others:
        names = name, other_name
        _require_same_classes(first, other, names)
        _require_same_names(first["image"], other["image"], names, "images that were tested")
        _require_same_facts(first, other, names)


def require_same_files(tables: Mapping[str, Mapping[str, str]], what: str) -> None:
    """Raise FusionError unless the files of some images, their SHA-256 by image, are the same ones in all."""
    (name, first), *others = tables.items()
    for other_name, other in others:
        _require_same_names(list(first), list(other), (name, other_name), what)
        for image, digest in first.items():
            if digest != other[image]:
                raise FusionError(
                    f"{shown(image)} is another file in {other_name} than in {name}; only runs on the same files are "
                    "fused: make one of them again"
                )


def _require_same_classes(first: pd.DataFrame, other: pd.DataFrame, names: tuple[str, str]) -> None:
    ours, theirs = classes_of(first), classes_of(other)
    if ours != theirs:
        raise FusionError(
            f"{names[0]} tells {some(ours, shown=9)} apart and {names[1]} {some(theirs, shown=9)}; only runs with the "
            "same classes are fused"
        )


def _require_same_names(first: Sequence[str], other: Sequence[str], names: tuple[str, str], what: str) -> None:
    ours, theirs = set(first), set(other)
    odd = sorted(ours ^ theirs)
    if odd:
        has, lacks = names if odd[0] in ours else names[::-1]
        raise FusionError(
            f"{has} has {shown(odd[0])} among the {what} and {lacks} has not ({len(odd)} differ); only runs on the "
            f"same images are fused: {SAME_FOLDS}"
        )


def _require_same_facts(first: pd.DataFrame, other: pd.DataFrame, names: tuple[str, str]) -> None:
    ours = first.set_index("image")
    theirs = other.set_index("image").loc[ours.index]
    for column, words in (("label", "of class"), ("patient", "of patient"), ("fold", "in fold")):
        differing = ours.index[(ours[column] != theirs[column]).to_numpy()]
        if len(differing):
            image = sorted(differing)[0]
            here, there = (shown(str(table.at[image, column])) or "unknown" for table in (ours, theirs))
            raise FusionError(
                f"{shown(image)} is {words} {here} in {names[0]} and {there} in {names[1]} ({len(differing)} differ): "
                f"{SAME_FOLDS if column == 'fold' else 'use the same table of images for both'}"
            )
