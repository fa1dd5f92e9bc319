"""The table of all images and the features that a classifier is given."""

from pathlib import Path

import numpy as np
import pytest

from cohort.audit.measure_image import ImageMeasures
from cohort.audit.measured import MOST_CATEGORIES, measured_from
from cohort.audit.probe_list import OF_FILES, AuditError
from cohort.samples import Sample

NAN = float("nan")


def measured(columns=None, **probes):
    """Of images 0.png, 1.png ... with some numbers, or words, of a probe each."""
    count = len(next(iter(probes.values())))
    samples = [Sample(f"{number}.png", Path("x"), "a") for number in range(count)]
    rows = {}
    for place, sample in enumerate(samples):
        numbers, words = full(), full_words()
        for key, values in probes.items():
            (words if isinstance(values[place][0], str) else numbers)[key] = values[place]
        rows[sample.name] = ImageMeasures.of(numbers, words, "cut off" if place == 1 else "", f"{place:016x}")
    return measured_from(samples, rows, columns)


def full():
    return {probe.key: (0.0,) * len(probe.numbers) for probe in OF_FILES}


def full_words():
    return {probe.key: ("",) * len(probe.words) for probe in OF_FILES}


def test_numbers_stay_numbers_and_constant_ones_are_left_out():
    table = measured(rgb_means=[(1, 5, 2), (2, 5, 1)])
    np.testing.assert_array_equal(table.features("rgb_means"), [[1, 2], [2, 1]])
    assert table.feature_names("rgb_means") == ("red mean", "blue mean")
    assert table.keys == ("rgb_means", "name")


def test_a_missing_number_is_the_median_and_says_where_once():
    table = measured(noise=[(1, 4), (NAN, NAN), (3, 8), (4, 9)])
    assert table.feature_names("noise") == ("noise", "noise of colour", "noise is missing")
    np.testing.assert_array_equal(table.features("noise"), [[1, 4, 0], [3, 8, 1], [3, 8, 0], [4, 9, 0]])


def test_a_quality_that_could_not_be_seen_tells_nothing():
    table = measured(former_jpeg=[(60,), (NAN,), (80,), (80,)])
    np.testing.assert_array_equal(table.features("former_jpeg"), [[60], [80], [80], [80]])


def test_categories_are_columns_of_0_and_1_and_rare_ones_share_one():
    table = measured(jpeg=[("a", "", ""), ("a", "", ""), ("b", "", ""), ("b", "", ""), ("c", "", ""), ("d", "", "")])
    assert table.feature_names("jpeg") == ("tables: a", "tables: b", "tables: another")
    np.testing.assert_array_equal(table.features("jpeg").sum(axis=1), np.ones(6))


def test_however_many_categories_there_are_their_columns_are_few():
    words = [(f"{number // 2}", "", "") for number in range(300)]
    table = measured(jpeg=words)
    assert table.features("jpeg").shape == (300, MOST_CATEGORIES + 1)


def test_a_column_of_the_manifest_is_a_word_or_where_it_holds_many_numbers_one_number():
    names = [f"{number}.png" for number in range(30)]
    depth = {name: f"{number / 10}" for number, name in enumerate(names[:29])}
    scanner = {name: "AB"[number % 2] for number, name in enumerate(names)}
    table = measured({"depth": depth, "scanner": scanner}, noise=[(number, 0) for number in range(30)])
    np.testing.assert_allclose(table.features("manifest:depth")[:29, 0], np.arange(29) / 10)
    assert table.feature_names("manifest:depth") == ("depth", "depth is missing")
    assert table.feature_names("manifest:scanner") == ("scanner: A", "scanner: B")


def test_images_that_could_not_be_read_are_left_out():
    whole = measured(noise=[(1, 1), (2, 2)])
    samples = [Sample("0.png", Path("x"), "a"), Sample("1.png", Path("x"), "a")]
    row = ImageMeasures.of(full(), full_words(), "", "")
    assert measured_from(samples, {"1.png": row, "0.png": "not a readable image"}).names == ("1.png",)
    assert whole.broken == {"1.png": "cut off"}
    with pytest.raises(AuditError, match="none of the images"):
        measured_from(samples, {"0.png": "not a readable image"})


def test_some_images_in_another_order():
    table = measured(noise=[(1, 1), (2, 2), (3, 3)])
    chosen = table.of_images(["2.png", "1.png"])
    np.testing.assert_array_equal(chosen.features("noise"), [[3, 3], [2, 2]])
    assert (chosen.names, chosen.broken, chosen.phashes) == (
        ("2.png", "1.png"),
        {"1.png": "cut off"},
        (f"{2:016x}", f"{1:016x}"),
    )
    with pytest.raises(AuditError, match="were not measured"):
        table.of_images(["9.png"])
    with pytest.raises(AuditError, match="was not measured"):
        table.features("manifest:scanner")
