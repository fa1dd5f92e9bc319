"""Warnings beside a result that is to fit one screen: those that have room are printed at once, and none is lost."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from cohort.checks.notices import Notice
from cohort.files.atomic import write_whole
from imaging.errors import HistoboostError, shown_lines

ROWS = 3  # of the screen that warnings may take before a result
BARS = 2  # of work that stay on the screen
GAP = " …"
# numbers that are too good: told whatever the room
ALWAYS = {"leaked-pairs", "patients-of-the-training", "selected-on-test", "trained-on-this-image"}
NAME = "warnings.txt"  # beside the result: every warning of the command that made it


@dataclass
class Told:
    """What a command warns of."""

    rows: float  # of the screen that are left for warnings
    is_kept: bool  # beside its result
    is_brief: bool = False  # the result alone is to be seen
    bars: int = 0  # of work, so far
    notices: list[Notice] = field(default_factory=list)
    withheld: list[Notice] = field(default_factory=list)  # for which there was no room

    def room_for(self, notice: Notice, console: Console) -> str:
        """What to print of it now: all, nothing, or of a first one that is too long by itself as much as has room."""
        line = f"{notice.level}: {notice}"
        wrapped = Text(shown_lines(line)).wrap(console, console.width)
        is_first = not self.notices
        self.notices.append(notice)
        if len(wrapped) <= self.rows or notice.kind in ALWAYS:
            self.rows -= len(wrapped)
            return line
        self.withheld.append(notice)
        if not is_first:
            return ""
        begun = " ".join(part.plain.rstrip() for part in wrapped[: int(self.rows)])
        self.rows = 0
        return f"{begun[: -len(GAP)]}{GAP}"

    def bar(self, console: Console) -> dict[str, Any]:
        """Count a bar of work; how rich is to show it: beside a result, few of them stay when their work is done."""
        self.bars += 1
        for_now = self.is_brief and self.bars > BARS
        return {"transient": for_now, "disable": for_now and not console.is_terminal}  # else an empty line is left

    def counted(self) -> str:
        """How many were not printed in whole, and where they stand; nothing where all were."""
        count = len(self.withheld)
        if not count:
            return ""
        return f"{count} more warning{'s' * (count > 1)} in {NAME}"


_TOLD: ContextVar[Told | None] = ContextVar("told", default=None)


@contextmanager
def telling(kwargs: dict[str, Any], console: Console) -> Iterator[Told]:
    """While this lasts, what is told is counted: a command that is not to be --verbose has few rows for warnings.

    Before an error of ours those that had no room are printed all the same: they may explain it.
    """
    is_brief = kwargs.get("verbose") is False
    told = Told(ROWS if is_brief else inf, "verbose" in kwargs, is_brief)
    token = _TOLD.set(told)
    try:
        yield told
    except (HistoboostError, OSError):
        for notice in told.withheld:
            console.print(f"{notice.level}: {notice}")
        raise
    finally:
        _TOLD.reset(token)


def told_so_far() -> Told:
    """What the innermost command that runs now has told."""
    return _TOLD.get() or Told(inf, is_kept=False)


def keep_warnings(folder: Path) -> str:
    """Write every warning of this command beside its result, and give room to later ones.

    Returns words on those that were not printed. A command without a result of its own leaves what is there.
    """
    told = told_so_far()
    words = told.counted()
    told.rows, told.withheld = inf, []
    if not told.is_kept:
        return ""
    if told.notices:
        text = "".join(f"{notice.level}: {shown_lines(notice)}\n" for notice in told.notices)
        write_whole(folder / NAME, text.encode(errors="replace"))
    else:
        (folder / NAME).unlink(missing_ok=True)
    return words
