"""Where all heads were trained, the result is still that of the default alone; what does not fit is refused."""

import numpy as np
import pandas as pd
import pytest

from boost.fusion import fuse
from boost.heads.choices import MEMBERS
from boost.recalibrated_table import recalibrated
from boost.selection import ALL, Candidate, candidates_of
from cohort.predictions import PredictionsError
from report.choices.heads_compared import EVERY_VARIANT
from report.out_of_fold import out_of_fold_of
from workflow.training.heads_side_by_side import heads_compared, result_of, result_rows

VARIANTS = ("wide", "narrow")
RUN = {"heads": ["trees", "logistic"], "recalibrated": True}


def predictions(heads=tuple(MEMBERS), variants=VARIANTS):
    """Made-up predictions of each head on each variant, for 24 images of 12 patients in 3 folds."""
    rng = np.random.default_rng(0)
    number = np.arange(24)
    tables = []
    for variant in variants:
        for head in heads:
            score = np.clip(0.5 + 0.3 * (2 * (number % 2) - 1) + 0.3 * rng.normal(size=24), 0.02, 0.98)
            columns = {"image": [f"i{k:02d}" for k in number], "label": np.array(["benign", "malignant"])[number % 2]}
            columns |= {"patient": [f"p{k // 2:02d}" for k in number], "fold": number // 2 % 3 + 1}
            columns |= {"model": f"{variant}/{head}", "p_benign": 1 - score, "p_malignant": score}
            tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)


def choices(head="trees", variant="narrow"):
    rows = []
    for fold in (1, 2, 3):
        for candidate in candidates_of(VARIANTS, "blend"):
            chosen = int(candidate == Candidate(head, variant))
            rows.append({"fold": fold, "head": candidate.head, "variant": candidate.variant, "log_loss": 1.0})
            rows[-1]["chosen"] = chosen
    return pd.DataFrame(rows)


def test_the_result_is_that_of_the_default_alone_to_the_bit():
    table = predictions()
    alone = table[table["model"].str.endswith(("/trees", "/logistic"))]
    pd.testing.assert_frame_equal(result_of(table, RUN), recalibrated(fuse(alone)), check_exact=True)
    pd.testing.assert_frame_equal(result_of(table, None), fuse(alone), check_exact=True)
    paper = {"heads": ["trees"], "recalibrated": False}
    trees = predictions().query("model.str.endswith('/trees')")
    pd.testing.assert_frame_equal(result_of(table, paper), fuse(trees), check_exact=True)
    assert set(result_rows(table, paper)["model"]) == set(VARIANTS), "as the paper's run calls them"


@pytest.mark.parametrize("heads", [("trees", "logistic"), ("nearest",)])
def test_without_all_heads_every_model_counts_and_nothing_is_compared(heads):
    table = predictions(heads)
    assert result_rows(table, RUN) is table
    assert heads_compared(table, out_of_fold_of(result_of(table, RUN)), None, RUN) is None
    fused = result_of(table, RUN)
    assert result_of(fused, RUN) is fused


def test_models_of_others_whose_names_look_alike_are_no_heads():
    table = predictions()
    table["model"] = table["model"].str.replace("/trees", "/forest")
    assert result_rows(table, None) is table


def test_every_candidate_is_fused_and_recalibrated_as_the_result_is():
    table = predictions()
    fusion = out_of_fold_of(result_of(table, RUN))
    found = heads_compared(table, fusion, None, RUN)
    assert found.default == "blend" and len(found.candidates) == 16 and found.chosen is None
    np.testing.assert_array_equal(found.result.probabilities, fusion.probabilities)
    expected = recalibrated(fuse(table[table["model"] == "narrow/nearest"]))
    np.testing.assert_array_equal(
        found.candidates["nearest", "narrow"].probabilities, expected[["p_benign", "p_malignant"]]
    )


def test_what_was_chosen_is_taken_fold_by_fold_in_the_order_of_the_result():
    table = predictions()
    fusion = out_of_fold_of(result_of(table, RUN).sample(frac=1, random_state=0))
    found = heads_compared(table, fusion, choices(), RUN)
    assert found.chosen.images.tolist() == fusion.images.tolist()
    np.testing.assert_array_equal(found.chosen.probabilities, found.candidates["trees", "narrow"].probabilities)
    assert found.of_fold == dict.fromkeys((1, 2, 3), ("trees", "narrow"))
    stays = heads_compared(table, fusion, choices("blend", ALL), RUN)
    np.testing.assert_array_equal(stays.chosen.probabilities, fusion.probabilities)
    assert stays.of_fold[1] == ("blend", EVERY_VARIANT)


def test_the_choices_of_another_run_are_refused():
    table = predictions()
    fusion = out_of_fold_of(result_of(table, RUN))
    with pytest.raises(PredictionsError, match=r"chosen_inside.csv.*'other'.*run cv again"):
        heads_compared(table, fusion, choices().replace({"narrow": "other"}), RUN)
    with pytest.raises(PredictionsError, match=r"chosen_inside.csv.*folds"):
        heads_compared(table, fusion, choices().query("fold < 3"), RUN)
