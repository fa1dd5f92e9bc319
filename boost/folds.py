"""Which images are held out together: stratified by class, and never a patient on both sides."""

import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from unicodedata import normalize

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from boost.table import write_table

TRIES = 100  # random splits looked at before giving up on one whose training parts hold every class
MAX_BYTES = 16 << 20  # of a folds file


Column = Sequence | np.ndarray  # one entry per image


class FoldError(ValueError):
    """The images cannot be, or were not, divided into honest folds."""


def make_folds(images: Column, labels: Column, patients: Column | None, folds: int, seed: int) -> np.ndarray:
    """Divide the images into `folds` parts of like classes; return each one's part, (image,) int in 1..folds.

    The images of a patient share a fold; an image whose patient is "" is a group of its own, and so is every image
    when `patients` is None. The order of the images does not matter. The split is scikit-learn's StratifiedGroupKFold
    (StratifiedKFold where no group has two images) with random_state=seed; should a training part lack a class, or a
    fold be empty, further seeds drawn from that one are tried, TRIES in all. Raises FoldError where none will do.
    """
    if not 0 <= seed < 1 << 32:
        raise FoldError(f"the seed of the folds must lie in 0..{(1 << 32) - 1}; got {seed}; use a smaller one")
    _check_names(images)
    order = np.argsort(_texts("image", images))  # (image,)
    labels = np.asarray(labels)
    groups = _groups(images, patients)
    _check_possible(labels, groups, folds)
    shared = len(set(groups)) < len(groups)
    splitter = StratifiedGroupKFold if shared else StratifiedKFold
    fold = np.zeros(len(order), dtype=int)
    for state in (seed, *np.random.SeedSequence(seed).generate_state(TRIES - 1).tolist()):
        split = splitter(folds, shuffle=True, random_state=state).split
        for number, (_, held_out) in enumerate(split(order, labels[order], groups[order] if shared else None), start=1):
            fold[order[held_out]] = number
        if len(set(fold)) == folds and not lacking_classes(labels, fold):
            check_folds(images, labels, patients, fold)
            return fold
    raise FoldError(
        f"none of {TRIES} splits into {folds} folds leaves images of every class to train on for every fold, as some "
        "class belongs to too few patients; use another number of folds, or ignore the patients"
    )


def check_folds(images: Column, labels: Column, patients: Column | None, fold: Column) -> None:
    """Refuse folds, computed or given, that cannot be trusted.

    Raises FoldError for an image named twice, a patient in two folds (not looked at when `patients` is None), fewer
    than two folds, and a fold whose training part, all the other folds, lacks a class.
    """
    _same_length(images=images, labels=labels, fold=fold, patients=images if patients is None else patients)
    _check_names(images)
    if len(set(fold)) < 2 or min(fold) < 1:
        raise FoldError(f"at least 2 folds numbered from 1 are needed to hold one out; got {_some(sorted(set(fold)))}")
    if patients is not None:
        homes = pd.DataFrame({"patient": list(patients), "fold": list(fold)}).groupby("patient")["fold"].nunique()
        split = [patient for patient, count in homes.items() if patient != "" and count > 1]
        if split:
            raise FoldError(
                f"a patient's images must share a fold; split: {_some(split)}; use folds made by patient, or ask for "
                "no groups and say so beside the result"
            )
    lacking = lacking_classes(labels, fold)
    if lacking:
        number, names = next(iter(lacking.items()))
        raise FoldError(f"without fold {number} no image of {_some(names)} is left to train on; use other folds")


def lacking_classes(labels: Column, fold: Column) -> dict[int, list]:
    """Map each fold whose training part lacks classes to those classes; empty when all is well."""
    names, numbers = np.asarray(labels), np.asarray(fold)
    lacking = {int(n): sorted(set(names.tolist()) - set(names[numbers != n].tolist())) for n in np.unique(numbers)}
    return {number: classes for number, classes in lacking.items() if classes}


def write_folds(path: Path, images: Column, fold: Column) -> None:
    """Write `image,fold`, one row per image, whole or not at all."""
    write_table(path, pd.DataFrame({"image": list(images), "fold": list(fold)}))


def read_folds(path: Path, images: Column) -> np.ndarray:
    """Read each image's fold, (image,) int, from a CSV with columns image and fold.

    Images may be named without their folders where that is clear. Other columns, and rows of other images (a file may
    serve a whole data set of which a part is at hand), are passed over. Raises FoldError for a file that is no table, a
    missing column, an image that is missing, unclear or in two folds, and a fold that is no number.
    """
    rows = _read_rows(path)
    twice = rows["image"][rows["image"].duplicated()].tolist()
    if twice:
        raise FoldError(f"{path}: an image must be named once; named again: {_some(twice)}; keep one row of each")
    wrong = rows["fold"][~rows["fold"].str.fullmatch("0*[1-9][0-9]{0,8}")].tolist()
    if wrong:
        raise FoldError(f"{path}: a fold must be a whole number from 1; found {_some([repr(text) for text in wrong])}")
    numbers: dict[str, int] = {}
    for image, row, fold in _matches(path, images, zip(rows["image"], rows["fold"].astype(int), strict=True)):
        if numbers.setdefault(image, fold) != fold:
            raise FoldError(f"{path}: an image has one fold; {image} has two, the other by {row}; keep the right row")
    missing = [image for image in images if image not in numbers]
    if missing:
        raise FoldError(f"{path}: every image needs a fold; missing: {_some(missing)}; add their rows")
    return np.array([numbers[image] for image in images], dtype=int)  # (image,)


def _read_rows(path: Path) -> pd.DataFrame:
    """A CSV table with columns image and fold, all text, separated by commas, semicolons or tabs."""
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise FoldError(f"{path} is larger than {MAX_BYTES >> 20} MiB; give a CSV table of image and fold")
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
        head = text.partition("\n")[0]
        separator = next((mark for mark in ";\t" if mark in head and "," not in head), ",")
        rows = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False, sep=separator)
    except FoldError:
        raise
    except (OSError, ValueError, OverflowError) as error:
        raise FoldError(f"{path} cannot be read as a CSV table: {error}; save it as one in UTF-8") from error
    rows = rows.rename(columns=lambda name: str(name).strip())
    absent = [column for column in ("image", "fold") if list(rows.columns).count(column) != 1]
    if absent:
        raise FoldError(f"{path}: a folds file needs columns image and fold; it has {_some(list(rows.columns))}")
    if not isinstance(rows.index, pd.RangeIndex):  # pandas shifts rows that are longer than the header
        raise FoldError(f"{path}: rows have more cells than there are columns; complete the header")
    return rows


def _matches(path: Path, images: Column, rows: Iterable[tuple[str, int]]) -> Iterator[tuple[str, str, int]]:
    """Image, row and fold where a row names an image, in full or by more or less of its folders."""
    whole = {normalize("NFC", image): image for image in images}
    by_end = defaultdict(list)
    for name, image in whole.items():
        for end in _ends(name):
            by_end[end].append(image)
    for row, fold in rows:
        name = normalize("NFC", row.strip())
        found = [whole[name]] if name in whole else by_end[name] + [whole[end] for end in _ends(name) if end in whole]
        if len(found) > 1:
            raise FoldError(f"{path}: row {row} fits several images: {_some(found)}; write their folders too")
        yield from ((image, row, fold) for image in found)


def _ends(name: str) -> list[str]:
    """What is left of a path without its first step, its first two, and so on."""
    return [name[at + 1 :] for at, character in enumerate(name) if character == "/"]


def _check_names(images: Column) -> None:
    twice = [image for image, count in Counter(images).items() if count > 1]
    if twice:
        raise FoldError(f"an image must be named once; named again: {_some(twice)}; remove or rename the copies")


def _groups(images: Column, patients: Column | None) -> np.ndarray:
    """Name each image's group, (image,): its patient, or itself. The two kinds of name cannot meet."""
    if patients is None:
        return _texts("image", images)
    _same_length(images=images, patients=patients)
    pairs = zip(_texts("image", images), _texts("patient", patients), strict=True)
    return np.array([f"patient {patient}" if patient else f"image {image}" for image, patient in pairs], dtype=str)


def _check_possible(labels: np.ndarray, groups: np.ndarray, folds: int) -> None:
    """Refuse what no split can satisfy, in words that name the class or the patient."""
    _same_length(images=groups, labels=labels)
    if folds < 2:
        raise FoldError(f"at least 2 folds are needed to hold one out; got {folds}")
    few = {name: count for name, count in sorted(Counter(labels.tolist()).items()) if count < folds}
    if few:
        least = min(few.values())
        way_out = f"use fewer folds, {least} at most" if least > 1 else "one image cannot be both learned and tested"
        counts = _some([f"{name!r} has {count}" for name, count in few.items()])
        raise FoldError(
            f"{folds} folds need {folds} images of every class, and {counts}; {way_out}, or add images, or leave the "
            "class out"
        )
    for name in sorted(set(labels.tolist())):
        owners = set(groups[labels == name])
        if len(owners) == 1:
            raise FoldError(
                f"all images of {name!r} belong to {owners.pop()}, so no model could learn it while that patient is "
                "held out; add patients of that class, leave the class out, or ignore the patients"
            )
    if len(set(groups)) < folds:
        raise FoldError(
            f"{folds} folds need {folds} patients, and there are {len(set(groups))}; use fewer folds, "
            f"{len(set(groups))} at most, or add patients"
        )


def _texts(what: str, values: Column) -> np.ndarray:
    odd = [value for value in values if not isinstance(value, str)]
    if odd:
        raise FoldError(f'every {what} must be text, and "" where unknown; got {odd[0]!r}; decode or convert it first')
    return np.array(list(values), dtype=str)


def _same_length(**columns: Column) -> None:
    if len({len(column) for column in columns.values()}) > 1:
        lengths = ", ".join(f"{len(column)} {name}" for name, column in columns.items())
        raise FoldError(f"every image needs one entry of each; got {lengths}")


def _some(values: Sequence) -> str:
    """List the first five."""
    more = f" and {len(values) - 5} more" if len(values) > 5 else ""
    return ", ".join(str(value) for value in values[:5]) + more
