"""A tiny network trained in folds, and boosted models on the same images and folds: what tests make bundles of."""

import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
from torch import nn

from boost.bundle.bundle import Bundle
from boost.fusion import fuse
from boost.recalibrated_table import recalibrated
from boost.settings import FOLD_SEED
from cohort.cohort import Cohort
from cohort.read_dataset import read_dataset
from finetune.inner_split import rows_of_folds
from finetune.networks.idc_networks import IDC_NETWORKS
from finetune.pictures.decoded import decode, open_pictures
from finetune.training_settings import TrainingSettings
from tests.place import invoke
from workflow.run_folder import save
from workflow.trained.kept_weights import folder_of, keep_first, member_facts
from workflow.trained.labelled_images import Division, LabelledImages, in_folds
from workflow.trained.network_run import NetworkRun, as_result
from workflow.trained.results import beside_files

SIDE, FOLDS, NETWORK = 16, 3, "tiny"


def tiny(classes):
    """Twelve filters and a dense layer."""
    return nn.Sequential(
        nn.Conv2d(3, 12, 3, stride=2), nn.BatchNorm2d(12), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        nn.Linear(12, classes),
    )  # fmt: skip


@contextmanager
def tiny_known():
    """Inside, the tiny network is one that recipes and bundles may name."""
    with patch.dict(IDC_NETWORKS, {NETWORK: tiny}):
        yield


@pytest.fixture
def knows_tiny():
    """For tests that build it."""
    with tiny_known():
        yield


def settings(**changes):
    """Two epochs of all 8 symmetries."""
    usual = {"network": NETWORK, "input": SIDE, "epochs": 2, "batch": 8, "rate": 0.05, "patience": 0, "validation": 0}
    return TrainingSettings(**(usual | {"augmentation": "none", "symmetries": 8} | changes))


@dataclass(frozen=True)
class TrainedPlace:
    """The 24 fields of `place`: results/net (trained), results/fields (boosted), and a bundle of each."""

    folder: Path
    fields: Path  # the images that were trained on
    new: Path  # four images of a new patient, test0.png to test3.png

    @property
    def results(self):
        """The runs."""
        return self.folder / "results"

    @property
    def models(self):
        """The bundles net.zip and fields.zip."""
        return self.folder / "models"

    def fit(self, *arguments, code=0):
        """Run fit on a run."""
        return invoke("fit", *arguments, "--models", self.models, code=code)


def train(place, name, members, images=None, test="", recipe="tiny", more=None):
    """Train networks of these settings by these names, and leave a run as finetune does."""
    dataset = read_dataset(place.fields / "manifest.csv")
    images = images or in_folds(dataset, Division(FOLDS, FOLD_SEED), place.fields / "manifest.csv", False)
    cache = place.folder / "cache" / name
    runs, tables = [], []
    for member, of_member in members.items():
        list(decode(images.samples, of_member, cache / "pictures", 1))
        pictures = open_pictures(images.samples, of_member, cache / "pictures")
        rows = rows_of_folds(images.cohort, of_member)
        folder = cache / folder_of(of_member, images, rows, ())
        run = NetworkRun(images, pictures, of_member, (), folder, rows=rows, member=member)
        keep_first(run)
        done = [state for state in run.train() if state.is_done]
        tables.append(run.predictions(done))
        runs.append(run)
    table = pd.concat(tables, ignore_index=True)
    fused = as_result(table, runs[0].settings.averaging)
    facts = {
        "command": "finetune", "name": name, "data_set": images.name, "test": test or None,
        "cache": str(place.folder / "cache"),
        "folder": name, "groups": "patient", "recipe": {"name": recipe}, "averaging": runs[0].settings.averaging,
        "recalibrated": fused["fold"].nunique() > 1, "members": [member_facts(run, "random") for run in runs],
    }  # fmt: skip
    cohort = images.cohort
    save(place.results / name, cohort.images, cohort.fold, table, fused, beside_files(images), facts | (more or {}), {})
    return runs, table


def as_test(images: LabelledImages) -> LabelledImages:
    """The same images, the first fold as a test set, and the others in none."""
    cohort = images.cohort
    fold = np.where(cohort.fold == 1, 1, 0)
    of = Cohort(cohort.images, cohort.codes, cohort.classes, cohort.patients, fold)
    return LabelledImages(images.dataset, images.infos, of, (), {}, "the test")


@pytest.fixture(scope="session")
def trained_place(place, tmp_path_factory):
    """The same for all tests; nobody writes to what is there."""
    trained = TrainedPlace(tmp_path_factory.mktemp("trained"), place.fields, place.new)
    with tiny_known():
        runs, _ = train(trained, "net", {"": settings()})
        trained.fit("--run", trained.results / "net")
    shutil.copy(place.bundle, trained.models / "fields.zip")
    table = Bundle.open(place.bundle).table
    images = runs[0].images
    facts = {"command": "cv", "name": "fields", "recalibrated": True, "heads": ["trees", "logistic"]}
    save(trained.results / "fields", images.cohort.images, images.cohort.fold, table, recalibrated(fuse(table)),
         beside_files(images), facts, {})  # fmt: skip
    return trained
