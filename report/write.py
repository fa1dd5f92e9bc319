"""A report on disk: table.md, table.csv, numbers.json, report.html and the figures in one folder."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from pathlib import Path

import pandas as pd
from matplotlib import rc_context
from matplotlib.figure import Figure
from rich.console import Group
from rich.text import Text

from cohort.files.atomic import write_whole
from cohort.files.spreadsheet import for_spreadsheet
from cohort.predictions import SELECTED_ON_TEST
from report.chapters.contents import APPENDICES, CHAPTERS, in_order_of_table_md, made
from report.evaluation import Evaluation
from report.first_look.top_lines import top_lines
from report.guess.cautions import audit_notices
from report.measures.accuracy import FUSION
from report.measures.learning_curve import learning_numbers
from report.numbers import numbers_json
from report.page.figures import FORMATS, STYLE, Format, figure_bytes
from report.page.page import page
from report.printing import for_terminal, markdown, unbroken
from report.section import Chapter, Section
from report.trained.optimistic import labelled_chapters, optimism_of

FIGURES = (
    "confusion",
    "roc",
    "calibration",
    "risk",
    "learning",
    "decision",
    "training",
    "audit-shares",
    "audit-colour",
    "audit-files",
)  # names of all figures that a report may have


def write_report(
    folder: str | Path,
    evaluation: Evaluation,
    figures: Format = "png",
    contents: Sequence[Chapter] | None = None,
    raw: bool = False,
) -> list[Group]:
    """Write all tables and figures into a folder, made if need be; return what to print: tables, and warnings.

    A figure that cannot be drawn is not there, and one of an earlier report is removed. The title of report.html is the
    "name" of the settings, else that of the folder. `contents`: chapters instead of those of a cross-validation.
    `raw`: texts in table.csv as they are, such as a spreadsheet would run too.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    chapters = made(CHAPTERS, evaluation) if contents is None else contents
    appendices = made(APPENDICES, evaluation) if contents is None else []
    if evaluation.is_optimistic:
        chapters, appendices = labelled_chapters(chapters), labelled_chapters(appendices)
    sections = in_order_of_table_md(chapters)
    drawn = drawn_figures(sections)
    table_1 = evaluation.table_1.round(4)
    if evaluation.is_optimistic:
        table_1 = table_1.rename(index={FUSION: FUSION + SELECTED_ON_TEST})
    table_csv = (table_1 if raw else for_spreadsheet(table_1)).to_csv(lineterminator="\n")
    above = top_lines(evaluation)
    write_whole(folder / "table.md", markdown(sections, above).encode())
    write_whole(folder / "table.csv", table_csv.encode())
    write_whole(folder / "numbers.json", numbers_json(evaluation))
    replace_or_remove(folder / "learning.csv", learning_csv(evaluation))
    write_figures(folder, drawn, figures)
    title = str((evaluation.settings or {}).get("name") or folder.resolve().name)
    write_whole(folder / "report.html", page(title, evaluation, chapters, appendices, drawn))
    *question, words = above
    groups = [Group(unbroken(line), Text()) for line in question] + [Group(Text(words), Text())]
    groups += [for_terminal(section) for section in sections if not section.at_length]
    notices = [*optimism_of(evaluation, title), *evaluation.swapped_columns, *audit_notices(evaluation)]
    return groups + [Group(Text(f"{notice.level}: {notice}")) for notice in notices]


def drawn_figures(sections: Iterable[Section]) -> dict[str, Figure]:
    """The figures of the sections by name."""
    with rc_context(STYLE):
        return {section.picture.name: section.picture.draw() for section in sections if section.picture is not None}


def write_figures(folder: Path, drawn: Mapping[str, Figure], kind: Format) -> None:
    """Write figures in one format; those of an earlier report, in whatever format, are removed."""
    files = {f"{name}.{kind}": figure_bytes(figure, kind) for name, figure in drawn.items()}
    for name, content in files.items():
        write_whole(folder / name, content)
    for figure_name, other in product(FIGURES, FORMATS):
        if f"{figure_name}.{other}" not in files:
            (folder / f"{figure_name}.{other}").unlink(missing_ok=True)


def learning_csv(evaluation: Evaluation) -> bytes | None:
    """The learning curve as a file; None without one."""
    if not evaluation.learning:
        return None
    table: pd.DataFrame = learning_numbers(evaluation.learning, evaluation.learning_curve, evaluation.unit)
    return table.round(6).to_csv(index=False, lineterminator="\n").encode()


def replace_or_remove(path: Path, content: bytes | None) -> None:
    """Write a whole file, or for None see to it that none of an earlier report is left."""
    if content is None:
        path.unlink(missing_ok=True)
    else:
        write_whole(path, content)
