"""Numbers of models that were selected on the test images say so, wherever they stand."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Protocol

from matplotlib.figure import Figure

from cohort.checks.notices import Notice
from report.section import Chapter, Picture, Section
from report.trained.training_history import OPTIMISTIC

LABEL = "OPTIMISTIC: selected on the test images"


class MaybeOptimistic(Protocol):
    """Predictions, or what is made of them."""

    @property
    def is_optimistic(self) -> bool:
        """Whether a model was chosen by the images that it answers for."""


def optimism_of(run: MaybeOptimistic, name: str) -> list[Notice]:
    """A warning for a run that was selected on the test."""
    return [Notice("selected-on-test", f"{name}: {OPTIMISTIC}")] if run.is_optimistic else []


def labelled_chapters(chapters: Iterable[Chapter]) -> list[Chapter]:
    """Chapters each of whose sections begins with the label."""
    labelled = []
    for chapter in chapters:
        sections = tuple(labelled_section(section) for section in chapter.sections)
        labelled.append(replace(chapter, sections=sections))
    return labelled


def labelled_section(section: Section) -> Section:
    """A section whose sentence, caption and figure carry the label."""
    picture = None if section.picture is None else labelled_picture(section.picture)
    return replace(section, sentence=f"{LABEL}. {section.sentence}", picture=picture)


def labelled_picture(picture: Picture) -> Picture:
    """A figure with the label in itself, for it may be shown without its caption."""

    def draw() -> Figure:
        figure = picture.draw()
        figure.text(0.01, 0.005, LABEL, color="#b00020", fontsize=9, ha="left", va="bottom")
        return figure

    return replace(picture, draw=draw, caption=f"{LABEL}. {picture.caption}", alt=f"{LABEL}. {picture.alt}")
