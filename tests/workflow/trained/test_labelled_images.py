from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cohort.folds import TRAIN_ONLY, FoldError
from cohort.samples import Dataset, DatasetError, Sample
from workflow.trained.labelled_images import TEST_FOLD, Division, against_test, in_folds
from workflow.trained.leaks_beforehand import leak_notices, leaks_of_images, stay_together


def kinds(notices):
    return [notice.kind for notice in notices]


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
    images = in_folds(dataset(tmp_path, "x"), Division(3, seed=1), tmp_path, skip=False)
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
    assert "patients-of-the-training" in kinds(images.notices)
    assert "12 of the same patient" in leak_notices(images)[0]


def test_labels_that_were_not_trained_on_are_refused(tmp_path):
    with pytest.raises(DatasetError, match="c"):
        against_test(dataset(tmp_path, "train"), dataset(tmp_path, "test", classes=("a", "c")), skip=False)


def test_a_broken_image_stops_the_work_or_is_left_out(tmp_path):
    data = dataset(tmp_path, "x", broken=True)
    with pytest.raises(DatasetError):
        in_folds(data, Division(3, seed=1), tmp_path, skip=False)
    images = in_folds(data, Division(3, seed=1), tmp_path, skip=True)
    assert len(images.samples) == 11
    assert list(images.refused) == ["0-0.png"]


def test_a_file_on_both_sides_is_told_before_any_training(tmp_path):
    training, test = dataset(tmp_path, "train"), dataset(tmp_path, "test")
    test.samples[3].path.write_bytes(training.samples[3].path.read_bytes())
    images = against_test(training, test, skip=False)
    assert leaks_of_images(images).summary["leaked"]["same file"] == 1
    assert "images of test" in leak_notices(images)[0]
    assert "1 of the same file, 1 near-duplicates" in leak_notices(images)[0]


def test_nothing_is_told_where_nothing_leaks(tmp_path):
    assert leak_notices(in_folds(dataset(tmp_path, "x"), Division(3, seed=1), tmp_path, skip=False)) == []


def test_a_class_that_the_test_lacks_is_told(tmp_path):
    images = against_test(dataset(tmp_path, "train", classes=("a", "b", "c")), dataset(tmp_path, "test"), skip=False)
    assert "no image of c" in next(notice for notice in images.notices if notice.kind == "test-lacks-classes")


def test_copies_of_unknown_patients_stay_together_and_known_patients_too(tmp_path):
    data = dataset(tmp_path, "x")
    data.samples[4].path.write_bytes(data.samples[0].path.read_bytes())
    samples = [Sample(one.name, one.path, one.label, "" if number < 8 else one.patient) for number, one in
               enumerate(data.samples)]  # fmt: skip
    images = in_folds(Dataset("x", data.classes, tuple(samples)), Division(2, seed=1), tmp_path, skip=False)
    groups = stay_together(images)
    assert groups[0] == groups[4]
    assert len(set(groups[:8])) == 7
    assert groups[8] == groups[9] != groups[10]


def test_folds_by_a_column_and_by_a_file(tmp_path):
    data = dataset(tmp_path, "x", patients=8)
    rows = [
        f"{one.name},{one.label},{'AB'[number // 8]},{number // 4 % 2 + 1}" for number, one in enumerate(data.samples)
    ]
    (tmp_path / "x" / "manifest.csv").write_text("\n".join(["image,label,centre,fold", *rows]))
    by_centre = in_folds(data, Division(5, 1, "centre"), tmp_path / "x", skip=False)
    assert by_centre.cohort.fold.tolist() == [1] * 8 + [2] * 8
    by_file = in_folds(data, Division(5, 1, file=tmp_path / "x" / "manifest.csv"), tmp_path / "x", skip=False)
    assert by_file.cohort.fold.tolist() == [1, 1, 1, 1, 2, 2, 2, 2] * 2
    with pytest.raises(FoldError, match="has none"):
        in_folds(data, Division(5, 1, "centre"), tmp_path, skip=False)
    with pytest.raises(FoldError, match="leave one of both out"):
        Division(5, 1, "centre", file=tmp_path / "x" / "manifest.csv")
