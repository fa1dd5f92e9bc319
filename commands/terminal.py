"""What a person at the terminal sees of long work and of mistakes."""

import signal
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from threading import current_thread, main_thread
from typing import Any, TypeVar

import typer
from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from imaging.errors import HistoboostError

Item = TypeVar("Item")


class Terminated(KeyboardInterrupt):
    """The system asked this process to end."""


console = Console(highlight=False)


def plainly(command: Callable[..., None]) -> Callable[..., None]:
    """Turn our own errors and the system's into one message and exit code 2; anything else is a bug and shows."""

    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> None:
        try:
            with _termination_as_interrupt(), warnings.catch_warnings():
                # joblib warns of the tasks that an interrupted run leaves undone: that is what was asked for
                warnings.filterwarnings("ignore", message=r"\d+ tasks (have been|which were)")
                command(*args, **kwargs)
        except KeyboardInterrupt as error:
            tell("interrupted; what was finished is kept, and the same command goes on from there")
            raise typer.Exit(143 if isinstance(error, Terminated) else 130) from error
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


def tell(message: str) -> None:
    """One message on the error stream, never wrapped, nothing in it taken for markup."""
    Console(stderr=True).print(message, style="red", markup=False, highlight=False, soft_wrap=True)


def track(what: str, items: Iterable[Item], total: int) -> Iterator[Item]:
    """Pass items on under a bar with the time left; nothing is shown when nothing is to do."""
    times = TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn()
    with Progress(
        TextColumn(what), BarColumn(), MofNCompleteColumn(), *times, console=console, disable=not total
    ) as bar:
        task = bar.add_task(what, total=total)
        for item in items:
            bar.advance(task)
            yield item


def warn(texts: Iterable[str]) -> None:
    """What is allowed but often a mistake, a line each, nothing in it taken for markup."""
    for text in texts:
        console.print(f"warning: {text}", markup=False)


def show_report(groups: Iterable[RenderableType], folder: Path) -> None:
    """The tables of a report, and where all of it lies."""
    for group in groups:
        console.print(group)
    console.print(f"written to {folder}", markup=False)


def duration(seconds: float) -> str:
    """A length of time in words.

    >>> duration(42), duration(600), duration(5400)
    ('42 s', '10 min', '1 h 30 min')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


SKIPPED = 3  # exit code of a command that did its work but for some images


def tell_skipped(path: Path, refused: Mapping[str, str]) -> None:
    """Write the images, each with its reason, and end with exit code 3; without any, take away an earlier list."""
    if not refused:
        path.unlink(missing_ok=True)
        return
    import pandas as pd

    from cohort.predictions import write_table

    write_table(path, pd.DataFrame({"image": list(refused), "reason": list(refused.values())}))
    tell(f"{len(refused)} images were skipped; {path} lists them with the reasons")
    raise typer.Exit(SKIPPED)
