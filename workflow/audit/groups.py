"""Whether patients, scanners or centres can be told from colour alone.

If a centre can be told from the colour of patients whom no model has seen, folds by patient leave images of every
centre to learn from, and say nothing of a new one: then whole centres are to be held out. Patients are told from each
other by further images of theirs, each image by itself; that they can be told is usual, and what folds by patient are
for.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from cohort.audit.audited import GroupResult
from cohort.audit.measured import Measured
from cohort.audit.probe_list import MANIFEST
from cohort.cohort import Cohort
from cohort.folds import FoldError, make_folds_up_to
from report.guess.class_shares import shares_of_other_folds
from report.statistics.clustered import clustered_interval
from report.statistics.influence import share
from workflow.audit.shortcut_test import LEVEL, Tested, against_luck, why_not

COLOURS = ("rgb_means", "colour_histogram", "stain")  # probes
PATIENT = "patient"
FOLDS = 5
LEAST_IMAGES = 3  # of a patient who is to be told
MOST_GROUPS = 20  # that are told from each other


def group_results(
    cohort: Cohort, measured: Measured, features: Mapping[str, np.ndarray], seed: int, permutations: int, jobs: int
) -> tuple[GroupResult, ...]:
    """One result for the patients and one for each column of few values, where there are any."""
    colours = {key: features[key] for key in COLOURS if key in features}
    columns = group_columns(measured)
    if any(cohort.patients):
        columns = {PATIENT: cohort.patients, **columns}
    results = []
    for column, values in columns.items():
        rows = rows_to_tell(values, of_patient=column == PATIENT)
        if len({values[row] for row in rows}) < 2 or not colours:
            continue
        if column != PATIENT:
            rows = rows_of_several(values, cohort, rows)
        result = group_result(column, cohort, values, rows, colours, seed, permutations, jobs)
        results.append(result)
    return tuple(results)


def group_columns(measured: Measured) -> dict[str, Sequence[str]]:
    """The further columns of the manifest that divide the images into few groups."""
    columns: dict[str, Sequence[str]] = {}
    for key, rows in measured.words.items():
        column = key.removeprefix(MANIFEST)
        values = ["|".join(row) for row in rows]
        if column != key and 2 <= len(set(values) - {""}) <= MOST_GROUPS:
            columns[column] = values
    return columns


def rows_to_tell(values: Sequence[str], of_patient: bool) -> np.ndarray:
    """Positions of the images whose group is known; of patients only the MOST_GROUPS of most images."""
    names, counts = np.unique(values, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    taken = [names[place] for place in order if names[place] and counts[place] >= LEAST_IMAGES]
    if of_patient:
        taken = taken[:MOST_GROUPS]
    return np.flatnonzero(np.isin(values, taken))


def rows_of_several(values: Sequence[str], cohort: Cohort, rows: np.ndarray) -> np.ndarray:
    """Positions, of (rows,) these, of groups with several patients: only there can one be held out and the group known.

    An image of an unknown patient stands for one.
    """
    patients = defaultdict(set)
    for row in rows:
        patients[values[row]].add(cohort.groups[row])
    return np.array([row for row in rows if len(patients[values[row]]) > 1], int)


def group_result(
    column: str,
    cohort: Cohort,
    values: Sequence[str],
    rows: np.ndarray,
    colours: Mapping[str, np.ndarray],
    seed: int,
    permutations: int,
    jobs: int,
) -> GroupResult:
    """Whether the groups of some images, (rows,) positions, can be told by any probe of colours."""
    names = [values[row] for row in rows]
    if len(set(names)) < 2:
        known = len(set(values) - {""})
        return untested(column, known, "no two of them have images of several patients, so that one could be held out")
    images = [cohort.images[row] for row in rows]
    patients = None if column == PATIENT else [cohort.patients[row] for row in rows]
    groups = sorted(set(names))
    try:
        fold = make_folds_up_to(images, names, patients, min(FOLDS, fewest(names, patients or images)), seed)
    except FoldError as error:
        return untested(column, len(groups), f"no folds hold out patients of every group: {error}")
    told_from = Cohort.of(images, names, groups, patients, fold)
    of_all = against_luck(told_from, {key: rows_of[rows] for key, rows_of in colours.items()}, seed, permutations, jobs)
    unit = "images" if patients is None or not any(patients) else "patients"
    return best_result(column, told_from, of_all, unit)


def fewest(groups: Sequence[str], units: Sequence[str]) -> int:
    """The number of patients, or images, of the group that has the fewest."""
    pairs = sorted(set(zip(groups, units, strict=True)))
    return int(np.unique([group for group, _ in pairs], return_counts=True)[1].min())


def untested(column: str, groups: int, why: str) -> GroupResult:
    """What is known where nothing can be tested."""
    nothing = float("nan")
    return GroupResult(column, groups, "", nothing, nothing, nothing, nothing, nothing, nothing, False, why)


def best_result(column: str, told_from: Cohort, of_all: Tested, unit: str) -> GroupResult:
    """The probe that tells the groups best."""
    key = max(of_all.reached, key=lambda probe: of_all.reached[probe])
    shares = shares_of_other_folds(told_from.codes, told_from.fold, len(told_from.classes))
    named = (of_all.log_probabilities[key] + np.log(shares)).argmax(axis=1)
    numbers, group = np.unique(told_from.groups, return_inverse=True)
    interval = clustered_interval(share(named == told_from.codes, told_from.tested), group)
    guess = share(shares.argmax(axis=1) == told_from.codes, told_from.tested)
    cannot = why_not(of_all, f"{len(numbers)} {unit}")
    adjusted = of_all.adjusted(key)
    return GroupResult(
        column,
        len(told_from.classes),
        key,
        interval.value,
        interval.low,
        interval.high,
        guess.value,
        of_all.p_value(key),
        adjusted,
        adjusted <= LEVEL and not cannot,
        cannot,
    )
