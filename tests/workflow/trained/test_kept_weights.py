"""Where a training leaves its networks: whatever decides them decides the folder too."""

from dataclasses import replace

import numpy as np
import pytest

from cohort.cohort import Cohort
from cohort.samples import Dataset, Sample
from finetune.inner_split import FoldRows
from finetune.training_settings import TrainingSettings
from workflow.trained.kept_weights import folder_of
from workflow.trained.labelled_images import LabelledImages

SETTINGS = TrainingSettings("idc_cnn", 48)
ROWS = {1: FoldRows(np.array([0]), np.array([1]))}
OF_SETTINGS = {"stain": "none", "epochs": 3, "rate": 0.5, "seed": 1, "class_weights": "none", "select_on": "test"}


def images(*files, labels="xy"):
    samples = tuple(
        Sample(f"image {number}", None, label, "", sha256=file)
        for number, (file, label) in enumerate(zip(files, labels, strict=True))
    )
    cohort = Cohort.of([sample.name for sample in samples], list(labels), ("x", "y"), [""] * len(samples), [1, 2])
    return LabelledImages(Dataset("set", ("x", "y"), samples), (), cohort, (), {})


@pytest.fixture
def weights(tmp_path):
    file = tmp_path / "w.safetensors"
    file.write_bytes(b"w")
    return file


def test_the_same_training_is_found_again_and_every_other_has_its_own_folder(weights):
    usual = folder_of(SETTINGS, images("a", "b"), ROWS, ())
    assert usual == folder_of(replace(SETTINGS), images("a", "b"), dict(ROWS), ())
    others = [
        folder_of(SETTINGS, images("a", "c"), ROWS, ()),  # a file was changed
        folder_of(SETTINGS, images("a", "b", labels="yx"), ROWS, ()),
        folder_of(SETTINGS, images("a", "b"), {1: ROWS[1], 2: ROWS[1]}, ()),  # more folds
        folder_of(SETTINGS, images("a", "b"), {1: FoldRows(ROWS[1].select, ROWS[1].train)}, ()),
        folder_of(SETTINGS, images("a", "b"), ROWS, (weights,)),
    ]
    for name, value in OF_SETTINGS.items():
        others.append(folder_of(replace(SETTINGS, **{name: value}), images("a", "b"), ROWS, ()))
    assert len({usual, *others}) == len(others) + 1
