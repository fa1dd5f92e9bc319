from dataclasses import replace

import numpy as np
import pytest

from report.accuracy import table_1
from report.paper import FOLDS, PUBLISHED, TABLE_1, paper_sections
from report.published import read_published


@pytest.fixture(scope="module")
def published():
    return read_published(PUBLISHED)


def wrong(answers, count):
    """The same answers, with so many of the right ones made wrong."""
    predicted = answers.predicted.copy()
    rows = np.flatnonzero(predicted == answers.label)[:count]
    predicted[rows] = [answers.classes[(answers.classes.index(name) + 1) % 4] for name in answers.label[rows]]
    return replace(answers, predicted=predicted)


def moved(answers):
    """The same answers, under other folds."""
    return replace(answers, fold=answers.fold % 10 + 1)


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
    table, _ = paper_sections(wrong(published, 41), {name: published, "other": published})
    cells = table.cells
    assert len(cells) == len(TABLE_1) + 2 * 2 and list(cells.columns) == [*FOLDS, "mean", "std"]
    assert list(cells.loc[f"{name}, paper"]) == [f"{cell:.1f}" for cell in TABLE_1[name]]
    assert cells.loc[f"{name}, this run", "1"] == "92.5" and cells.loc[f"{name}, difference", "1"] == "+3.0"
    assert cells.loc["fusion, difference", "mean"] == "-10.2"
    assert "resnet50-400@0.5, paper" in cells.index and "resnet50-400@0.5, this run" not in cells.index


def test_all_variants_of_the_paper_have_the_std_of_the_paper(published):
    run = {name: wrong(published, at) for at, name in enumerate(TABLE_1) if name not in ("std", "fusion")}
    cells = paper_sections(published, run)[0].cells
    assert len(cells) == 3 * len(TABLE_1)
    stds = cells.loc["std, this run", list(FOLDS)].astype(float)
    assert float(cells.loc["std, this run", "mean"]) == pytest.approx(stds.mean(), abs=0.1) and stds.max() > 0


def test_cells_of_other_folds_are_not_subtracted(published):
    table, _ = paper_sections(moved(published))
    change = table.cells.loc["fusion, difference"]
    assert (
        set(change[list(FOLDS)]) == {"–"} and change["mean"] == "+0.0" and "other images in its folds" in table.sentence
    )


def test_the_same_answers_cannot_be_told_apart_and_much_worse_ones_can(published):
    _, same = paper_sections(published)
    _, worse = paper_sections(wrong(published, 60))
    assert "cannot be told apart" in same.sentence and "Rakhlin 2018 is better by accuracy" in worse.sentence


def test_names_may_have_other_folders_and_endings(published):
    names = np.array([f"Photos/{image.replace('.tif', '.png')}" for image in published.images])
    assert len(paper_sections(replace(published, images=names))) == 2


def test_other_images_or_labels_are_not_iciar_2018(published, cohort):
    assert paper_sections(cohort()) == []
    assert paper_sections(published.take(np.arange(399))) == []
    assert paper_sections(replace(published, label=published.label[::-1])) == []
