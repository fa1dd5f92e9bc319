"""Which further columns of a manifest are looked at."""

import pytest

from cohort.audit.manifest_columns import further_columns
from cohort.read_dataset import read_dataset


def columns(folder, header, rows):
    """The further columns of a manifest of four images of two classes and three patients."""
    lines = [f"image,label,PatientID,{header}"]
    for name, label, patient, row in zip("abcd", "xxyy", "1223", rows, strict=True):
        (folder / f"{name}.png").write_bytes(b"")
        lines.append(f"{name}.png,{label},{patient},{row}")
    (folder / "manifest.csv").write_text("\n".join(lines))
    return further_columns(folder, read_dataset(folder).samples)


def test_scanner_and_batch_are_taken_with_what_is_unknown(tmp_path):
    found = columns(tmp_path, "Scanner Model,batch", ["A,1", "A,1", "B,2", "NA,1"])
    assert found["Scanner Model"] == {"a.png": "A", "b.png": "A", "c.png": "B", "d.png": ""}
    assert list(found) == ["Scanner Model", "batch"]


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        ("note", ["p", "q", "r", "s"]),  # a value of its own for every image
        ("constant", ["p"] * 4),
        ("class", ["x", "x", "y", "y"]),
        ("diagnosis", ["0", "0", "1", "1"]),  # the label under another name
        ("finding", ["X", "X", "Y", "Y"]),
        ("case number", ["7", "8", "8", "9"]),  # the patient under another name
        ("fold", ["1", "2", "1", "2"]),
        (" ", ["1", "2", "1", "2"]),
    ],
)
def test_columns_that_say_something_else_are_not(tmp_path, header, rows):
    assert columns(tmp_path, header, rows) == {}


def test_a_scanner_that_goes_with_the_class_is_taken(tmp_path):
    assert list(columns(tmp_path, "scanner", ["A", "A", "B", "B"])) == ["scanner"]


def test_class_folders_have_no_columns(folder):
    assert further_columns(folder, read_dataset(folder).samples) == {}
