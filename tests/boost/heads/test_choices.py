"""Heads in cross-validation, caches and bundles: each as trees are, and blend as the mean of its members."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from boost.bundle.bundle import Bundle
from boost.bundle.facts import BundleFacts
from boost.bundle.written import write_bundle
from boost.crossval import Part, collect, collect_views, cross_validate, predict_parts
from boost.descriptors import Descriptors
from boost.fusion import fuse
from boost.heads.choices import BLEND, HEADS, MEMBERS, TREES, model_name, names_of
from boost.heads.head import predict_views
from boost.model_cache import ModelCache, PredictionCache, cached_models, key_of, open_caches
from boost.nested import fold_pairs, nested_table, predict_pairs
from boost.settings import BoostSettings
from cohort.cohort import Cohort
from cohort.predictions import predictions_table
from tests.boost.heads.training_sets import DIM, VIEWS, training_set

FAST = BoostSettings(rounds=3, seeds=2)
BLENDED = HEADS[BLEND].heads()
ALONE = [HEADS[name].heads() for name in sorted(set(MEMBERS) - {"trees"})]


@pytest.fixture
def cohort(small):
    return small.cohort


def table_of(cohort, units, variants):
    return predictions_table(cohort, collect(units, variants, cohort))


def test_every_head_has_a_sentence_and_blend_is_trees_and_logistic():
    assert set(HEADS) == {"trees", "logistic", "nearest", "centroid", "shares", "blend"}
    assert all(choice.sentence and set(choice.members) <= set(MEMBERS) for choice in HEADS.values())
    assert names_of(BLENDED) == ["trees", "logistic"] and names_of(HEADS["trees"].heads("balanced")) == ["trees"]
    assert model_name("v", "trees", {"trees"}) == "v" and model_name("v", "logistic", {"logistic"}) == "v/logistic"


def test_blend_is_the_mean_of_what_its_members_say_alone(small, cohort):
    units = list(cross_validate(cohort, small.variants, FAST, heads=BLENDED))
    assert [unit.head for unit in units] == ["trees"] * 3 + ["logistic"] * 3 + ["trees"] * 3 + ["logistic"] * 3
    table = table_of(cohort, units, small.variants)
    assert set(table["model"]) == {"wide/trees", "wide/logistic", "narrow/trees", "narrow/logistic"}
    alone = []
    for name in ("trees", "logistic"):
        of_head = cross_validate(cohort, small.variants, FAST, heads=HEADS[name].heads())
        alone.append(fuse(table_of(cohort, of_head, small.variants)))
    columns = [column for column in table if column.startswith("p_")]
    expected = (alone[0][columns] + alone[1][columns]) / 2
    pd.testing.assert_frame_equal(fuse(table)[columns], expected)


@pytest.mark.parametrize("heads", ALONE, ids=names_of)
def test_what_is_held_out_is_not_looked_at(small, cohort, heads):
    described = {"wide": small.variants["wide"]}
    held_out = cohort.fold == 2
    first = collect(cross_validate(cohort, described, FAST, heads=heads), described, cohort)
    wrong = replace(cohort, codes=np.where(held_out, (cohort.codes + 1) % 3, cohort.codes))
    wrecked = described["wide"].copy()
    spared = np.flatnonzero(held_out)[0]
    wrecked[held_out] *= 1000
    wrecked[spared] = described["wide"][spared]
    again = collect(cross_validate(wrong, {"wide": wrecked}, FAST, heads=heads), described, cohort)
    (name,) = first
    assert_array_equal(again[name][spared], first[name][spared])


@pytest.mark.parametrize("kind", [PredictionCache, ModelCache])
def test_a_second_run_trains_nothing_and_has_the_same_bits_and_remarks(small, cohort, tmp_path, monkeypatch, kind):
    heads = tuple(head() for head in MEMBERS.values())
    described = {"wide": Descriptors.of(np.pad(small.variants["wide"], ((0, 0), (0, 0), (0, 1))))}  # a constant column
    cache = open_caches(kind, tmp_path, cohort, described, FAST, heads)
    assert set(cache) == {f"wide/{name}" for name in MEMBERS}
    first = list(cross_validate(cohort, described, FAST, 2, cache, heads))
    for head in MEMBERS.values():
        monkeypatch.setattr(head, "train", lambda *_: pytest.fail("trained again"))
    again = list(cross_validate(cohort, described, FAST, 1, cache, heads))
    by_name = {(unit.head, unit.fold): unit for unit in first}
    for unit in again:
        before = by_name[unit.head, unit.fold]
        assert unit.remarks == before.remarks
        assert ("constant-columns" in unit.remarks) == (unit.head in ("logistic", "centroid"))
        assert_array_equal(unit.views, before.views)


def test_the_key_of_a_head_is_its_own_and_changes_with_patients_and_weights(small, cohort):
    described = Descriptors.of(small.variants["wide"])
    other_patients = replace(cohort, patients=("another", *cohort.patients[1:]))
    keys = []
    for head in MEMBERS.values():
        for weights in ("none", "balanced"):
            keys.append(key_of(cohort, described, FAST, head(weights)))
    assert len(set(keys)) == 2 * len(MEMBERS)
    logistic = MEMBERS["logistic"]()
    assert key_of(cohort, described, FAST, logistic) == key_of(cohort, described, replace(FAST, rounds=9), logistic)
    assert key_of(other_patients, described, FAST, logistic) != key_of(cohort, described, FAST, logistic)
    assert key_of(other_patients, described, FAST, TREES) == key_of(cohort, described, FAST)


@pytest.mark.parametrize("heads", [BLENDED, *ALONE], ids=lambda heads: "-".join(names_of(heads)))
def test_a_bundle_votes_as_its_models_did(small, cohort, tmp_path, heads):
    described = small.descriptors()
    cache = open_caches(ModelCache, tmp_path, cohort, described, FAST, heads)
    units = list(cross_validate(cohort, described, FAST, 1, cache, heads))
    whole = Bundle.open(small.path)
    facts = BundleFacts(whole.variants, heads=names_of(heads))
    stored = cached_models(cache, described, [1, 2, 3], FAST, heads)
    path = tmp_path / "heads.zip"
    write_bundle(path, facts, stored, whole.decision, whole.out_of_distribution, whole.table, whole.files, whole.card)
    bundle = Bundle.open(path)
    assert bundle.facts.heads == names_of(heads)
    assert set(bundle.models) == set(cache)
    votes = bundle.view_probabilities(small.variants)
    assert votes.shape == (36, small.variants["wide"].shape[1], 3)
    assert_array_equal(bundle.view_probabilities({n: a[4:5, 1:3] for n, a in small.variants.items()})[0], votes[4, 1:3])
    for fold in (1, 2, 3):  # the models of one fold alone say what they said of it when it was held out
        of_fold = []
        for name, models in bundle.models.items():
            count = len(models) // 3
            variant = name.partition("/")[0]
            rows = small.variants[variant][cohort.fold == fold]
            own = models[(fold - 1) * count : fold * count]
            answers = [predict_views(model, rows) for model in own]
            of_fold.append(np.mean(answers, axis=0))
        held_out = [unit for unit in units if unit.fold == fold]
        assert collect_views(held_out) == pytest.approx(np.mean(of_fold, axis=0), abs=1e-12)


def test_fewer_patients_and_pairs_of_folds_work_with_every_head():
    training = training_set(images=48, patients=24, classes=2)
    images = [f"{number:02}.png" for number in range(48)]
    fold = np.arange(48) % 24 // 2 % 4 + 1
    cohort = Cohort(images, training.labels, ("a", "b"), training.groups.tolist(), fold)
    described = {"v": Descriptors.of(np.stack(training.images))}
    assert described["v"].shape == (48, VIEWS, DIM)
    heads = tuple(head() for head in MEMBERS.values())
    part = Part(1, cohort.training(1)[:18], 18, 0.5)
    units = list(predict_parts(cohort, described, [part], FAST, 1, None, heads))
    assert {unit.head for unit in units} == set(MEMBERS) and all(unit.part is part for unit in units)
    pairs = fold_pairs(cohort, views=20)[:1]
    blended = nested_table(predict_pairs(pairs, described, FAST, heads=BLENDED), cohort)
    alone = []
    for head in BLENDED:
        alone.append(nested_table(predict_pairs(pairs, described, FAST, heads=(head,)), cohort)["p_b"])
    assert blended["p_b"].to_numpy() == pytest.approx(np.mean(alone, axis=0))
