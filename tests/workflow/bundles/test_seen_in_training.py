"""What a bundle may know of the images that it is tested on is told: files, patients, patients typed otherwise."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from cohort.samples import Sample
from workflow.bundles.seen_in_training import doubts_of, spelled_otherwise


@dataclass(frozen=True)
class Trained:
    """What is asked of a bundle."""

    table: pd.DataFrame
    files: dict
    tested: tuple = ()

    def tested_files(self):
        """Those of one test."""
        return list(self.tested)


BUNDLE = Trained(pd.DataFrame({"patient": ["p1", "007", ""]}), {"a" * 64: "old.png"})


@pytest.mark.parametrize(
    ("patient", "sha256", "said"),
    [
        ("new", "b" * 64, ""),
        ("", "b" * 64, ""),
        ("new", "a" * 64, "trained on 1 of these very images"),
        ("p1", "b" * 64, "1 patients are named as patients of the training, such as p1"),
        ("7", "b" * 64, "may be one patient"),
    ],
)
def test_what_is_known_already_is_told(patient, sha256, said):
    sample = Sample("x.png", Path("x.png"), "a", patient, sha256=sha256)
    notices = [str(notice) for notice in doubts_of(BUNDLE, [sample])]
    assert len(notices) == bool(said) and said in "".join(notices)


@pytest.mark.parametrize(
    ("patient", "sha256", "said"),
    [
        ("new", "b" * 64, ""),
        ("", "b" * 64, ""),
        ("new", "c" * 64, "fitted to 1 of these very images"),
        ("p1", "b" * 64, "fitted to images of 1 patients named as here"),
    ],
)
def test_the_images_and_patients_of_the_test_that_it_was_calibrated_on_are_told(patient, sha256, said):
    bundle = Trained(BUNDLE.table, {}, (("tested.png", "c" * 64),))
    sample = Sample("x.png", Path("x.png"), "a", patient, sha256=sha256)
    notices = [str(notice) for notice in doubts_of(bundle, [sample], trained_on=set())]
    assert len(notices) == bool(said) and said in "".join(notices)


def test_spellings_within_one_side_are_none_across():
    assert spelled_otherwise({"1", "01"}, {"2"}) == [] and spelled_otherwise({"1"}, {"01"}) == [["01", "1"]]
