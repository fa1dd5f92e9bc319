"""An audit on disk: audit.json, audit-images.csv, audit.md, and the page audit.html, which needs nothing else."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from markupsafe import Markup

from cohort.audit.audited import Audited
from cohort.files.atomic import write_whole
from report.audited.audit_chapter import audit_sections
from report.audited.audit_images import FILE, AuditImages
from report.page.page import HERE, chapter_block, environment
from report.printing import markdown
from report.section import Chapter, Section
from report.write import drawn_figures

JSON, TABLES, PAGE = "audit.json", "audit.md", "audit.html"


def write_audit(
    folder: Path,
    name: str,
    audited: Audited,
    images: AuditImages,
    thumbnails: Mapping[str, bytes],
    findings: Sequence[str],
) -> Path:
    """Write an audit into a folder, made if need be, and return the path of its page.

    thumbnails: JPEG files by image; findings: a line each, at the top.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sections = audit_sections(audited, images, thumbnails)
    write_whole(folder / JSON, audited.to_json().encode())
    write_whole(folder / FILE, images.to_csv())
    write_whole(folder / TABLES, markdown(sections).encode())
    write_whole(folder / PAGE, audit_page(name, about(audited), findings, sections))
    return folder / PAGE


def about(audited: Audited) -> str:
    """How much an audit rests on."""
    patients = f"{audited.patients} known" if audited.patients else "no known"
    return f"{audited.images} images · {patients} patients · {len(audited.classes)} classes"


def audit_page(title: str, facts: str, findings: Sequence[str], sections: list[Section]) -> bytes:
    """The page, the same bytes for the same input; findings: a line each, at the top."""
    figures = drawn_figures(sections)
    chapter = chapter_block(Chapter("audit", "Audit", tuple(sections)), figures)
    text = (
        environment()
        .get_template("audit.html.j2")
        .render(
            title=title,
            tables=TABLES,
            style=Markup((HERE / "page.css").read_text(encoding="utf-8")),
            about=facts,
            findings=findings,
            blocks=chapter.blocks,
        )
    )
    return text.encode()
