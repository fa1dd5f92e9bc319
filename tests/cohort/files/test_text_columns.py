"""Laws of columns of text: good cells become numbers, and the others are named."""

import pandas as pd
import pytest

from cohort.files.text_columns import (
    PredictionsError,
    cells,
    refuse,
    require_columns,
    require_names,
    shares,
    whole_numbers,
)

TEXTS = pd.DataFrame({"image": ["a", "b"], "good": [" 1", "0"], "bad": ["1.5", ""]}, dtype=str)


def test_columns_of_text_become_numbers_or_name_the_cells_that_are_none():
    assert whole_numbers(TEXTS, "good", "t").tolist() == shares(TEXTS, "good", "t").tolist() == [1, 0]
    with pytest.raises(PredictionsError, match=r"^t: bad is a whole number; broken by a: '1.5', b: ''; number the"):
        whole_numbers(TEXTS, "bad", "t")
    with pytest.raises(PredictionsError, match=r"^t: bad is a number in \[0, 1\]; broken by a: '1.5', b: ''; write"):
        shares(TEXTS, "bad", "t")


def test_cells_are_named_by_their_image():
    assert cells(TEXTS, "bad", TEXTS["image"] == "b") == ["b: ''"]


def test_missing_columns_are_named_beside_those_that_are_there():
    require_columns(TEXTS, ("image", "bad"), "t")
    with pytest.raises(PredictionsError, match=r"columns image, x are needed; broken by x; found image, good, bad: "):
        require_columns(TEXTS, ("image", "x"), "t")
    require_names(["a", "b"], ["b"], "t")
    with pytest.raises(PredictionsError, match="broken by c; found none"):
        require_names([], "c", "t")


def test_only_offenders_are_refused():
    refuse("t", "rule", [], "way out")
    with pytest.raises(PredictionsError, match=r"^t: rule; broken by 0, 1, 2 and 1 more; way out$"):
        refuse("t", "rule", range(4), "way out")
