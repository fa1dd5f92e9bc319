"""What stands beside a result: the answers of each seed come back from their file; whole images where all are there."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from boost.crossval import collect, cross_validate
from boost.settings import BoostSettings
from cohort.cohort import Cohort
from cohort.predictions import predictions_table, write_table
from featurize.protocol import Protocol, whole_image
from featurize.store.file_format import Entry
from featurize.store.gather import store_path
from featurize.store.open_store import open_store
from featurize.store.row import Row
from report.evaluation import Evaluation
from report.out_of_fold import out_of_fold_by_model, out_of_fold_of
from workflow.run_folder import seeds_by_model
from workflow.training.beside_the_result import plain_answers, plain_run, seed_answers
from workflow.training.tables_beside import PLAIN, SEEDS, read_beside, read_seeds
from workflow.training.training_run import TrainingRun

IMAGES = [f"i{number}" for number in range(24)]
LABELS = ["a", "b"] * 12
FOLD = np.repeat([1, 2, 3], 8)
COHORT = Cohort.of(IMAGES, LABELS, ("a", "b"), [f"p{number // 2}" for number in range(24)], FOLD)
CROPS = Protocol("net", "digest", crop=64, scale=0.5, crops=1, views=2)


def descriptors(views, seed=0):
    rng = np.random.default_rng(seed)
    shift = (np.array(LABELS) == "b")[:, None, None]
    return (rng.normal(size=(24, views, 5)) + shift).astype(np.float32)


def test_the_answers_of_the_seeds_come_back_and_their_mean_is_the_run(tmp_path):
    settings = BoostSettings(rounds=3, seeds=3)
    units = list(cross_validate(COHORT, {"v": descriptors(4)}, settings))
    seeds = seed_answers(units, ["v"], COHORT)
    table = predictions_table(COHORT, collect(units, ["v"], COHORT))
    columns = ["p_a", "p_b"]
    means = seeds.groupby("image", sort=False)[columns].mean().loc[table["image"]]
    np.testing.assert_allclose(means, table[columns])
    write_table(tmp_path / SEEDS, seeds)
    run = out_of_fold_of(table)
    tables = []
    for answers in (seeds, read_seeds(tmp_path / SEEDS)):
        evaluation = Evaluation.of(run, variants=out_of_fold_by_model(table), seeds=seeds_by_model(answers, run))
        tables.append(evaluation.table_1)
    assert tables[0].equals(tables[1]) and list(tables[0].columns) == ["1", "2", "3", "mean", "std"]


@pytest.fixture
def images(tmp_path):
    """A data set whose images are described by crops and as a whole."""
    whole = whole_image("net", 224, "digest", "float32")
    entries = tuple(Entry(image, label, "", image) for image, label in zip(IMAGES, LABELS, strict=True))
    stores = []
    for protocol in (CROPS, whole):
        store = open_store(store_path(tmp_path, "set", protocol), protocol, {"dim": 5}, entries)
        values = descriptors(protocol.views)
        for number, image in enumerate(IMAGES):
            views = protocol.views
            row = Row(values[number], np.ones((views, 2)), np.zeros((views, 1, 3), np.int32), np.array("ok", "S16"),
                      np.zeros((3, 2)), np.zeros(2))  # fmt: skip
            store.write_rows({image: row})
        stores.append(store)
    return SimpleNamespace(folder=tmp_path / "set", stores={"net-64@0.5": stores[0]}, whole=stores[1])


def run_of(folder: Path):
    return TrainingRun(COHORT, {}, BoostSettings(), (), folder)


def test_the_plain_way_is_logistic_regression_on_the_whole_images_of_the_same_network(images, tmp_path):
    run = plain_run(images, run_of(tmp_path / "kept"))
    assert list(run.descriptors) == ["net-whole224"] and [head.name for head in run.heads] == ["logistic"]
    assert_array_equal(np.stack(run.descriptors["net-whole224"].images()), descriptors(1))
    answers = plain_answers(run)
    assert answers["image"].tolist() == sorted(IMAGES) and np.allclose(answers[["p_a", "p_b"]].sum(axis=1), 1)
    write_table(tmp_path / PLAIN, answers)
    assert read_beside(tmp_path)[PLAIN]["image"].tolist() == answers["image"].tolist()


def test_without_all_whole_images_there_is_no_plain_way(images, tmp_path):
    images.whole.mark({IMAGES[3]: False})
    assert plain_run(images, run_of(tmp_path)) is None
    images.whole.path.unlink()
    assert plain_run(images, run_of(tmp_path)) is None
