"""The tool that changes sources finds every place, changes nothing else, and knows the caught from the survivors."""

import ast
from pathlib import Path

import pytest

from benchmarks.mutants import Mutant, SourceFile, draw_mutants, summary, try_all

SOURCE = '''"""A project of one file, été."""
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    assert 1 < 2


def larger(first: Literal[1, 2], second: int = 3) -> Literal[4]:
    """The larger of two numbers, not 5."""
    if (first)  >  (  # not <
        second
    ):
        return first
    if second is not None and second not   in ():
        return second
    raise ValueError(f"{first + 6} is 7" + str(8))


def tripled(number):
    é, number = "é", number + 1; number -= True
    return number * 3 ** 1 + 0 * 9
'''
TESTS = """
from boost.numbers import larger, tripled

def test_that_fails_without_any_mutant():
    assert tripled(1) == 4

def test_larger():
    assert larger(2, 1) == 2 and larger(1, 2) == 2 and larger(1) == 3

def test_tripled():
    assert tripled(2) == 6
"""


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    (folder / "boost").mkdir(parents=True)
    (folder / "boost" / "numbers.py").write_text(SOURCE, "utf-8")
    (folder / "tests" / "boost").mkdir(parents=True)
    (folder / "tests" / "boost" / "test_numbers.py").write_text(TESTS, "utf-8")
    return folder


@pytest.fixture
def places(project):
    return SourceFile(project, Path("boost/numbers.py")).places()


def test_places_are_those_of_code_that_runs(places):
    signs = [place.old for place in places]
    assert signs == ["3", ">", "is not", "not   in", "+", "1", "-", "True", "*", "3", "**", "1", "+", "0", "*", "9"]


def test_a_mutant_is_another_program_of_as_many_lines(project):
    mutants = draw_mutants(project, ["boost", "no such room"], 100, seed=0)
    programs = {ast.unparse(ast.parse(mutant.applied_to(SOURCE.encode()))) for mutant in mutants}
    assert len(programs - {ast.unparse(ast.parse(SOURCE))}) == len(mutants) == 16
    lines = SOURCE.encode().splitlines()
    for mutant in mutants:
        changed = mutant.applied_to(SOURCE.encode()).splitlines()
        differing = [number for number, line in enumerate(lines, 1) if changed[number - 1] != line]
        assert differing == [mutant.place.line] and len(changed) == len(lines)


@pytest.mark.slow
def test_a_harmful_mutant_is_caught_and_a_harmless_one_survives(project, places):
    place_of = {place.old: place for place in places}
    harmful, harmless = Mutant(place_of[">"], "<="), Mutant(place_of["9"], "10")
    outcomes = try_all(project, [harmful, harmless], jobs=1, limit=600)
    assert outcomes == {harmful: "caught", harmless: "survived"}
    assert "| all | 1 | 2 |" in summary(outcomes)
    assert f"    {harmless}" in summary(outcomes).splitlines()
    assert (project / "boost" / "numbers.py").read_text("utf-8") == SOURCE
