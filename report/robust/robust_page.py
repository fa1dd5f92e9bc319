"""The robustness of a run on disk: robustness.csv, .json and .html, the flips of each image, and the figures."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup
from rich.console import Group

from cohort.files.atomic import write_whole
from cohort.files.spreadsheet import for_spreadsheet
from cohort.predictions import table_bytes
from report.page.figures import FORMATS, Format, figure_bytes
from report.page.html_table import minus
from report.page.page import HERE, chapter_block, environment
from report.printing import for_terminal
from report.robust.robust_chapter import findings, robust_chapter
from report.robust.robust_points import Robustness
from report.robust.robust_tables import flips_table, robustness_table
from report.section import Chapter
from report.write import drawn_figures

DIGITS = 6  # of the numbers in files


def write_robustness(
    folder: Path, robustness: Robustness, settings: Mapping[str, Any], figures: Format = "png", raw: bool = False
) -> list[Group]:
    """Write all files into the folder of a run; returns what to print. `settings` say what was asked.

    Texts in CSV are as they may stand in a spreadsheet, unless they are wanted `raw`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    chapter = robust_chapter(robustness)
    table = robustness_table(robustness).round(DIGITS)
    flips = flips_table(robustness).round(DIGITS)
    write_whole(folder / "robustness.csv", table_bytes(table))
    write_whole(folder / "robust-flips.csv", table_bytes(flips if raw else for_spreadsheet(flips)))
    write_whole(folder / "robustness.json", numbers_of(robustness, table, settings))
    drawn = drawn_figures(chapter.sections)
    for name, figure in drawn.items():
        for other in FORMATS:
            if other != figures:
                (folder / f"{name}.{other}").unlink(missing_ok=True)
        write_whole(folder / f"{name}.{figures}", figure_bytes(figure, figures))
    write_whole(folder / "robustness.html", _page(robustness, chapter, drawn))
    return [for_terminal(section) for section in chapter.sections if not section.at_length]


def numbers_of(robustness: Robustness, table: pd.DataFrame, settings: Mapping[str, Any]) -> bytes:
    """robustness.json: what was asked, and the rows of the table; a number that is not known is null."""
    known = table.astype(object).where(table.notna(), None)
    rows = known.to_dict("records")
    facts = {
        **settings,
        "name": robustness.name,
        "views": robustness.views,
        "doubts": list(robustness.doubts),
        "level": robustness.level,
        "class_shares": robustness.guess_accuracy.value,
        "points": rows,
    }
    return (json.dumps(facts, indent=1, sort_keys=True) + "\n").encode()


def _page(robustness: Robustness, chapter: Chapter, drawn: Mapping[str, Any]) -> bytes:
    answers = robustness.unaltered.answers
    known = f"{robustness.groups.patients(answers.known)} known" if answers.known.any() else "no known"
    text = (
        environment()
        .get_template("standing.html.j2")
        .render(
            title=robustness.name,
            kind="robustness",
            style=Markup((HERE / "page.css").read_text(encoding="utf-8")),
            about=f"{len(answers.images)} images · {known} patients · {len(answers.classes)} classes",
            findings=[minus(line) for line in findings(robustness)],
            chapters=[chapter_block(chapter, drawn)],
        )
    )
    return text.encode()
