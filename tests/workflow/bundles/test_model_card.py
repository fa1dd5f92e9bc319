"""Laws of the model card: what is not known is said, and so is what makes numbers too good."""

import re

import pytest

from boost.bundle.bundle import Bundle
from boost.fusion import fuse
from report.out_of_fold import out_of_fold_of
from workflow.bundles.model_card import card
from workflow.evidence import evidence


@pytest.fixture(scope="module")
def bundle(place):
    return Bundle.open(place.bundle)


@pytest.fixture
def made(bundle):
    """The card of the bundle with some facts changed."""
    import pandas as pd

    files = pd.DataFrame({"image": list(bundle.files.values()), "sha256": list(bundle.files), "phash": ""})
    fusion = out_of_fold_of(fuse(bundle.table))
    assert evidence(fusion, files)
    return lambda **facts: card(bundle.facts.to_json() | facts, fusion, bundle.decision, files)


def test_every_class_has_its_row_with_intervals(made):
    rows = re.findall(r"^\| (normal|benign|insitu|invasive) \| 6 \| .*\[.*\].*\|$", made(), re.MULTILINE)
    assert sorted(rows) == ["benign", "insitu", "invasive", "normal"]


def test_numbers_that_are_too_good_are_called_so(made):
    assert "too good" not in made().partition("## Limits")[0].partition("## Trained on")[2].partition("\n\n-")[0]
    assert "of unknown patients" in made(patients=0) and "all numbers here are too good" in made(patients=0)
    assert "were not kept apart: all numbers here are too good" in made(groups="none")
    assert "trained on and never tested" in made(**{"unknown patients": "train-only"})


def test_settings_that_are_not_the_papers_are_said(made, bundle):
    first, *others = bundle.variants
    known = bundle.variants[first] | {"stain": "none", "pooling": "mean+std"}
    text = made(variants={first: known} | {name: bundle.variants[name] for name in others})
    assert text.count("stain none, pooling mean+std, protocol") == 1
