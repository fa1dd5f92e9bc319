"""Laws of the tables in a bundle: they come back as they were, and what a stranger writes is checked and bounded."""

import tracemalloc
from pathlib import Path

import pandas as pd
import pytest

from boost.bundle.archive import BundleError
from boost.bundle.tables import as_member, file_table, files_of_training, predictions_of
from cohort.files.text_columns import PredictionsError

NAME, CLASSES = Path("x.zip/predictions.csv"), ("a", "b")


@pytest.fixture
def table():
    images = ["1.png", "2,\n.png", "3\r.png"]
    rows = pd.DataFrame({"image": images, "label": ["a", "b", "a"], "patient": ["007", "", "NA"], "fold": [1, 2, 1]})
    return rows.assign(model="m", p_a=[0.1, 1 / 3, 5e-324], p_b=[0.9, 2 / 3, 1.0])


def test_predictions_come_back_to_the_bit(table):
    pd.testing.assert_frame_equal(predictions_of(as_member(table), NAME, CLASSES), table, check_dtype=False)


def test_files_come_back_by_their_digest():
    files = {"a,\n.png": "0" * 64, "b\r.png": "1" * 64}
    assert files_of_training(file_table(files), NAME) == {digest: image for image, digest in files.items()}


@pytest.mark.parametrize("change", [
    lambda table: table.drop(columns="patient"), lambda table: table.drop(columns="p_b"),
    lambda table: table.assign(p_c=0.0), lambda table: table.assign(p_a=float("nan")),
    lambda table: table.assign(p_a=float("inf")), lambda table: table.assign(p_a=0.5), lambda table: table[[]],
    lambda table: table.assign(fold=1.5), lambda table: table.assign(label="c"),
    lambda table: pd.concat([table, table]), lambda table: table.assign(fold=10**30),
])  # fmt: skip
def test_other_tables_are_refused(table, change):
    with pytest.raises((BundleError, PredictionsError)):
        predictions_of(as_member(change(table)), NAME, CLASSES)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"image\n1\n", b"image,sha256,image\n1,2,3\n", b'image\n"1'])
def test_lists_of_files_that_are_none_are_refused(content):
    with pytest.raises((BundleError, PredictionsError)):
        files_of_training(content, NAME)


def test_a_wide_header_over_short_rows_takes_no_room():
    """With pandas, 48 kB of this kind took 411 MB, and 99 kB 1.5 GB."""
    content = b"image,sha256" + b",c" * 8_000 + b"\n" + b"a\n" * 4_000
    tracemalloc.start()
    files_of_training(content, NAME)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 << 20


def test_a_table_that_would_not_be_read_is_not_written(table, monkeypatch):
    monkeypatch.setattr("boost.bundle.tables.LARGEST_TABLE", 10)
    for written in (lambda: as_member(table), lambda: file_table({"a.png": "0" * 64})):
        with pytest.raises(BundleError, match="use fewer variants"):
            written()
