"""Laws of the audit's tables and page: what was found stands first, what cannot be tested says so, names do no harm."""

import json
from dataclasses import replace
from math import nan

import numpy as np
import pytest

from cohort.audit.audited import Audited, GroupResult, ProbeResult
from cohort.audit.probe_list import FAMILIES as KNOWN_FAMILIES
from report.audited.audit_chapter import audit_chapter, audit_sections
from report.audited.audit_images import FILE, read_audit_images
from report.audited.audit_numbers import of_audit
from report.audited.audit_page import JSON, PAGE, TABLES, write_audit
from report.audited.extremes import extremes
from report.audited.families import FAMILIES
from report.evaluation import Evaluation
from report.measures.mistakes import thumbnail
from report.numbers import numbers
from report.section import cell_text
from tests.report.page.reading import read

COLOUR = ProbeResult("rgb_means", "colour", "the three colour means", 0.82, 0.78, 0.86, 0.11, 0.002, 0.004, True)
SIZE = ProbeResult("size", "size", "height and width", 0.5, 0.4, 0.6, 0.5, 0.6, 1.0, False)
NAME = ProbeResult("name", "name", "the file names", nan, nan, nan, nan, nan, nan, False, "too few patients")
CENTRE = GroupResult("centre", 3, "rgb_means", 0.9, 0.8, 0.95, 0.4, 0.002, 0.002, True)
HOSTILE = "<script>alert(1)</script>.png"


def made(**known):
    facts = {"data": "tiles", "images": 18, "patients": 9, "classes": ("c0", "c1", "c2"), "class_counts": (6, 6, 6)}
    return Audited(**facts | {"probes": (NAME, SIZE, COLOUR), "permutations": 499} | known)


def by_key(sections):
    return {section.key: section for section in sections}


def test_every_family_of_probes_has_its_words():
    assert set(FAMILIES) == set(KNOWN_FAMILIES)


def test_what_is_told_stands_first_and_what_cannot_be_tested_last(audit_images):
    section = by_key(audit_sections(made(), audit_images(), {}))["audit-probes"]
    assert section.cells.index.tolist() == [COLOUR.title, SIZE.title, NAME.title]
    cells = section.cells.map(cell_text)
    assert cells["told apart"].tolist() == ["yes", "not shown", "too few patients"]
    assert cells["accuracy"].tolist() == ["82.0 [78.0, 86.0]", "50.0 [40.0, 60.0]", "–"]
    assert cells["tissue shows in it"].tolist() == ["yes", "no", "no"]
    assert section.sentence.startswith("The classes differ in colour: that may be biology, as mucus is pale")


def test_what_to_do_is_said_of_the_families_that_tell_and_of_no_other(audit_images):
    sections = by_key(audit_sections(made(), audit_images(), {}))
    assert sections["audit-what-to-do"].cells.index.tolist() == ["colour"]
    silent = made(probes=(SIZE,))
    assert "audit-what-to-do" not in by_key(audit_sections(silent, audit_images(), {}))


def test_groups_and_broken_images_have_a_table_where_there_are_any(audit_images):
    sections = by_key(audit_sections(made(), None, {}))
    assert list(sections) == ["audit-probes", "audit-what-to-do"]
    sections = by_key(audit_sections(made(groups=(CENTRE,), broken={HOSTILE: "cut off at 200"}), None, {}))
    assert sections["audit-groups"].cells.map(cell_text).loc["centre", "told apart"] == "yes"
    assert sections["audit-broken"].cells.index.tolist() == [HOSTILE]


def test_a_report_has_the_chapter_where_there_was_an_audit(cohort, audit_images):
    answers = cohort()
    assert audit_chapter(Evaluation.of(answers)) is None and numbers(Evaluation.of(answers))["audit"] is None
    evaluation = Evaluation.of(answers, audited=made(), audit_images=audit_images())
    chapter = audit_chapter(evaluation)
    assert chapter.key == "audit" and all(section.at_length for section in chapter.sections)
    assert numbers(evaluation)["audit"]["probes"]["rgb_means"]["accuracy"] == {"value": 0.82, "low": 0.78, "high": 0.86}


def test_numbers_have_every_probe_and_group():
    content = of_audit(made(groups=(CENTRE,), broken={HOSTILE: "cut off"}))
    assert set(content["probes"]) == {"name", "size", "rgb_means"} and content["broken"] == 1
    assert content["probes"]["name"]["cannot"] == "too few patients" and content["groups"]["centre"]["told"]


@pytest.fixture
def written(tmp_path, audit_images):
    """A page of hostile names, and its folder."""
    images = audit_images()
    images = replace(images, table=images.table.assign(image=[f"{k:02d}{HOSTILE}" for k in range(18)]))
    small = {extremes(images)[0].image: thumbnail(np.zeros((9, 9, 3), np.uint8))}
    audited = made(broken={HOSTILE: "cut off at 200"}, groups=(CENTRE,))
    page = write_audit(tmp_path / "new", "<b>tiles</b>", audited, images, small, audited.sentences())
    return page.read_text(encoding="utf-8"), page.parent


def test_the_page_needs_nothing_else_and_runs_nothing(written):
    markup, _ = written
    shown = read(markup)
    assert not {tag for tag, _ in shown.tags} & {"script", "link", "iframe", "object", "embed", "base", "form", "b"}
    for tag, attributes in shown.tags:
        assert attributes.get("src", "data:").startswith("data:") and attributes.get("href", "#").startswith("#")
        assert tag != "img" or attributes["alt"]
    assert made().sentences()[0] in markup.replace("\u00a0", " ")


def test_all_that_was_found_lies_beside_the_page(written):
    _, folder = written
    assert {path.name for path in folder.iterdir()} == {JSON, FILE, TABLES, PAGE}
    assert Audited.from_json((folder / JSON).read_text()).probes[2] == COLOUR
    assert len(read_audit_images(folder / FILE).table) == 18
    assert json.loads((folder / JSON).read_text())["broken"] == {HOSTILE: "cut off at 200"}
    assert "cut off at 200" in (folder / TABLES).read_text()
