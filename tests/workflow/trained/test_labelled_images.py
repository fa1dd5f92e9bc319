from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cohort.folds import TRAIN_ONLY
from cohort.samples import Dataset, DatasetError, Sample
from workflow.trained.labelled_images import TEST_FOLD, against_test, in_folds


def dataset(folder: Path, name: str, patients=6, images=2, classes=("a", "b"), broken=False, seed=0):
    """Small images, those of a patient of one class."""
    rng = np.random.default_rng([seed, len(name), *name.encode()])
    samples = []
    (folder / name).mkdir()
    for patient in range(patients):
        for number in range(images):
            path = folder / name / f"{patient}-{number}.png"
            Image.fromarray(rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)).save(path)
            samples.append(Sample(path.name, path, classes[patient % len(classes)], f"{name}{patient}"))
    if broken:
        samples[0].path.write_bytes(b"no image")
    return Dataset(name, tuple(sorted(classes)), tuple(samples))


def test_folds_keep_patients_together_and_files_are_hashed(tmp_path):
    images = in_folds(dataset(tmp_path, "x"), 3, by_patient=True, seed=1, skip=False)
    homes = {}
    for sample, fold in zip(images.samples, images.cohort.fold, strict=True):
        homes.setdefault(sample.patient, set()).add(fold)
        assert len(sample.sha256) == 64
    assert all(len(folds) == 1 for folds in homes.values())


def test_a_test_set_is_one_fold_and_names_of_both_are_told_apart(tmp_path):
    images = against_test(dataset(tmp_path, "train"), dataset(tmp_path, "test"), skip=False)
    assert sorted(set(images.cohort.fold.tolist())) == [TRAIN_ONLY, TEST_FOLD]
    tested = [name for name, fold in zip(images.cohort.images, images.cohort.fold, strict=True) if fold == TEST_FOLD]
    assert all(name.startswith("test/") for name in tested)
    assert len(tested) == 12


def test_a_patient_on_both_sides_is_told(tmp_path):
    training, test = dataset(tmp_path, "train"), dataset(tmp_path, "test")
    shared = [Sample(s.name, s.path, s.label, s.patient.replace("test", "train")) for s in test.samples]
    images = against_test(training, Dataset("test", test.classes, tuple(shared)), skip=False)
    assert len(images.shared_patients) == 6
    assert "patients-of-the-training" in [notice.kind for notice in images.notices]


def test_labels_that_were_not_trained_on_are_refused(tmp_path):
    with pytest.raises(DatasetError, match="c"):
        against_test(dataset(tmp_path, "train"), dataset(tmp_path, "test", classes=("a", "c")), skip=False)


def test_a_broken_image_stops_the_work_or_is_left_out(tmp_path):
    data = dataset(tmp_path, "x", broken=True)
    with pytest.raises(DatasetError):
        in_folds(data, 3, by_patient=True, seed=1, skip=False)
    images = in_folds(data, 3, by_patient=True, seed=1, skip=True)
    assert len(images.samples) == 11
    assert list(images.refused) == ["0-0.png"]
