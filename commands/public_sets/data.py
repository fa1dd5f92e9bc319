"""The command data: public sets by name, their facts, and their files where they are asked for."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.table import Column, Table

from cohort.files.lock import writing
from commands import options
from commands.terminal import console, plainly, warn
from imaging.errors import shown

if TYPE_CHECKING:
    from cohort.public_sets.getting import Progress, Tell
    from cohort.public_sets.public_set import PublicSet


@plainly
def data(
    name: Annotated[str | None, typer.Argument(help="A public set; without one all that are known are listed.")] = None,
    to: Annotated[
        Path | None, typer.Option(help="Folder that gets the files; without it nothing is downloaded.")
    ] = None,
    offline: options.Offline = False,
    no_lock: options.NoLock = False,
) -> None:
    """List public data sets, tell about one, or download one (--to FOLDER). Interrupt at any time; it goes on."""
    from cohort.public_sets.getting import choice_of, get, words_on_use
    from cohort.public_sets.held_against import public_notices
    from cohort.public_sets.known_sets import PUBLIC_SETS, find_set
    from cohort.read_dataset import read_dataset

    if name is None:
        console.print(_list_of(PUBLIC_SETS.values()))
        console.print("`data NAME` tells all about one, `data NAME --to FOLDER` downloads it. Read its licence first.")
        return
    known = find_set(name)
    _tell_about(known)
    if to is None:
        return
    with writing(to, lock=not no_lock), _bars() as tell:
        folders = get(known, to, offline, tell)
    for folder in folders:
        dataset = read_dataset(folder, choice=choice_of(known))
        console.print(f"{shown(folder)}: {dataset.summary()}")
        warn(public_notices(dataset.samples))
    for line in words_on_use(known, folders):
        console.print(line, soft_wrap=True)


def _list_of(sets: "Iterable[PublicSet]") -> Table:
    """A row for each set."""
    table = Table("name", Column("images", justify="right"), Column("GB", justify="right"), "patients by", "licence")
    for known in sets:
        size = f"{known.gigabytes:g}" if known.files else "by hand"
        table.add_row(known.name, f"{known.images:,}", size, known.told, known.licence)
    return table


def _tell_about(known: "PublicSet") -> None:
    """What a person must know before the files come."""
    console.print(f"{known.name}: {known.title}")
    facts = Table("", Column("", overflow="fold"), box=None, show_header=False)
    for part in known.parts:
        facts.add_row(part.name, f"{part.images:,} images, {part.words}")
    facts.add_row("counts", known.counted_in)
    facts.add_row("patients", known.patients)
    facts.add_row("split", known.split)
    facts.add_row("licence", known.licence)
    facts.add_row("cite", known.citation)
    facts.add_row("page", known.page)
    for file in known.files:
        size = f"{file.size:,} bytes" if file.size else "size not known"
        check = "SHA-256" if file.sha256 else "MD5" if file.md5 else "no checksum known"
        facts.add_row("file", f"{file.url} ({size}, {check})")
    if known.by_hand:
        facts.add_row("by hand", known.by_hand)
    console.print(facts)


@contextmanager
def _bars() -> "Iterator[Tell]":
    """Bars of what is done, one below the other."""
    columns = TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()
    with Bars(*columns, console=console) as bars:

        def tell(what: str) -> "Progress":
            task = bars.add_task(shown(what), total=None)
            return lambda done, whole: bars.update(task, completed=done, total=whole)

        yield tell
