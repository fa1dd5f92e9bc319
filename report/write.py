"""A report on disk: table.md, table.csv, report.html and the figures in one folder."""

from pathlib import Path

import pandas as pd
from matplotlib import rc_context
from rich.console import Group

from cohort.files.atomic import write_whole
from report.chapters.contents import APPENDICES, CHAPTERS, in_order_of_table_md, made
from report.evaluation import Evaluation
from report.measures.learning_curve import learning_numbers
from report.page.figures import FORMATS, STYLE, Format, figure_bytes
from report.page.page import page
from report.printing import for_terminal, markdown

FIGURES = ("confusion", "roc", "calibration", "risk", "learning")  # names of all figures that a report may have


def write_report(folder: str | Path, evaluation: Evaluation, figures: Format = "png") -> list[Group]:
    """Write all tables and figures into a folder, made if need be; return what to print, one group per table.

    A figure that cannot be drawn is not there, and one of an earlier report is removed. The title of report.html is the
    "name" of the settings, else that of the folder.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    chapters = made(CHAPTERS, evaluation)
    appendices = made(APPENDICES, evaluation)
    sections = in_order_of_table_md(chapters)
    pictures = [section.picture for section in sections if section.picture is not None]
    with rc_context(STYLE):
        drawn = {picture.name: picture.draw() for picture in pictures}
    write_whole(folder / "table.md", markdown(sections).encode())
    write_whole(folder / "table.csv", evaluation.table_1.round(4).to_csv(lineterminator="\n").encode())
    replace_or_remove(folder / "learning.csv", learning_csv(evaluation))
    for name in FIGURES:
        for kind in FORMATS:
            wanted = kind == figures and name in drawn
            replace_or_remove(folder / f"{name}.{kind}", figure_bytes(drawn[name], kind) if wanted else None)
    title = str((evaluation.settings or {}).get("name") or folder.resolve().name)
    write_whole(folder / "report.html", page(title, evaluation, chapters, appendices, drawn))
    return [for_terminal(section) for section in sections if not section.at_length]


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
