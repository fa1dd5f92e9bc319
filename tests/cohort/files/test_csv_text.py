"""Laws of the tables: any of the usual columns, text stays text, and rows find their images or are refused."""

from time import perf_counter

import pytest

from cohort.files.csv_text import DatasetError, read_table, refuse, rows_by_image


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


# tables from other programs


TWO = [{"image": "ä.png", "label": "x, y", "patient": ""}, {"image": "b.png", "label": "z", "patient": ""}]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_excel_writes_is_read(mark, encoding, end, tmp_path):
    lines = [f"Image{mark}Label{mark}other, things", f'ä.png{mark}"x, y"{mark}1', f"b.png{mark}z{mark}", ""]
    (tmp_path / "t.csv").write_bytes(end.join(lines).replace("other, ", "other ").encode(encoding))
    assert read_table(tmp_path / "t.csv", ("image", "label")) == TWO


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("image,label\nä.png,x\n".encode("cp1252"), r"cannot be read .* decode .*; save it .*Excel: CSV UTF-8"),
        (b"image,label\na.png,x\0\n", r"holds NUL characters; save it"),
        (b"\xff\xfei\0m\0a", r"cannot be read .* truncated data; save it"),
        (b'image,label\n"a.png,x\n', r"unexpected end of data; close open quotes"),
        (b"image,label\n" + b"a" * 200_000 + b",x\n", r"field larger than field limit .* close open quotes"),
        (b"image,label\n" + b"a" * 5000 + b",x\n", r"(?s)image longer than 4096 characters; .*line 2"),
        (b"image,Label,label\na.png,x,y\n", r"(?s)columns of .* are there twice; rename.*label"),
        (b"\n" * (17 << 20), "larger than 16 MiB, the most"),
    ],
    ids=range(8),
)
def test_what_cannot_be_read_has_a_way_out(content, said, tmp_path):
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(DatasetError, match=said):
        read_table(tmp_path / "t.csv", ("image", "label"))


def test_a_folder_in_place_of_a_table_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="directory"):
        read_table(tmp_path, ("image",))


def test_labels_and_patients_are_the_same_however_their_accents_are_stored(tmp_path):
    path = write(tmp_path / "t.csv", "image,label,patient", "a.png,cafe\u0301,e\u0301", "b.png,caf\u00e9,\u00e9")
    first, second = read_table(path, ("image", "label"))
    assert (first["label"], first["patient"]) == (second["label"], second["patient"]) == ("caf\u00e9", "\u00e9")


def test_rows_match_images_however_their_accents_are_stored(tmp_path):
    rows = [{"image": "cafe\u0301.png", "label": "1", "patient": ""}]
    assert rows_by_image(tmp_path, rows, ["x/caf\u00e9.png"]).keys() == {"x/caf\u00e9.png"}


@pytest.mark.parametrize("names", [lambda n: f"x/{n}.png", lambda n: f"{n}/image.png"], ids=["files", "folders"])
def test_ten_thousand_rows_find_their_images_at_once(names, tmp_path):
    images = [names(n) for n in range(10_000)]
    rows = [{"image": f"data/{image}", "label": "1", "patient": ""} for image in reversed(images)]
    started = perf_counter()
    assert rows_by_image(tmp_path, rows, images).keys() == set(images)
    with pytest.raises(DatasetError, match=r"10000 rows of .* fit several images"):
        rows_by_image(tmp_path, [{**row, "image": "image.png"} for row in rows], [f"{n}/image.png" for n in images])
    assert perf_counter() - started < 5
