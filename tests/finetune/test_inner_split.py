from dataclasses import replace

import numpy as np
import pytest

from finetune.inner_split import inner_split, rows_of_folds
from finetune.training_settings import TrainingError
from tests.finetune import tiny


@pytest.mark.parametrize("share", [0.001, 0.1, 0.2, 0.5])
def test_the_inner_split_parts_no_patient_and_holds_every_class_on_both_sides(share):
    of, _ = tiny.cohort()
    training = of.training(1)
    select = inner_split(of, training, tiny.settings(validation=share), of.groups)
    rest = np.setdiff1d(training, select)
    assert set(select) < set(training)
    assert not set(of.groups[select]) & set(of.groups[rest])
    assert set(of.codes[rest]) == {0, 1}
    assert set(of.codes[select]) == {0, 1}


def test_what_is_one_group_is_not_parted_whoever_the_patients_are():
    of, _ = tiny.cohort()
    of = replace(of, patients=("",) * len(of))
    groups = np.array([f"look {number // 4}" for number in range(len(of))])  # as near-duplicates are
    select = inner_split(of, of.training(1), tiny.settings(), groups)
    assert not set(groups[select]) & set(groups[np.setdiff1d(of.training(1), select)])


def test_no_share_is_no_split():
    of, _ = tiny.cohort()
    assert len(inner_split(of, of.training(1), tiny.settings(validation=0.0), of.groups)) == 0


def test_too_few_patients_for_an_inner_split_are_told_by_class():
    of, _ = tiny.cohort()
    lonely = replace(of, patients=tuple("p0" if code else "p1" for code in of.codes))
    with pytest.raises(TrainingError, match=r"'benign' belong to patient p1.*validation 0"):
        inner_split(lonely, lonely.training(1), tiny.settings(), lonely.groups)


def test_no_fold_is_selected_by_what_tests_it_unless_that_is_asked_for():
    of, _ = tiny.cohort()
    for fold, rows in rows_of_folds(of, tiny.settings()).items():
        assert sorted([*rows.train, *rows.select]) == of.training(fold).tolist()
    for fold, rows in rows_of_folds(of, tiny.settings(select_on="test")).items():
        assert rows.select.tolist() == of.held_out(fold).tolist()
        assert rows.train.tolist() == of.training(fold).tolist()


def test_a_class_without_an_image_to_train_on_is_named():
    of, _ = tiny.cohort()
    lacking = replace(of, fold=np.where(of.codes == 1, 1, of.fold))
    with pytest.raises(TrainingError, match="no image of malignant"):
        rows_of_folds(lacking, tiny.settings())


def test_one_class_is_too_few():
    of, _ = tiny.cohort()
    with pytest.raises(TrainingError, match="only benign"):
        rows_of_folds(replace(of, classes=("benign",), codes=np.zeros(len(of), int)), tiny.settings())
