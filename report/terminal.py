"""What a person at the terminal sees of long work and of mistakes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

ROOMS = ("featurize", "boost", "report")  # an error that one of these defines is a message to the user

console = Console(highlight=False)


def plainly(command: Callable[..., None]) -> Callable[..., None]:
    """Turn the errors that our own rooms define into one message and exit code 2; anything else is a bug and shows."""

    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except ValueError as error:
            if type(error).__module__.split(".")[0] not in ROOMS:
                raise
            Console(stderr=True).print(f"error: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
            raise typer.Exit(2) from error

    return wrapped


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[], None]]:
    """A bar with the time left; yields a function that moves it on by one. Nothing is shown when nothing is to do."""
    times = TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn()
    with Progress(
        TextColumn(what), BarColumn(), MofNCompleteColumn(), *times, console=console, disable=not total
    ) as bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)


def duration(seconds: float) -> str:
    """A length of time in words.

    >>> duration(42), duration(600), duration(5400)
    ('42 s', '10 min', '1 h 30 min')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
