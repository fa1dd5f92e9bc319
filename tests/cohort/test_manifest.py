"""Laws of the paths in a table: they mean the same files wherever the data set is moved, however spelled."""

from pathlib import Path
from unicodedata import normalize

import pytest

from cohort.files.csv_text import DatasetError
from cohort.manifest import exists, find_images

NAME = normalize("NFC", "Größe é.png")


@pytest.fixture
def table(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.png").touch()
    return tmp_path / "manifest.csv"


@pytest.mark.parametrize("given", ["a/b.png", "./a/b.png", "a//b.png", "a\\b.png", "{folder}/a/b.png"])
def test_a_file_below_the_table_is_named_from_there(given, table):
    assert find_images(table, [given.format(folder=table.parent)]) == [Path("a/b.png")]


@pytest.mark.parametrize("stored", ["NFC", "NFD"])
@pytest.mark.parametrize("given", ["NFC", "NFD"])
@pytest.mark.parametrize("where", ["", "{folder}/"])
def test_accents_are_found_however_they_are_stored(stored, given, where, table):
    name = f"{normalize(stored, 'ä')}/{normalize(stored, NAME)}"
    (table.parent / name).parent.mkdir()
    (table.parent / name).touch()
    text = where.format(folder=table.parent) + f"{normalize(given, 'ä')}/{normalize(given, NAME)}"
    assert find_images(table, [text]) == [Path(name)]


def test_an_exact_name_goes_before_its_twin(table):
    for form in ("NFC", "NFD"):
        (table.parent / normalize(form, NAME)).touch()
    for form in ("NFC", "NFD"):
        assert find_images(table, [normalize(form, NAME)]) == [Path(normalize(form, NAME))]


def test_what_is_not_there_stays_as_it_is_given(table):
    outside = str(table.parent.parent / "elsewhere" / "c.png")
    long = "x" * 300 + ".png"
    assert find_images(table, ["a/c.png", outside, long]) == [Path("a/c.png"), Path(outside), Path(long)]
    assert not exists(Path(long)) and not exists(Path("a\0b"))


@pytest.mark.parametrize("given", ["../a/b.png", "a/../../x/b.png", "..", "..\\b.png"])
def test_a_path_out_of_the_folder_is_refused_with_a_way_out(given, table):
    with pytest.raises(DatasetError, match=r"lead out of its folder .* write whole paths"):
        find_images(table, ["a/b.png", given])
