"""What a person sees while networks are trained: a bar with the epoch, its losses and the time left, a line a fold."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from cohort.checks.notices import Notice
from commands.terminal import console, duration, warn

if TYPE_CHECKING:
    from finetune.fold_training import FoldTraining
    from workflow.trained.network_run import NetworkRun


def follow(run: "NetworkRun", verbose: bool) -> Iterator["FoldTraining"]:
    """Train a network for each fold under a bar, a line for each that is done; gives these.

    verbose: a line for each epoch too.
    """
    from report.trained.optimistic import LABEL

    folds = run.images.cohort.held_out_folds
    label = f"; {LABEL}" if run.settings.select_on == "test" else ""
    epochs = run.settings.epochs
    clock = Clock(len(folds) * epochs)
    said: set[Notice] = set()
    columns = TextColumn("{task.description}", markup=False), BarColumn(bar_width=20), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(f"training {run.model}", total=clock.epochs)
        for state in run.train():
            number = folds.index(state.fold) + 1
            new: list[Notice] = [notice for notice in state.notices if notice not in said]
            warn(new)
            said.update(new)
            if state.is_done:
                clock.done = number * epochs
                bar.update(task, completed=clock.done)
                console.print(fold_line(state, number, len(folds), clock) + label, soft_wrap=True)
                yield state
                continue
            clock.tick(state.row["seconds"])
            line = epoch_line(state, number, len(folds), clock) + label
            bar.update(task, completed=clock.done, description=line)
            if verbose:
                console.print(line, soft_wrap=True)
            elif clock.ticks == run.settings.head_epochs + 1 and clock.done < clock.epochs:
                console.print(f"an epoch takes {state.row['seconds']:.1f} s; {clock.words}")


class Clock:
    """How many epochs are left, and how long they take at most: early stopping makes it less."""

    def __init__(self, epochs: int):
        self.epochs = epochs  # of all folds, at most
        self.done = 0
        self.ticks = 0  # epochs that were trained here
        self.seconds = 0.0  # of the last one

    def tick(self, seconds: float) -> None:
        """An epoch is over."""
        self.ticks += 1
        self.done += 1
        self.seconds = seconds

    @property
    def words(self) -> str:
        """The time that is left."""
        left = self.seconds * (self.epochs - self.done)
        return f"at most {duration(left)} left"


def epoch_line(state: "FoldTraining", number: int, folds: int, clock: Clock) -> str:
    """One epoch in words."""
    row = state.row
    words = f"fold {number} of {folds}, epoch {row['epoch']:.0f}: loss {row['training loss']:.3f}"
    if "validation loss" in row:
        words += f", selection log-loss {row['validation loss']:.3f}, accuracy {100 * row['validation accuracy']:.1f} %"
    return f"{words}; {row['seconds']:.1f} s; {clock.words}"


def fold_line(state: "FoldTraining", number: int, folds: int, clock: Clock) -> str:
    """One fold in words, once its held-out images are answered."""
    best = state.history[state.best_epoch - 1]
    epochs = "1 epoch" if len(state.history) == 1 else f"{len(state.history)} epochs"
    words = f"fold {number} of {folds}: {epochs}, answered with the weights of epoch {state.best_epoch}"
    if "validation loss" in best:
        log_loss, accuracy = best["validation loss"], 100 * best["validation accuracy"]
        words += f" (selection log-loss {log_loss:.3f}, accuracy {accuracy:.1f} %)"
    is_last = clock.done >= clock.epochs
    return words if is_last or not clock.ticks else f"{words}; {clock.words}"
