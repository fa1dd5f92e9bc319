"""What is left out is told before anything else can go wrong."""

import pandas as pd
import pytest

from report.binary import PositiveError
from workflow.cohort_from_cache import cached_images


def test_warnings_come_before_the_error_of_a_later_check(place, tmp_path):
    labels = pd.read_csv(place.fields / "manifest.csv")[["image", "label"]]
    labels[2:].to_csv(tmp_path / "labels.csv", index=False)
    warnings = []
    with pytest.raises(PositiveError):
        cached_images(
            place.folder / "cache", None, labels=tmp_path / "labels.csv", positive=["none"], warn=warnings.extend
        )
    assert any("names 22 of the 24 images in the cache; the rest is left out" in warning for warning in warnings)


def test_a_command_prints_them_too(place, run, tmp_path):
    labels = pd.read_csv(place.fields / "manifest.csv")[["image", "label"]]
    labels[2:].to_csv(tmp_path / "labels.csv", index=False)
    printed = run(*place.fit, "--labels", tmp_path / "labels.csv", "--positive", "none", "--models", tmp_path, code=2)
    assert "names 22 of the 24 images" in printed


def test_a_table_of_labels_tells_its_columns_and_its_words_for_unknown(place, run, tmp_path):
    labels = pd.read_csv(place.fields / "manifest.csv")
    first, *others = labels["patient"].unique()
    renamed = labels.assign(patient=labels["patient"].replace({first: f" {first.upper()}\u200b"}), ward="x")
    renamed.loc[0, "patient"] = first
    renamed.loc[1, "patient"] = "unknown"
    renamed.to_csv(tmp_path / "labels.csv", index=False)
    cv = ["--labels", tmp_path / "labels.csv", "--positive", "none", "--models", tmp_path]
    printed = run(*place.fit, *cv, code=2)
    assert "note: labels.csv: columns not used: ward" in printed
    assert "labels.csv: 1 rows have a word for unknown in place of a patient ('unknown' 1)" in printed
    assert f"may be one patient: {first.upper()!r} and {first!r}" in printed and len(others) == 2
    printed = run(*place.fit, *cv, "--patients-as-written", code=2)
    assert "in place of a patient" not in printed and "words for unknown count as patients: 'unknown' 1" in printed
