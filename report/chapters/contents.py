"""The table of contents: which chapters a report has, in the order of reading."""

from collections.abc import Callable, Iterable

from report.audited.audit_chapter import audit_chapter
from report.chapters.methods import methods
from report.chapters.more_patients import more_patients
from report.chapters.overall import overall
from report.chapters.patient_answers import patient_answers
from report.chapters.patients import patients
from report.chapters.probabilities import probabilities
from report.chapters.rakhlin2018 import rakhlin2018
from report.chapters.tissue_and_stain import tissue_and_stain
from report.chapters.tripod import tripod
from report.chapters.two_class import two_class
from report.choices.heads_chapter import other_choices
from report.evaluation import Evaluation
from report.section import Chapter, Section
from report.trained.trained_chapter import trained_networks

CHAPTERS: list[Callable[[Evaluation], Chapter | None]] = [
    overall,
    trained_networks,
    other_choices,
    two_class,
    rakhlin2018,
    probabilities,
    patient_answers,
    patients,
    tissue_and_stain,
    audit_chapter,
    more_patients,
]
APPENDICES: list[Callable[[Evaluation], Chapter | None]] = [methods, tripod]  # on the page only
LAST_IN_TABLE_MD = (  # keys, in their order there; the other sections stand before them
    "leaked-images",
    "learning-curve",
    "calibration",
    "conformal-sets",
    "conformal-sets-by-class",
    "answering-only-when-sure",
    "patients",
    "beside-the-paper-s-table-1",
    "does-the-fusion-differ-from-the-paper-s",
)


def made(contents: Iterable[Callable[[Evaluation], Chapter | None]], evaluation: Evaluation) -> list[Chapter]:
    """The chapters that this evaluation has."""
    chapters = [chapter(evaluation) for chapter in contents]
    return [chapter for chapter in chapters if chapter is not None]


def in_order_of_table_md(chapters: Iterable[Chapter]) -> list[Section]:
    """All sections in the order of table.md."""
    sections = [section for chapter in chapters for section in chapter.sections]
    first = [section for section in sections if section.key not in LAST_IN_TABLE_MD]
    last = [section for section in sections if section.key in LAST_IN_TABLE_MD]
    return first + sorted(last, key=lambda section: LAST_IN_TABLE_MD.index(section.key))
