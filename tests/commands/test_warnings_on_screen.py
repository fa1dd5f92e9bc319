"""Beside a result warnings take few rows of the screen, and every one of them stands in a file beside it."""

import sys

import pytest
import typer

from cohort.checks.notices import Notice
from cohort.samples import DatasetError
from commands.terminal import console, plainly, show_report, track, warn
from commands.warnings_on_screen import ALWAYS, BARS, NAME, ROWS, keep_warnings, telling, told_so_far

LENGTHS = (60, 700, 30, 200, 2000, 20)  # letters


def notices(lengths):
    """Warnings of so many letters, whose names are of any script."""
    return [Notice("small-class", f"{number} {'größer ' * (length // 7)}end{number}") for number, length in lengths]


def command(folder, lengths, error=None):
    @plainly
    def work(verbose: bool = False):
        warn(notices(enumerate(lengths)))
        for number in range(BARS + 3):
            list(track(f"work {number}", range(2), 2))
        if error is not None:
            raise error
        show_report([], folder, verbose)
        warn(notices([(99, 700)]))

    return work


@pytest.mark.parametrize("lengths", [LENGTHS, LENGTHS[::-1], (3000,), (20,) * 50, ()])
@pytest.mark.parametrize("width", [60, 80, 100])
def test_warnings_have_few_rows_and_none_is_lost(lengths, width, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(console, "_width", width)  # COLUMNS was read when the console was made
    command(tmp_path, lengths)(verbose=False)
    before, _, after = capsys.readouterr().out.partition("written to ")
    assert before.count("\n") <= ROWS + BARS
    assert [line for line in before.splitlines() if len(line) > width] == []
    assert "end99" in after, "what is told after the result is told in whole"
    kept = (tmp_path / NAME).read_text().splitlines() if lengths else []
    assert kept == [f"warning: {notice}" for notice in notices(enumerate(lengths))]
    whole = sum(f"end{number}" in before for number in range(len(lengths)))
    words = " ".join(after.split())
    untold = len(lengths) - whole
    assert f"{untold} more warning{'s' * (untold > 1)} in {NAME}" in words if untold else "more warning" not in words
    command(tmp_path, ())(verbose=True)
    assert not (tmp_path / NAME).exists(), "those of an earlier run are not this one's"


def test_what_makes_numbers_too_good_is_told_whatever_the_room(tmp_path, capsys):
    with telling({"verbose": False}, console):
        warn([Notice("small-class", "x" * 2000), *(Notice(kind, f"this is {kind}") for kind in sorted(ALWAYS))])
    said = capsys.readouterr().out
    assert all(f"this is {kind}" in said for kind in ALWAYS)


def test_all_are_printed_when_all_is_asked_for(tmp_path, capsys):
    command(tmp_path, LENGTHS)(verbose=True)
    said = capsys.readouterr().out
    assert all(f"end{number}" in said for number in range(len(LENGTHS))) and "more warning" not in said
    assert (tmp_path / NAME).read_text().count("\n") == len(LENGTHS)


def test_an_error_is_told_with_the_warnings_that_may_explain_it(tmp_path, capsys):
    with pytest.raises(typer.Exit):
        command(tmp_path, LENGTHS, DatasetError("too few"))(verbose=False)
    said = capsys.readouterr().out
    assert all(f"end{number}" in said for number in range(len(LENGTHS)))


def test_a_command_without_a_result_prints_all_and_leaves_the_file(tmp_path, capsys):
    (tmp_path / NAME).write_text("of cv\n")
    with telling({}, console):
        warn(notices(enumerate(LENGTHS)))
        assert told_so_far().rows > sys.maxsize and keep_warnings(tmp_path) == ""
    assert capsys.readouterr().out.count("end") == len(LENGTHS)
    assert (tmp_path / NAME).read_text() == "of cv\n"
