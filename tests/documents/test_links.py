"""Links lead somewhere, every document says what it is for and where to go on, and README.md is short."""

import re

import pytest

from tests.documents.parts import NAMES, ROOT, anchors, prose, text_of

LINK = re.compile(r"\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)$", re.MULTILINE)
MORE = ["CONTRIBUTING.md", "CHANGELOG.md", "benchmarks/README.md", "cache/README.md", "docs/iciar2018/README.md"]
WITH_LINKS = [*NAMES, *MORE, "tests/formats/README.md"]
WIDEST = 125  # characters of a line that is no table and no link
LIST_OF_WARNINGS = "docs/WARNINGS.md"  # whose entries many hands write


@pytest.mark.parametrize("name", WITH_LINKS)
def test_links_and_their_anchors_are_there(name):
    lost = []
    for target in (first or second for first, second in LINK.findall(text_of(name))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (ROOT / name).parent / path if path else ROOT / name
        if not file.exists() or (anchor and anchor not in anchors(file.resolve().relative_to(ROOT))):
            lost.append(target)
    assert lost == []


@pytest.mark.parametrize("name", NAMES)
def test_links_by_name_are_defined_and_used(name):
    text = prose(name)
    assert not re.search(r"\n[^\n\[].*\n\[[^\]]+\]: ", text), (
        "a blank line before them, or they are a part of the paragraph"
    )
    defined = re.findall(r"^\[([^\]]+)\]: ", text, re.MULTILINE)
    assert set(re.findall(r"\]\[([^\]]+)\]", text)) == set(defined)


@pytest.mark.parametrize("name", NAMES)
def test_a_document_begins_with_what_it_is_for_and_ends_with_where_to_go_on(name):
    text = text_of(name)
    assert re.match(r"# .+\n\n[^#|`!\s-]", text), "a title, and a sentence below it"
    last = re.findall(r"^#{1,2} (.+)$", text, re.MULTILINE)[-1]
    assert last == "Where to go on"


@pytest.mark.parametrize("name", [name for name in NAMES if name != LIST_OF_WARNINGS])
def test_lines_are_not_wider_than_a_screen(name):
    wide = []
    for line in text_of(name).splitlines():
        if len(line) > WIDEST and not line.lstrip().startswith(("|", "- [", "python pipeline.py extract", "image ->")):
            wide.append(line)
    assert [line for line in wide if "](" not in line] == []


def test_every_document_is_named_in_the_first_one():
    first = text_of("README.md")
    assert [name for name in NAMES[1:] if f"]({name})" not in first] == []


def test_the_first_document_is_short_and_soon_at_the_readers_own_images():
    lines = text_of("README.md").splitlines()
    assert len(lines) <= 180
    first_screen = "\n".join(lines[:40])
    for command in ("python pipeline.py extract --data my_images", "python pipeline.py cv", "patients.csv"):
        assert command in first_screen


def test_code_speaks_of_documents_that_are_there():
    spoken = re.compile(r"(?<![\w/])(?:docs|benchmarks|cache)/[A-Za-z0-9_]+\.md(?:#[\w-]+)?")
    lost = []
    for path in sorted(ROOT.rglob("*.py")):
        rooms = path.relative_to(ROOT).parts
        if rooms[0].startswith(".") or rooms[0] == "tests":
            continue
        for target in spoken.findall(path.read_text(encoding="utf-8")):
            file, _, anchor = target.partition("#")
            if not (ROOT / file).is_file() or (anchor and anchor not in anchors(file)):
                lost.append(f"{path.relative_to(ROOT)}: {target}")
    assert lost == []
