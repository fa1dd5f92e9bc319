"""The report as one web page that needs nothing else: no network, no script, no second file."""

from collections.abc import Iterable, Mapping
from importlib import resources

import numpy as np
from matplotlib.figure import Figure

from report.blocks import section_block
from report.checklist import checklist_section
from report.drawings import drawings
from report.facts import Facts
from report.gallery import gallery
from report.headline import headline
from report.markup import Html, element, joined, slug
from report.section import Section
from report.settings import settings_sections
from report.tripod import CITATION

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
BESIDE = ("Beside the paper's Table 1", "The fusion fold by fold", "Two classes beside the paper")
CHAPTERS: dict[str, tuple[str, ...]] = {  # which sections stand where; what is in none comes under OTHERS
    "How often the answers are right": ("Accuracy by fold", "All images together", "Confusion matrix", "Classes"),
    "The two-class task": ("Two classes", "Operating points", "Choosing the threshold"),
    "Beside the published results": (*BESIDE, "Does the fusion differ from the paper's?"),
    "What the probabilities are worth": ("Calibration", "Conformal sets", "Answering only when sure"),
    "Whose images they are": ("Leaks", "Leaked images", "Patients"),
}
OTHERS = "Further tables"
NO_LEAKS = Section("Leaks", "Not looked for: only a list of images, patients and files can tell, and none was at hand.")


def page(
    title: str,
    facts: Facts,
    sections: Iterable[Section],
    figures: Mapping[str, Figure | None],
    thumbnails: Mapping[str, bytes | None] | None = None,
) -> bytes:
    """The whole page, the same bytes for the same input.

    `figures` are those of the report by their file's name, without ending; `thumbnails` JPEG files by the image's name.
    """
    sections = list(sections)
    if facts.leaks is None and not any(part.title == "Leaks" for part in sections):
        sections.append(NO_LEAKS)
    drawn = drawings(facts, figures)
    chapters = [
        ("Result", headline(facts), []),
        *(chapter(name, parts, drawn) for name, parts in chapters_of(sections)),
        ("The worst errors", gallery(facts.fusion, thumbnails or {}), []),
        chapter("How it was made", settings_sections(dict(facts.settings or {})), {}),
        ("Checklist", section_block(checklist_section(facts), title=False), []),
    ]
    body = [
        top(title, facts),
        contents(chapters),
        element("main", [chapter_block(name, content) for name, content, _ in chapters]),
        bottom(facts),
    ]
    whole = element("html", head(title), element("body", body), lang="en")
    return f"<!DOCTYPE html>\n{whole}\n".encode("utf-8", "replace")


def head(title: str) -> Html:
    """What a browser must know before it draws."""
    style = resources.files("report").joinpath("page.css").read_text(encoding="utf-8")
    return element(
        "head",
        element("meta", charset="utf-8"),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="generator", content="histoboost"),
        element("title", f"{title}: histoboost report"),
        element("style", Html(style)),
    )


def top(title: str, facts: Facts) -> Html:
    """Title, and how much it rests on."""
    fusion = facts.fusion
    known = facts.resamples.patients(fusion.known) if fusion.known.any() else 0
    about = [
        f"{len(fusion.images)} images",
        f"{known} known patients" if known else "patients unknown",
        f"{len(fusion.classes)} classes",
        f"{len(np.unique(fusion.fold))} folds",
    ]
    return element(
        "header",
        element("p", "histoboost · cross-validation report", class_="kind"),
        element("h1", title),
        element("p", " · ".join(about), class_="about"),
    )


def contents(chapters: Iterable[tuple[str, Html, list[str]]]) -> Html:
    """The list of chapters and their tables."""
    entries = []
    for name, _, titles in chapters:
        inner = [element("li", element("a", title, href=f"#{slug(title)}")) for title in titles]
        entries.append(
            element("li", element("a", name, href=f"#{address(name)}"), element("ol", inner) if inner else None)
        )
    return element("nav", element("h2", "Contents"), element("ol", entries), aria_label="Contents")


def chapters_of(sections: list[Section]) -> Iterable[tuple[str, list[Section]]]:
    """The sections by chapter, in the order of reading; chapters without any are left out."""
    placed = {title for titles in CHAPTERS.values() for title in titles}
    for name, titles in CHAPTERS.items():
        parts = sorted((part for part in sections if part.title in titles), key=lambda part: titles.index(part.title))
        if parts:
            yield name, parts
    others = [part for part in sections if part.title not in placed]
    if others:
        yield OTHERS, others


def chapter(name: str, parts: list[Section], drawn: Mapping[str, Html]) -> tuple[str, Html, list[str]]:
    """A chapter's name, its content and the titles within."""
    blocks = [section_block(part, drawn.get(part.title)) for part in parts]
    return name, joined(blocks), [part.title for part in parts]


def chapter_block(name: str, content: Html) -> Html:
    """A chapter under its heading."""
    return joined([element("section", element("h2", name), "\n", content, id=address(name), class_="chapter"), "\n"])


def address(chapter: str) -> str:
    """The address of a chapter, which may have the title of one of its tables."""
    return f"chapter-{slug(chapter)}"


def bottom(facts: Facts) -> Html:
    """Where the methods come from."""
    version = str(facts.setting("versions", "histoboost") or "")
    number = f" {version}" if version[:1].isdigit() else ""
    made = f"Made by histoboost{number} from the answers alone; nothing was loaded from a network."
    return element(
        "footer",
        element("p", made),
        element(
            "p", f"Intervals: 95 %. Colours: Okabe & Ito. Checklist: {CITATION}. For research; not a medical device."
        ),
    )
