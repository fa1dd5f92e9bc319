"""Other splits: the spread is that of the divisions, a mere renumbering is no other division, and files return."""

import numpy as np
import pandas as pd
import pytest

from report.choices.heads_chapter import other_choices
from report.choices.split_spread import read_repeated, splits_of
from report.evaluation import Evaluation
from report.measures.all_images import auc_of
from report.numbers import numbers
from report.out_of_fold import ComparisonError
from report.section import cell_text


def repeated_of(fusion, seeds=(1013, 2013), noise=0.2, renumbered=False):
    """A table with noise added to the probabilities of a run, in folds that are turned round or drawn anew."""
    tables = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        score = np.clip(fusion.score + noise * rng.normal(size=len(fusion.score)), 0.01, 0.99)
        fold = fusion.fold % 5 + 1 if renumbered else rng.permutation(fusion.fold)
        columns = {"seed": seed, "image": fusion.images, "label": fusion.label, "patient": fusion.patients}
        columns |= {"fold": fold, "model": "fusion", "p_benign": 1 - score, "p_malignant": score}
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)


def test_the_run_comes_first_and_each_row_is_its_own_division(cohort):
    fusion = cohort()
    splits = splits_of(repeated_of(fusion), fusion)
    assert splits.seeds == [None, 1013, 2013] and splits.names == ["this run", "seed 1013", "seed 2013"]
    values = splits.values()
    for number, answers in enumerate(splits.answers):
        assert values["accuracy"][number] == np.mean(answers.predicted == answers.label)
        assert values["AUC"][number] == auc_of(answers, answers.auc).value
    assert values["accuracy"][0] == np.mean(fusion.predicted == fusion.label)
    section = other_choices(Evaluation.of(fusion, splits=splits)).sections[0]
    assert "no confidence interval" in section.sentence and "Here" not in section.sentence
    spread = f"{100 * np.std(values['accuracy'], ddof=1):.1f}"
    assert cell_text(section.cells.loc["std", "accuracy"]) == spread
    rows = numbers(Evaluation.of(fusion, splits=splits))["other_splits"]
    assert [row["seed"] for row in rows] == [None, 1013, 2013] and rows[1]["log_loss"] == values["log-loss"][1]


def test_folds_that_are_only_numbered_otherwise_are_no_other_division(cohort):
    fusion = cohort()
    splits = splits_of(repeated_of(fusion, renumbered=True), fusion)
    assert splits.different == 1 and splits_of(repeated_of(fusion), fusion).different == 3
    section = other_choices(Evaluation.of(fusion, splits=splits)).sections[0]
    assert "all divisions hold the same images out together" in section.sentence
    table = repeated_of(fusion, seeds=(1, 2))
    fold = {image: fold for image, fold in zip(fusion.images, fusion.fold, strict=True)}
    table["fold"] = table["fold"].where(table["seed"] == 1, table["image"].map(fold))
    section = other_choices(Evaluation.of(fusion, splits=splits_of(table, fusion))).sections[0]
    assert "only 2 hold other images out together" in section.sentence


def test_a_file_says_the_same_and_that_of_other_images_is_refused(cohort, tmp_path):
    fusion = cohort()
    table = repeated_of(fusion)
    table.sample(frac=1, random_state=0).to_csv(tmp_path / "repeated.csv", index=False)
    again = splits_of(read_repeated(tmp_path / "repeated.csv"), fusion)
    assert again.seeds == [None, 1013, 2013]
    assert again.values() == splits_of(table, fusion).values()
    with pytest.raises(ComparisonError, match="same images"):
        splits_of(table[table["image"] != "i0003"], fusion)
