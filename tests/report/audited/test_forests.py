"""Laws of the recipe on colour alone: published and yours side by side, each with what it rests on."""

import json

import numpy as np
import pytest

from report.audited.forests import PUBLISHED, TITLES, Recipe, forest_result, recipe_section
from report.section import cell_text
from report.statistics.intervals import wilson

LABEL = np.array(["ADI"] * 6 + ["TUM"] * 4)
PREDICTED = np.array(["ADI"] * 5 + ["TUM"] * 5)


def made(group=None, patients=0):
    group = np.arange(10) if group is None else group
    forests = tuple(forest_result(key, 3, LABEL, PREDICTED, group, "ADI") for key in PUBLISHED)
    return Recipe("train", "test", 90, 10, patients, 100, 0, forests)


def test_the_interval_is_wilsons_where_images_are_independent():
    result = made().forests[0]
    low, high = wilson(np.array(0.9), np.array(10.0))
    assert (result.accuracy.value, result.most_frequent) == (0.9, 0.6)
    assert (result.accuracy.low, result.accuracy.high) == pytest.approx((float(low), float(high)))
    assert result.balanced_accuracy.value == pytest.approx((5 / 6 + 1) / 2)


def test_published_and_yours_stand_side_by_side_and_what_was_chosen_is_said():
    section = recipe_section(made())
    cells = section.cells.map(cell_text)
    published = cells["published"].to_dict()
    assert published == {TITLES["rgb_means"]: "53.8", TITLES["colour_histogram"]: "82.2"}
    assert cells["yours"].str.startswith("90.0 [").all() and (cells["guessing"] == "60.0").all()
    assert "100 trees" in section.sentence and "no patient is known" in section.sentence
    assert "4 known patients" in recipe_section(made(patients=4)).sentence


def test_a_line_for_each_forest():
    lines = made().sentences()
    assert len(lines) == 2 and "\n" not in "".join(lines)
    assert all("90.0 [" in line and "guessing 60.0 %" in line for line in lines)
    assert "53.8 %" in lines[0] and "82.2 %" in lines[1]


def test_programs_get_every_number_and_null_for_what_is_none():
    content = json.loads(made(group=np.zeros(10, int), patients=1).to_json())
    assert content["forests"]["rgb_means"]["published"] == 0.538 and content["trees"] == 100
    assert content["forests"]["rgb_means"]["accuracy"] == {"value": 0.9, "low": None, "high": None}
