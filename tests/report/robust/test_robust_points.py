"""Laws of robustness: nothing altered is nothing changed, flips are counted, guessing is told."""

import json

import numpy as np
import pandas as pd
import pytest

from cohort.layouts.nct_crc import TISSUES
from report.robust.published_robustness import PUBLISHED, is_nct_crc, published_section
from report.robust.robust_chapter import findings, picture_of, robust_chapter
from report.robust.robust_figures import MEASURES, robust_figure
from report.robust.robust_page import write_robustness
from report.robust.robust_points import AlteredAnswers, Robustness, answers_of
from report.robust.robust_tables import flips_table, robustness_table

IMAGES = 60


def votes_for(codes, classes, right, seed=0):
    """Probabilities that name the true class of images that are `right`, and the next class of others."""
    rng = np.random.default_rng(seed)
    named = np.where(right, codes, (codes + 1) % classes)
    votes = rng.uniform(0, 0.5 / classes, (len(codes), classes))
    votes[np.arange(len(codes)), named] = 1
    return votes / votes.sum(axis=1, keepdims=True)


def robustness(classes=("benign", "malignant"), wrong=((("jpeg", 20.0), 30), (("blur", 1.0), 0), (("hue", -20.0), 60))):
    codes = np.arange(IMAGES) % len(classes)
    labels = np.array(classes)[codes]
    images = np.array([f"i{number:02d}" for number in range(IMAGES)])
    patients = np.array([f"p{number // 4}" for number in range(IMAGES)])

    def answered(key, value, mistakes):
        right = np.arange(IMAGES) >= mistakes
        votes = votes_for(codes, len(classes), right)
        answers = answers_of(votes, images, labels, np.ones(IMAGES, int), patients, classes)
        return AlteredAnswers(key, value, answers, votes > 0.4)

    altered = [answered(*setting, mistakes) for setting, mistakes in wrong]
    guess = np.full(IMAGES, classes[0])
    return Robustness("run", answered("unaltered", 0.0, 0), altered, guess, 3, "0.90")


def test_each_setting_has_its_mistakes_and_flips():
    one = robustness()
    jpeg, hue, blur = (one.points[key][0] for key in ("jpeg", "hue", "blur"))
    assert (one.origin.accuracy.value, jpeg.accuracy.value, hue.accuracy.value) == (1, 0.5, 0)
    assert jpeg.flips.value == 0.5 == -jpeg.change.value and jpeg.change.high < 0
    assert blur.change.value == 0 == blur.flips.value and blur.change.low < 0 < blur.change.high
    assert hue.is_below_guess and hue.is_like_guess and not one.origin.is_like_guess
    assert not jpeg.is_below_guess and jpeg.is_like_guess
    assert one.guess_accuracy.value == 0.5
    assert jpeg.recall["benign"].value == 0.5 and jpeg.coverage.value == 0.5 and jpeg.set_size == 1
    assert one.origin.change is None and one.origin.flips is None


def test_a_curve_goes_through_the_unaltered_images():
    one = robustness()
    assert [point.alteration for point in one.curve("hue")] == ["hue", "unaltered"]
    assert [point.alteration for point in one.curve("blur")] == ["unaltered", "blur"]
    assert [point.alteration for point in one.curve("jpeg")] == ["jpeg"]


def test_the_tables_have_every_setting_and_every_image():
    one = robustness()
    table = robustness_table(one)
    assert table["alteration"].tolist() == ["unaltered", "jpeg", "hue", "blur"]
    assert {"accuracy_low", "recall_benign", "flips_high", "above_guess"} <= set(table.columns)
    flips = flips_table(one)
    assert flips["flipped"].tolist() == [2] * 30 + [1] * 30 and (flips["settings"] == 3).all()


def test_the_findings_are_sober():
    unaltered, *lines = findings(robustness())
    assert unaltered.startswith("unaltered: accuracy 100.0") and "class shares" not in unaltered
    assert lines[0].startswith("JPEG compression at 20: accuracy 50.0") and "cannot be told from the class" in lines[0]
    assert "below the class shares" in lines[1]
    assert "not told from no change; answers that change: 0.0 [0.0, " in lines[2]


def test_every_value_below_the_class_shares_is_named():
    _, line = findings(robustness(wrong=[(("blur", 1.0), 40), (("blur", 2.0), 60), (("blur", 4.0), 50)]))
    assert line.startswith("Gaussian blur at 2:") and line.endswith("below the class shares (and at 1, 4)")


@pytest.mark.parametrize("classes", [("a", "b"), ("a", "b", "c", "d")])
def test_a_caption_says_whether_intervals_are_drawn(classes):
    one = robustness(classes)
    drawn = [len(axes.collections) for axes in robust_figure(one, MEASURES["recall"]).axes if axes.get_visible()]
    said = picture_of(one, MEASURES["recall"]).caption
    assert (set(drawn), "with 95 % intervals" in said) == (({2}, True) if len(classes) == 2 else ({0}, False))


def test_what_is_written(tmp_path):
    one = robustness()
    printed = write_robustness(tmp_path, one, {"command": "robustness"})
    assert len(printed) == 1
    assert len(pd.read_csv(tmp_path / "robustness.csv")) == 4
    numbers = json.loads((tmp_path / "robustness.json").read_text(), parse_constant=pytest.fail)
    assert numbers["points"][0]["flips"] is None and numbers["class_shares"] == 0.5
    page = (tmp_path / "robustness.html").read_text()
    assert page.count("<figure>") == len(MEASURES) and "robust-accuracy.png" in {p.name for p in tmp_path.iterdir()}


@pytest.mark.parametrize("measure", ["accuracy", "recall", "flips"])
def test_a_figure_has_a_panel_for_each_alteration(measure):
    figure = robust_figure(robustness(), MEASURES[measure])
    assert [axes.get_title() for axes in figure.axes if axes.get_visible()] == [
        "JPEG compression", "hue, wrapped", "Gaussian blur",
    ]  # fmt: skip


def test_the_published_numbers_stand_beside_those_of_the_same_tissues():
    assert published_section(robustness()) is None and not is_nct_crc(["ADI"])
    one = robustness(TISSUES, [(setting, 6) for setting in PUBLISHED])
    section = published_section(one)
    cells = section.cells
    assert str(cells.loc["JPEG quality 20", "EfficientNet-B0"]) == "95.71"
    assert str(cells.loc["hue, clipped, 20", "EfficientNet-B0"]) == "96.03"
    assert str(cells.loc["JPEG quality 20", "this run"]).startswith("90.0 [")
    assert "robustness-published" in [section.key for section in robust_chapter(one).sections]
