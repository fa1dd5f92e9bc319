from dataclasses import replace

import numpy as np
import pytest

from report.chapters.rakhlin2018 import FOLDS, LABELS, PAPERS_FOLDS, TABLE_1, fingerprint, papers_name, rakhlin2018
from report.evaluation import Evaluation
from report.measures.accuracy import table_1
from report.out_of_fold import OutOfFold
from report.published import read_published
from report.section import cell_text

RIGHT = (37, 33, 35, 35, 35, 36, 34, 35, 35, 34)  # of the 40 images of each fold, as in the paper


@pytest.fixture(scope="module")
def published():
    """As many right answers in each fold as the paper has, in folds of our own."""
    names, labels = zip(*LABELS.items(), strict=True)
    classes, fold = ("normal", "benign", "insitu", "invasive"), np.arange(400) % 10 + 1
    label = np.array(labels)
    right = np.arange(400) // 10 < np.array(RIGHT)[fold - 1]
    predicted = np.where(right, label, np.roll(label, 100))
    return OutOfFold(np.array([f"{name}.tif" for name in names]), label, fold, predicted, classes)


def sections_of(fusion, variants=None):
    chapter = rakhlin2018(Evaluation.of(fusion, variants=variants or {}))
    if chapter is None:
        return None
    table, test = chapter.sections
    return replace(table, cells=table.cells.map(cell_text)), test


def test_the_real_published_answers_are_known(shared):
    real = read_published(shared / "iciar2018" / "published_cv.csv")
    assert fingerprint(real) == PAPERS_FOLDS
    table, test = sections_of(real)
    assert "same images in each fold" in table.sentence
    assert set(table.cells.loc["fusion, difference", list(FOLDS)]) == {"+0.0"}
    assert "349 of 400 images right here, 349 there, difference +0.0" in test.sentence


def wrong(answers, count):
    """The same answers, with so many of the right ones made wrong."""
    predicted = answers.predicted.copy()
    rows = np.flatnonzero(predicted == answers.label)[:count]
    predicted[rows] = [answers.classes[(answers.classes.index(name) + 1) % 4] for name in answers.label[rows]]
    return replace(answers, predicted=predicted)


def test_the_published_answers_give_the_published_fusion(published):
    row = table_1(published).loc["fusion"]
    assert list(row.iloc[:10].round(6)) == list(TABLE_1["fusion"][:10])
    assert (round(row["mean"], 6), round(row["std"], 1)) == (87.25, TABLE_1["fusion"][-1])


def test_the_table_agrees_with_itself():
    variants = np.array([row for name, row in TABLE_1.items() if name not in ("std", "fusion")])  # (variants, columns)
    assert np.abs(variants[:, :10].mean(axis=1) - variants[:, 10]).max() < 0.051
    assert np.abs(variants[:, :10].std(axis=0) - TABLE_1["std"][:10]).max() < 0.051
    assert (variants[:, :10].std(axis=1) < variants[:, 11]).all()  # as the words beside the table say


def test_every_cell_stands_beside_its_own(published):
    name = "vgg16-650@0.5"
    table, _ = sections_of(wrong(published, 41), {name: published, "other": published})
    cells = table.cells
    assert len(cells) == len(TABLE_1) + 2 * 2 and list(cells.columns) == [*FOLDS, "mean", "std"]
    assert list(cells.loc[f"{name}, paper"]) == [f"{cell:.1f}" for cell in TABLE_1[name]]
    assert cells.loc[f"{name}, this run", "1"] == "92.5" and cells.loc[f"{name}, difference", "1"] == "–"
    assert cells.loc["fusion, difference", "mean"] == "-10.2"
    assert "resnet50-400@0.5, paper" in cells.index and "resnet50-400@0.5, this run" not in cells.index


def test_a_faithful_run_stands_beside_the_papers_variants(published):
    name = "keras_vgg16-650@0.5-faithful"
    assert papers_name(name) == "vgg16-650@0.5"
    table, _ = sections_of(wrong(published, 41), {name: published, "keras_vgg16-300@0.5-faithful": published})
    assert table.cells.loc["vgg16-650@0.5, this run", "1"] == "92.5"


def test_all_variants_of_the_paper_have_the_std_of_the_paper(published):
    run = {name: wrong(published, at) for at, name in enumerate(TABLE_1) if name not in ("std", "fusion")}
    cells = sections_of(published, run)[0].cells
    assert len(cells) == 3 * len(TABLE_1)
    stds = cells.loc["std, this run", list(FOLDS)].astype(float)
    assert float(cells.loc["std, this run", "mean"]) == pytest.approx(stds.mean(), abs=0.1) and stds.max() > 0


def test_cells_of_other_folds_are_not_subtracted(published):
    table, _ = sections_of(published)
    change = table.cells.loc["fusion, difference"]
    assert set(change[list(FOLDS)]) == {"–"} and change["mean"] == "+0.0"
    assert "other images in its folds" in table.sentence


def test_the_same_answers_cannot_be_told_apart_and_much_worse_ones_can(published):
    _, same = sections_of(published)
    _, worse = sections_of(wrong(published, 60))
    assert "cannot be told apart: 349 of 400" in same.sentence and "p = 1)" in same.sentence
    assert "The paper is better: 289 of 400" in worse.sentence


def test_the_difference_and_its_interval_are_newcombes(published):
    # 324 and 349 of 400, worked by statsmodels
    compared = pytest.importorskip("statsmodels.stats.proportion").confint_proportions_2indep(
        324, 400, 349, 400, method="newcomb"
    )
    _, test = sections_of(wrong(published, 25))
    assert f"difference -6.2 [{100 * compared[0]:+.1f}, {100 * compared[1]:+.1f}] points" in test.sentence


def test_names_may_have_other_folders_and_endings(published):
    names = np.array([f"Photos/{image.replace('.tif', '.png')}" for image in published.images])
    assert len(sections_of(replace(published, images=names))) == 2


def test_other_images_or_labels_are_not_iciar_2018(published, cohort):
    assert sections_of(cohort()) is None
    assert sections_of(published.take(np.arange(399))) is None
    assert sections_of(replace(published, label=published.label[::-1])) is None
