"""What is chosen inside a fold is chosen without the fold, and choosing finds nothing where nothing is."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from boost.crossval import collect, cross_validate
from boost.descriptors import Descriptors
from boost.fusion import fuse
from boost.heads.choices import HEADS, find_head, model_name
from boost.nested import fold_pairs, inner_table, nested_table, predict_pairs
from boost.selection import ALL, Candidate, candidates_of, choose_inside, chosen_answers, default_unless_beaten
from boost.settings import BoostSettings
from cohort.cohort import Cohort
from cohort.folds import make_folds
from cohort.predictions import predictions_table
from report.measures.all_images import auc_of
from report.out_of_fold import out_of_fold_of
from report.statistics.clustered import clustered_interval
from report.statistics.patient_groups import PatientGroups

SETTINGS = BoostSettings(rounds=2, seeds=1)
CHEAP = ("nearest", "centroid", "shares")
CLASSES = ("benign", "malignant")
IMAGES = [f"i{number:02d}" for number in range(60)]
PATIENTS = [f"p{number // 3:02d}" for number in range(60)]
LABELS = np.arange(60) // 3 % 2  # a patient has one class
FOLD = make_folds(IMAGES, LABELS, PATIENTS, 4, 0)
COHORT = Cohort(IMAGES, LABELS, CLASSES, PATIENTS, FOLD)


def gaussian(distance, seed=0, dim=6):
    """Descriptors of two classes so far apart, with a part that a patient's images share."""
    rng = np.random.default_rng(seed)
    array = rng.normal(size=(60, 3, dim)) + np.repeat(rng.normal(size=(20, 1, dim)), 3, axis=0)
    array[:, :, 0] += distance * LABELS[:, None]
    return array.astype(np.float32)


def variants_of(arrays):
    return {name: Descriptors.of(array) for name, array in arrays.items()}


VARIANTS = variants_of({"clear": gaussian(6), "noise": gaussian(0, seed=1)})


def candidates(names, variants=VARIANTS):
    """All of these heads and all variants, the first head on all variants first."""
    return [Candidate(head, variant) for head in names for variant in (ALL, *variants)]


def inner_of(cohort, variants, names=CHEAP):
    heads = tuple(find_head(name) for name in names)
    return inner_table(predict_pairs(fold_pairs(cohort, 40), variants, SETTINGS, heads=heads), cohort)


def table_of(cohort, variants, names=CHEAP):
    heads = tuple(find_head(name) for name in names)
    units = cross_validate(cohort, variants, SETTINGS, heads=heads)
    return predictions_table(cohort, collect(units, variants, cohort))


@pytest.fixture(scope="module")
def inner():
    return inner_of(COHORT, VARIANTS)


def test_the_candidates_are_every_head_on_every_variant_and_the_default_comes_first():
    found = candidates_of(["one", "two"], "blend")
    assert found[0] == Candidate("blend", ALL) and len(set(found)) == len(found) == 3 * (len(HEADS) - 1) + 1
    assert [candidate for candidate in found if candidate.head == "shares"] == [Candidate("shares", ALL)]
    assert candidates_of(["one"], "trees")[0] == Candidate("trees", ALL)
    assert len(candidates_of(["one"], "trees")) == len(HEADS)
    blend = Candidate("blend", "two").models(["one", "two"], ["trees", "logistic"])
    assert blend == ["two/trees", "two/logistic"]


def test_the_inner_answers_are_those_of_nested_cross_validation_model_by_model(inner):
    heads = tuple(find_head(name) for name in CHEAP)
    fused = nested_table(predict_pairs(fold_pairs(COHORT, 40), VARIANTS, SETTINGS, heads=heads), COHORT)
    for without in (1, 2, 3, 4):
        of_models = inner[inner["without"] == without].drop(columns="without").reset_index(drop=True)
        expected = fused[fused["without"] == without].drop(columns="without").reset_index(drop=True)
        assert without not in set(of_models["fold"])
        pd.testing.assert_frame_equal(fuse(of_models), expected)


def test_the_log_loss_is_the_mean_over_patients_of_the_inner_answers(inner):
    found = choose_inside(inner, candidates(CHEAP), list(VARIANTS), CHEAP)
    for row in found.itertuples():
        variants = list(VARIANTS) if row.variant == ALL else [row.variant]
        models = [model_name(variant, row.head, CHEAP) for variant in variants]
        fused = fuse(inner[(inner["without"] == row.fold) & inner["model"].isin(models)].drop(columns="without"))
        of_truth = np.where(fused["label"] == "malignant", fused["p_malignant"], fused["p_benign"])
        by_patient = pd.Series(-np.log(of_truth)).groupby(fused["patient"]).mean()
        assert row.log_loss == pytest.approx(by_patient.mean())
    assert (found.groupby("fold")["chosen"].sum() == 1).all()


def test_what_is_clearly_better_is_chosen_and_its_answers_are_taken(inner):
    choices = choose_inside(inner, candidates(("shares", "centroid")), list(VARIANTS), CHEAP)
    chosen = choices[choices["chosen"] == 1]
    assert set(zip(chosen["head"], chosen["variant"], strict=True)) <= {("centroid", "clear"), ("centroid", ALL)}
    table = table_of(COHORT, VARIANTS)
    tables = {}
    for candidate in candidates(("shares", "centroid")):
        tables[candidate] = fuse(table[table["model"].isin(candidate.models(list(VARIANTS), CHEAP))])
    answers = chosen_answers(tables, choices)
    for fold, head, variant in zip(chosen["fold"], chosen["head"], chosen["variant"], strict=True):
        expected = tables[Candidate(head, variant)]
        here = expected["fold"] == fold
        pd.testing.assert_frame_equal(answers[here], expected[here])
    assert answers["image"].tolist() == sorted(IMAGES)


def test_a_fold_has_no_part_in_its_own_choice(inner):
    """Labels and descriptors of fold 1 are turned over: it chooses as before, and other folds may choose otherwise."""
    codes = LABELS.copy()
    codes[FOLD == 1] = 1 - codes[FOLD == 1]
    arrays = {name: described.array.copy() for name, described in VARIANTS.items()}
    for array in arrays.values():
        array[FOLD == 1] *= -3
    again = inner_of(replace(COHORT, codes=codes), variants_of(arrays))
    before, after = (choose_inside(table, candidates(CHEAP), list(VARIANTS), CHEAP) for table in (inner, again))
    pd.testing.assert_frame_equal(after[after["fold"] == 1], before[before["fold"] == 1], check_exact=True)
    others = before["fold"] != 1
    assert not np.allclose(after[others]["log_loss"], before[others]["log_loss"])


def test_the_default_stays_unless_another_is_better_by_more_than_a_standard_error():
    rng = np.random.default_rng(0)
    default = rng.normal(1, 0.2, 12)  # (patient,)
    noise = rng.normal(0, 0.2, 12)
    noise -= noise.mean()
    error = noise.std(ddof=1) / np.sqrt(12)
    for gain, expected in ((0.9 * error, 0), (1.1 * error, 2)):
        losses = np.stack([default, default + 0.1, default - gain + noise])
        assert default_unless_beaten(losses) == expected
    assert default_unless_beaten(np.stack([default, default])) == 0
    assert default_unless_beaten(np.array([[1.0], [0.5]])) == 0, "one patient has no standard error"


def permuted(seed):
    """Labels permuted between whole patients, and folds made anew."""
    codes = np.repeat(np.random.default_rng(seed).permutation(LABELS[::3]), 3)
    return Cohort(IMAGES, codes, CLASSES, PATIENTS, make_folds(IMAGES, codes, PATIENTS, 4, seed))


def chosen_inside(cohort, variants):
    """The answers of what is chosen inside, from heads that are trained in no time."""
    table, inner = table_of(cohort, variants), inner_of(cohort, variants)
    names = ("centroid", "nearest")
    choices = choose_inside(inner, candidates(names), list(variants), CHEAP)
    tables = {}
    for candidate in candidates(names):
        tables[candidate] = fuse(table[table["model"].isin(candidate.models(list(variants), CHEAP))])
    return out_of_fold_of(chosen_answers(tables, choices), ["malignant"])


def test_labels_permuted_between_patients_leave_what_is_chosen_inside_at_chance():
    held = []
    for seed in range(5):
        answers = chosen_inside(permuted(seed), VARIANTS)
        interval = clustered_interval(auc_of(answers, answers.auc), PatientGroups.of(answers).group)
        held.append(interval.low <= 0.5 <= interval.high)
    assert sum(held) >= 4, held
    answers = chosen_inside(COHORT, VARIANTS)
    interval = clustered_interval(auc_of(answers, answers.auc), PatientGroups.of(answers).group)
    assert interval.low > 0.5, "the true labels are not at chance"
