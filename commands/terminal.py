"""What a person at the terminal sees of work and of mistakes, and the exit codes that a program sees."""

import signal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from threading import current_thread, main_thread
from typing import TYPE_CHECKING, Any, TypeVar

import typer
from rich.console import Console, ConsoleOptions, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeElapsedColumn
from rich.segment import Segment
from rich.status import Status
from rich.text import Text

from cohort.checks.library_warnings import library_warnings
from cohort.checks.notices import Notice
from commands.run_settings.asked_values import running
from commands.warnings_on_screen import keep_warnings, telling, told_so_far
from imaging.errors import HistoboostError, shown, shown_lines

if TYPE_CHECKING:
    from cohort.samples import NotTaken

Item = TypeVar("Item")
UNKNOWN = "–"  # time that is left, as long as nothing is done


class Terminated(KeyboardInterrupt):
    """The system asked this process to end."""


class PlainConsole(Console):
    """A console that takes nothing in a text for markup, and shows what a terminal would obey.

    Names of files, classes and models are others' choice, see imaging.errors.
    """

    def __init__(self, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, highlight=False, markup=False, emoji=False)

    def print(self, *objects: Any, **how: Any) -> None:
        """Print texts and tables."""
        super().print(*(shown_lines(one) if isinstance(one, str) else one for one in objects), **how)

    def status(self, status: RenderableType, **how: Any) -> Status:
        """Say what is being done, while it is."""
        return super().status(Text(shown_lines(status)) if isinstance(status, str) else status, **how)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """The pieces of anything that is printed, whatever made it."""
        for segment in super().render(renderable, options):
            is_text = not segment.control and not segment.text.isprintable()
            yield Segment(shown_lines(segment.text), segment.style) if is_text else segment


console = PlainConsole()


def plainly(command: Callable[..., None]) -> Callable[..., None]:
    """Turn our own errors and the system's into one message and exit code 2; anything else is a bug and shows."""

    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> None:
        try:
            told = library_warnings(lambda notice: warn([notice]))
            asked = running(command, args, kwargs)
            with _termination_as_interrupt(), telling(kwargs, console), told, asked:
                command(*args, **kwargs)
        except KeyboardInterrupt as error:
            tell("interrupted; what was finished is kept, and the same command goes on from there")
            raise interrupted(error) from error
        except (HistoboostError, OSError) as error:
            tell(f"error: {error}")
            raise typer.Exit(2) from error

    return wrapped


@contextmanager
def _termination_as_interrupt() -> Iterator[None]:
    """Let SIGTERM (a batch system's end of time) stop the work as Ctrl-C does; only a program's main thread can."""
    if current_thread() is not main_thread():
        yield
        return

    def stop(*_: Any) -> None:
        raise Terminated

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def interrupted(error: KeyboardInterrupt) -> typer.Exit:
    """The end of a command that was stopped, with the exit code by which a shell knows SIGTERM or Ctrl-C."""
    return typer.Exit(143 if isinstance(error, Terminated) else 130)


def tell(message: str) -> None:
    """One message on the error stream, never wrapped."""
    PlainConsole(stderr=True).print(message, style="red", soft_wrap=True)


class TimeLeftColumn(ProgressColumn):
    """The time left if the rest goes as all items so far: workers end in bursts, so that the last few say nothing."""

    max_refresh = 0.5  # seconds

    def render(self, task: Task) -> Text:
        """In words; a dash as long as nothing is done."""
        if not task.completed or task.elapsed is None or task.remaining is None:
            return Text(f"left {UNKNOWN}")
        return Text(f"left {duration(task.elapsed * task.remaining / task.completed)}")


def track(what: str, items: Iterable[Item], total: int) -> Iterator[Item]:
    """Pass items on under a bar with the time left; nothing is shown when nothing is to do."""
    columns = TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn()
    times = TimeElapsedColumn(), TimeLeftColumn()
    look: dict[str, Any] = told_so_far().bar(console) if total else {"disable": True}
    with Progress(*columns, *times, console=console, **look) as bar:
        task = bar.add_task(shown(what), total=total)
        for item in items:
            bar.advance(task)
            yield item


def warn(notices: Iterable[Notice]) -> None:
    """What is allowed but often a mistake, a line each; see commands.warnings_on_screen for where room is short."""
    for notice in notices:
        line = told_so_far().room_for(notice, console)
        if line:
            console.print(line)


def warn_of_stain(image: str, status: str) -> None:
    """An image that was not normalised, and why."""
    warn([Notice("stain-left-as-it-is", f"{shown(image)}: {status}, its stain is left as it is")])


def show_report(groups: Iterable[RenderableType], folder: Path, verbose: bool = True) -> None:
    """The tables of a report, or its result alone, and where all of it lies."""
    for group in groups:
        console.print(group)
    rest = "" if verbose else ": all tables in report.html and table.md, or --verbose"
    untold = keep_warnings(folder)
    console.print(f"written to {folder}{rest}{f'; {untold}' if untold else ''}")


def duration(seconds: float) -> str:
    """A length of time in words.

    >>> duration(42), duration(600), duration(5400)
    ('42 s', '10 min', '1 h 30 min')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def counted(count: int, what: str) -> str:
    """So many of something.

    >>> counted(1, "image"), counted(2000, "image")
    ('1 image', '2,000 images')
    """
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


SKIPPED = 3  # exit code of a command that did its work but for some images


def tell_skipped(
    path: Path, refused: Mapping[str, str], not_taken: "Sequence[NotTaken]" = (), raw: bool = False
) -> None:
    """Write the images that cannot be used and the files that were not taken, each with its reason.

    Ends with exit code 3 where there are such images; without any of both, takes away an earlier list. Texts are as
    they may stand in a spreadsheet, unless they are wanted raw.
    """
    rows = [(image, reason, "refused", Path(image).suffix.lower()) for image, reason in refused.items()]
    rows += [(file.name, file.reason, "not taken", file.ending) for file in not_taken]
    if not rows:
        path.unlink(missing_ok=True)
        return
    import pandas as pd

    from cohort.files.spreadsheet import for_spreadsheet
    from cohort.predictions import write_table

    table = pd.DataFrame(rows, columns=["image", "reason", "what", "ending"])
    write_table(path, table if raw else for_spreadsheet(table))
    if refused:
        tell(f"{len(refused)} images were skipped; {path} lists them with the reasons")
        raise typer.Exit(SKIPPED)
    console.print(f"{path} lists the files that were not taken")


def tell_models(pairs: int, folds: int, models: int) -> None:
    """Say, before any work, what the interval of the procedure costs at most; `models` are those of a fold."""
    times = 1 + pairs / folds
    console.print(
        f"--procedure-interval: {pairs * models} models more than {folds * models}, at most {times:.1f} times as long"
    )
