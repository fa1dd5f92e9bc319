"""The report as one web page that needs nothing else: no network, no script, no second file."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from report.chapters.methods import settings_sections
from report.chapters.tripod import checklist_section
from report.evaluation import Evaluation
from report.page.figures import drawings
from report.page.gallery import gallery
from report.page.headline import headline
from report.page.html_table import section_block
from report.page.markup import Html, element, joined, slug
from report.section import Section

STYLE = Path(__file__).with_name("page.css")
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
CHAPTERS: dict[str, tuple[str, ...]] = {  # which sections stand where; what is in none comes under OTHERS
    "How often the answers are right": ("Accuracy by fold", "All images together", "Confusion matrix", "Classes"),
    "The two-class task": ("Two classes", "Operating points", "Choosing the threshold"),
    "Beside the published results": ("Beside the paper's Table 1", "Does the fusion differ from the paper's?"),
    "What the probabilities are worth": ("Calibration", "Conformal sets", "Answering only when sure"),
    "Whose images they are": ("Patients", "Leaks", "Leaked images", "Leaks and accuracy"),
    "Would more patients help?": ("Learning curve",),
}
OTHERS = "Further tables"


def page(
    title: str,
    facts: Evaluation,
    sections: Iterable[Section],
    figures: Mapping[str, Figure | None],
    thumbnails: Mapping[str, bytes],
) -> bytes:
    """The whole page, the same bytes for the same input.

    `figures` are those of the report by their file's name, without ending; `thumbnails` JPEG files by the image's name.
    """
    drawn = drawings(facts, figures)
    chapters = {
        "Result": headline(facts),
        **{
            name: joined([section_block(part, drawn.get(part.title)) for part in parts])
            for name, parts in by_chapter(sections).items()
        },
        "The worst errors": gallery(facts.fusion, thumbnails),
        "How it was made": joined(map(section_block, settings_sections(facts.settings))),
        "Checklist": section_block(checklist_section(facts)),
    }
    links = [element("li", element("a", name, href=f"#{address(name)}")) for name in chapters]
    main = [
        element("section", element("h2", name), "\n", content, "\n", id=address(name), class_="chapter")
        for name, content in chapters.items()
    ]
    nav = element("nav", element("ol", links), aria_label="Contents")
    body = element("body", top(title, facts), nav, element("main", main), bottom())
    whole = element("html", head(title), body, lang="en")
    return f"<!DOCTYPE html>\n{whole}\n".encode()


def by_chapter(sections: Iterable[Section]) -> dict[str, list[Section]]:
    """The sections by chapter, in the order of reading; chapters without any are left out."""
    left = {part.title: part for part in sections}
    found = {name: [left.pop(title) for title in titles if title in left] for name, titles in CHAPTERS.items()}
    return {name: parts for name, parts in (found | {OTHERS: list(left.values())}).items() if parts}


def head(title: str) -> Html:
    """What a browser must know before it draws; the policy forbids it to fetch or run anything."""
    return element(
        "head",
        element("meta", charset="utf-8"),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", f"{title}: histoboost report"),
        element("style", Html(STYLE.read_text(encoding="utf-8"))),
    )


def top(title: str, facts: Evaluation) -> Html:
    """Title, and how much it rests on."""
    fusion = facts.fusion
    known = f"{facts.resamples.patients(fusion.known)} known" if fusion.known.any() else "no known"
    folds = len(np.unique(fusion.fold))
    about = f"{len(fusion.label)} images · {known} patients · {len(fusion.classes)} classes · {folds} folds"
    kind = element("p", "histoboost, cross-validation report")
    return element("header", kind, element("h1", title), element("p", about))


def bottom() -> Html:
    """What holds for the whole page."""
    words = "Made by histoboost from the answers alone. Colours: Okabe & Ito. For research; not a medical device."
    return element("footer", element("p", words))


def address(chapter: str) -> str:
    """The address of a chapter, which may have the title of one of its sections."""
    return f"chapter-{slug(chapter)}"
