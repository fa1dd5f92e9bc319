"""Which images are held out together: stratified by class, and never a patient on both sides.

Where only some patients are known, a policy says what becomes of the other images. "own": each is a group of its own.
"one-group": all of them are held out together, so that they cannot be in each other's training folds; one fold is then
as large as they are many. "train-only": they are always trained on and never held out, so that every answer is about a
known patient. Under each, an image of an unknown patient may still be a relative of one on the other side.
"""

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
TRAIN_ONLY = 0  # the fold of images that are always trained on and never held out
POLICIES = ("own", "train-only", "one-group")  # for images of unknown patients

Column = Sequence | np.ndarray  # one entry per image


class FoldError(ValueError):
    """The images cannot be, or were not, divided into honest folds."""


def make_folds(
    images: Column, labels: Column, patients: Column | None, folds: int, seed: int, unknown: str = "own"
) -> np.ndarray:
    """Divide the images into `folds` parts of like classes; return each one's part, (image,) int in 1..folds.

    The images of a patient share a fold; an image whose patient is "" is a group of its own unless `unknown` names
    another of POLICIES, and so is every image when `patients` is None. Images that are trained on only get fold
    TRAIN_ONLY. The order of the images does not matter. The split is scikit-learn's StratifiedGroupKFold
    (StratifiedKFold where no group has two images) with random_state=seed; should a training part lack a class, or a
    fold be empty, further seeds drawn from that one are tried, TRIES in all. Raises FoldError where none will do.
    """
    if not 0 <= seed < 1 << 32:
        raise FoldError(f"the seed of the folds must lie in 0..{(1 << 32) - 1}; got {seed}; use a smaller one")
    _check_names(images)
    labels, groups, order = np.asarray(labels), groups_of(images, patients, unknown), np.argsort(list(images))
    order = order[~trained_only(images, patients, unknown)[order]]  # (tested,)
    _check_possible(labels, groups, order, folds)
    shared = len(set(groups[order])) < len(order)
    splitter = StratifiedGroupKFold if shared else StratifiedKFold
    fold = np.full(len(groups), TRAIN_ONLY)
    for state in (seed, *np.random.SeedSequence(seed).generate_state(TRIES - 1).tolist()):
        split = splitter(folds, shuffle=True, random_state=state).split
        for number, (_, held_out) in enumerate(split(order, labels[order], groups[order] if shared else None), start=1):
            fold[order[held_out]] = number
        if len(held_out_folds(fold)) == folds and not lacking_classes(labels, fold):
            check_folds(images, labels, patients, fold, unknown)
            return fold
    raise FoldError(
        f"none of {TRIES} splits into {folds} folds leaves images of every class to train on for every fold, as some "
        "class belongs to too few patients; use another number of folds, or ignore the patients"
    )


def check_folds(images: Column, labels: Column, patients: Column | None, fold: Column, unknown: str = "own") -> None:
    """Refuse folds, computed or given, that cannot be trusted.

    Raises FoldError for an image named twice, a patient in two folds (not looked at when `patients` is None), images of
    unknown patients that are not where the policy wants them, fewer than two folds, and a fold whose training part, all
    the other folds, lacks a class.
    """
    _same_length(images=images, labels=labels, fold=fold, patients=images if patients is None else patients)
    _check_names(images)
    fold = np.asarray(fold)
    tested = fold[~trained_only(images, patients, unknown)]  # (tested,)
    if len(set(tested.tolist())) < 2 or min(tested) <= TRAIN_ONLY:
        found = _some(sorted(set(fold.tolist())))
        raise FoldError(f"at least 2 folds numbered from 1 are needed to hold one out; got {found}")
    if unknown == "train-only" and (fold != TRAIN_ONLY).sum() != len(tested):
        raise FoldError(f"images of unknown patients are trained on only, and so their fold must be {TRAIN_ONLY}")
    if patients is not None:
        homes = pd.DataFrame({"patient": list(patients), "fold": fold}).groupby("patient")["fold"].nunique()
        split = [patient for patient, count in homes.items() if patient != "" and count > 1]
        if split:
            raise FoldError(
                f"a patient's images must share a fold; split: {_some(split)}; use folds made by patient, or ask for "
                "no groups and say so beside the result"
            )
        if unknown == "one-group" and homes.get("", 1) > 1:
            raise FoldError(
                f"the images of unknown patients must share a fold, as one group; they lie in {homes['']}; use folds "
                "made so, or let each stand alone"
            )
    lacking = lacking_classes(labels, fold)
    if lacking:
        number, names = next(iter(lacking.items()))
        raise FoldError(f"without fold {number} no image of {_some(names)} is left to train on; use other folds")


def lacking_classes(labels: Column, fold: Column) -> dict[int, list]:
    """Map each fold whose training part lacks classes to those classes; empty when all is well."""
    names, numbers = np.asarray(labels), np.asarray(fold)
    lacking = {n: sorted(set(names.tolist()) - set(names[numbers != n].tolist())) for n in held_out_folds(numbers)}
    return {number: classes for number, classes in lacking.items() if classes}


def held_out_folds(fold: Column) -> list[int]:
    """The numbers of the folds that are held out in turn: all but TRAIN_ONLY."""
    return [number for number in np.unique(np.asarray(fold)).tolist() if number != TRAIN_ONLY]


def trained_only(images: Column, patients: Column | None, unknown: str = "own") -> np.ndarray:
    """Which images are never held out, (image,) bool: under "train-only" those of unknown patients, else none."""
    if unknown != "train-only" or patients is None:
        return np.full(len(images), False)
    return _texts("patient", patients) == ""


def groups_of(images: Column, patients: Column | None, unknown: str = "own") -> np.ndarray:
    """Name each image's group, (image,): its patient, or itself, or under "one-group" that of all unknown patients.

    No two kinds of name can meet. Raises FoldError for a policy that is none of POLICIES or has nothing to hold on to.

    >>> groups_of(["a", "b", "c"], ["7", "", ""]).tolist()
    ['patient 7', 'image b', 'image c']
    """
    if unknown not in POLICIES:
        raise FoldError(f"unknown policy {unknown!r} for unknown patients; known: {', '.join(POLICIES)}")
    names = _texts("image", images)
    texts = np.full(len(names), "") if patients is None else _texts("patient", patients)
    _same_length(images=names, patients=texts)
    if unknown != "own" and not (texts != "").any():
        why = "patients are ignored" if patients is None else "no patient is known"
        raise FoldError(f"{unknown} is a policy for some unknown patients among known ones, and {why}; use own")
    if patients is None:
        return names
    alone = np.char.add("image ", names) if unknown != "one-group" else "unknown patients"
    return np.where(texts != "", np.char.add("patient ", texts), alone)


def write_folds(path: Path, images: Column, fold: Column) -> None:
    """Write `image,fold`, one row per image, whole or not at all."""
    write_table(path, pd.DataFrame({"image": list(images), "fold": list(fold)}))


def read_folds(path: Path, images: Column, train_only: bool = False) -> np.ndarray:
    """Read each image's fold, (image,) int, from a CSV with columns image and fold.

    Images may be named without their folders where that is clear. Other columns, and rows of other images (a file may
    serve a whole data set of which a part is at hand), are passed over. Raises FoldError for a file that is no table, a
    missing column, an image that is missing, unclear or in two folds, and a fold that is no number from 1; TRAIN_ONLY
    is a fold only where it is expected, since many count their folds from 0.
    """
    rows = _read_rows(path)
    twice = rows["image"][rows["image"].duplicated()].tolist()
    if twice:
        raise FoldError(f"{path}: an image must be named once; named again: {_some(twice)}; keep one row of each")
    numbered = "0*[1-9][0-9]{0,8}|0" if train_only else "0*[1-9][0-9]{0,8}"
    wrong = rows["fold"][~rows["fold"].str.fullmatch(numbered)].tolist()
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


def _check_possible(labels: np.ndarray, groups: np.ndarray, tested: np.ndarray, folds: int) -> None:
    """Refuse what no split of the images `tested` (positions) can satisfy, in words that name the class or patient."""
    _same_length(images=groups, labels=labels)
    if folds < 2:
        raise FoldError(f"at least 2 folds are needed to hold one out; got {folds}")
    names, counts = sorted(set(labels.tolist())), Counter(labels[tested].tolist())
    untested = [name for name in names if not counts[name]]
    if untested:
        raise FoldError(
            f"all images of {untested[0]!r} are of unknown patients, so that it would be trained on and never tested; "
            "name some of those patients, or let the images stand alone (own)"
        )
    few = {name: counts[name] for name in names if counts[name] < folds}
    if few:
        least = min(few.values())
        way_out = f"use fewer folds, {least} at most" if least > 1 else "one image cannot be both learned and tested"
        listed = _some([f"{name!r} has {count}" for name, count in few.items()])
        known = "" if len(tested) == len(labels) else ", the patient of each known"
        raise FoldError(
            f"{folds} folds need {folds} images of every class{known}, and {listed}; {way_out}, or add images, or "
            "leave the class out"
        )
    for name in names:
        owners = set(groups[labels == name])
        if len(owners) == 1:
            raise FoldError(
                f"all images of {name!r} belong to {owners.pop()}, so no model could learn it while that patient is "
                "held out; add patients of that class, leave the class out, or ignore the patients"
            )
    parts = len(set(groups[tested]))
    if parts < folds:
        raise FoldError(
            f"{folds} folds need {folds} patients, and there are {parts}; use fewer folds, {parts} at most, or add "
            "patients"
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
