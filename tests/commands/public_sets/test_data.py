"""Laws of the command data: it lists, tells, and downloads only what it is asked for."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cohort.public_sets import known_sets
from pipeline import app
from tests.cohort.downloads.local_server import serving
from tests.cohort.public_sets.small_sets import small_set

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "DATA.md").read_text()


def run(*arguments, code=0):
    result = CliRunner().invoke(app, ["data", *map(str, arguments)], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return " ".join(result.output.split())


def test_sets_are_listed_and_told_without_a_download(monkeypatch):
    monkeypatch.setattr("cohort.downloads.download.asked", lambda *_: pytest.fail("a network call"))
    said = run()
    for name, known in known_sets.PUBLIC_SETS.items():
        assert name in said and f"{known.images:,}" in said
    said = run("nct-crc")
    for words in ("CC BY 4.0", "Kather et al. 2019", "no tile tells its own", "the published test", "11,690,284,003"):
        assert words in said


def test_a_download_ends_in_folders_that_are_counted(monkeypatch, tmp_path):
    with serving() as server:
        known, server.files = small_set("nct-crc", server.url)
        monkeypatch.setitem(known_sets.PUBLIC_SETS, "nct-crc", known)
        said = run("nct-crc", "--to", tmp_path, "--offline", code=2)
        assert "must not be downloaded" in said and server.asked == []
        said = run("nct-crc", "--to", tmp_path)
    assert said.index("CC BY 4.0") < said.index("9 images")
    assert said.count("9 of the ") == 2 and "published images" in said
    assert f"finetune --data {tmp_path}/NCT-CRC-HE-100K --test {tmp_path}/CRC-VAL-HE-7K" in said


def test_what_cannot_be_downloaded_says_why(tmp_path):
    assert "Kaggle asks for an account" in run("pcam-kaggle", "--to", tmp_path, code=2)
    assert "no public set is called 'mnist'" in run("mnist", code=2)


@pytest.mark.parametrize("known", known_sets.PUBLIC_SETS.values(), ids=known_sets.PUBLIC_SETS)
def test_the_page_on_data_says_the_same(known):
    [row] = [line for line in PAGE.splitlines() if line.startswith(f"| `{known.name}` |")]
    for part in known.parts:
        assert f"{part.images:,}" in row
    assert known.licence.split(";")[0].removeprefix("that of ").removesuffix(" by the publisher") in row
