"""Every notice is of a kind that the docs explain, and every kind is used."""

import ast
import re
from pathlib import Path

import pytest

from cohort.checks.notices import KINDS, Notice

ROOT = Path(__file__).resolve().parents[3]
ROOMS = ("cohort", "featurize", "boost", "report", "workflow", "commands")


def kinds_in_code():
    """The kind of every notice that the program makes, which is written out where it is made."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "Notice":
                    yield ast.literal_eval(node.args[0]) if isinstance(node.args[0], ast.Constant) else None


def test_the_docs_explain_every_kind_and_no_other():
    headings = re.findall(r"^## (.+)$", (ROOT / "docs" / "WARNINGS.md").read_text(), re.MULTILINE)
    assert headings == list(KINDS) == sorted(KINDS)


def test_every_kind_is_made_somewhere():
    assert set(kinds_in_code()) - {None} == set(KINDS)


def test_a_notice_is_its_sentence_and_knows_its_level():
    notice = Notice("small-class", "classes with fewer images")
    assert (notice, notice.kind, notice.level) == ("classes with fewer images", "small-class", "warning")
    with pytest.raises(KeyError):
        Notice("no-such-kind", "")
