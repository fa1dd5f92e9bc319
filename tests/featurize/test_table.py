"""Laws of the tables: any of the usual columns, text stays text, and rows find their images or are refused."""

import pytest

from featurize.table import DatasetError, read_table, refuse, rows_by_image


def write(path, *lines):
    path.write_text("\n".join(lines) + "\n")
    return path


def test_rows_are_text_under_our_names(tmp_path):
    path = write(tmp_path / "t.csv", "PATIENT,Class,filename", "007,1,a.png", ",NA,b.png")
    assert read_table(path, ("image", "label")) == [
        {"image": "a.png", "label": "1", "patient": "007"},
        {"image": "b.png", "label": "NA", "patient": ""},
    ]


def test_a_column_that_is_not_required_may_be_missing(tmp_path):
    path = write(tmp_path / "t.csv", "image", "a.png")
    assert read_table(path, ("image",)) == [{"image": "a.png", "label": "", "patient": ""}]
    with pytest.raises(DatasetError, match=r"no column label \(or class\); it has: image"):
        read_table(path, ("image", "label"))


@pytest.mark.parametrize(
    ("given", "found"),
    [("a.png", "x/a.png"), ("x/a.png", "x/a.png"), ("deep/x/a.png", "x/a.png"), ("y/a.png", None), ("xa.png", None)],
)
def test_names_match_by_whole_steps_of_the_path(given, found, tmp_path):
    rows = [{"image": given, "label": "1", "patient": ""}, {"image": "b.png", "label": "2", "patient": ""}]
    assert set(rows_by_image(tmp_path, rows, ["x/a.png", "b.png"])) == {"b.png", found} - {None}


def test_a_name_that_fits_two_images_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="fit several images"):
        rows_by_image(tmp_path, [{"image": "a.png", "label": "1", "patient": ""}], ["x/a.png", "y/a.png"])


def test_offenders_are_counted_and_the_first_are_listed():
    refuse([], "rule")
    with pytest.raises(DatasetError) as error:
        refuse([f"o{number}" for number in range(30)], "things are odd", shown=2)
    assert str(error.value) == "30 things are odd:\n  o0\n  o1\n  ... and 28 more"
