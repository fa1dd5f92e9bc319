"""A report on disk: table.md, table.csv, roc.png and confusion.png in one folder."""

import io
import os
from collections.abc import Mapping
from pathlib import Path

from matplotlib.figure import Figure
from rich.console import Group

from report.accuracy import table_1
from report.answers import Answers
from report.figures import confusion_figure, roc_figure
from report.tables import for_terminal, markdown, sections


def write_report(folder: str | Path, fusion: Answers, variants: Mapping[str, Answers] | None = None) -> list[Group]:
    """Write all tables and figures into a folder, made if need be; return what to print, one group per table.

    Without a two-class result there is no roc.png, and one of an earlier report is removed.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    parts = sections(fusion, variants)
    replace_file(folder / "table.md", markdown(parts).encode())
    replace_file(folder / "table.csv", table_1(fusion, variants).round(4).to_csv(lineterminator="\n").encode())
    replace_file(folder / "confusion.png", png(confusion_figure(fusion)))
    curve = roc_figure(fusion)
    if curve is None:
        (folder / "roc.png").unlink(missing_ok=True)
    else:
        replace_file(folder / "roc.png", png(curve))
    return [for_terminal(part) for part in parts]


def png(figure: Figure) -> bytes:
    """A figure as the bytes of a PNG file."""
    memory = io.BytesIO()
    figure.savefig(memory, format="png", bbox_inches="tight", pad_inches=0.1)
    return memory.getvalue()


def replace_file(path: Path, content: bytes) -> None:
    """Write a whole file under a temporary name and rename it, so that no reader ever sees half of it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
