"""The command doctor: what this machine has, what will be used, and whether the run that is asked for can start."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Column, Table

from commands import options
from commands.doctor.asked_networks import asked_networks
from commands.doctor.machine_checks import cache_checks, device_checks, disk_checks, library_checks, memory_checks
from commands.doctor.network_checks import weight_checks
from commands.terminal import console, plainly

ANOTHER = "for one small network: python pipeline.py doctor --encoders squeezenet1_1; `encoders` lists all"
COLOURS = {"ok": "green", "note": "yellow", "problem": "bold red"}
Encoders = Annotated[
    str | None,
    typer.Option(help="Networks that are to be used; default: those in the cache, else the paper's three."),
]


@plainly
def doctor(
    encoders: Encoders = None,
    cache: options.Cache = Path("cache"),
    weights: options.Weights = "auto",
    device: options.Device = "auto",
    offline: options.Offline = False,
) -> None:
    """Look at this machine: versions, devices, memory, disk, weights and cache; every problem comes with its remedy.

    Exit code 0: a run with these networks can start here. 1: it cannot.
    """
    with console.status("looking at this machine"):
        asked = asked_networks(options.names(encoders), cache)
        checks = [
            *library_checks(),
            *device_checks(device),
            *memory_checks(asked),
            *disk_checks(cache, asked),
            *weight_checks(asked.encoders, weights, offline),
            *cache_checks(cache),
        ]
    table = Table("what", "", Column("found", overflow="fold"), box=None)
    for check in checks:
        table.add_row(check.what, check.state, check.found + (f"\n-> {check.remedy}" if check.remedy else ""),
                      style=COLOURS[check.state] if check.state != "ok" else "")  # fmt: skip
    console.print(table)
    problems = [check.what for check in checks if check.state == "problem"]
    console.print(f"{asked.run} cannot start: {', '.join(problems)}" if problems else f"{asked.run} can start")
    if problems and encoders is None:
        names = ", ".join(encoder.name for encoder in asked.encoders)
        console.print(f"nobody named networks, so these were looked at: {names}; {ANOTHER}")
    if problems:
        raise typer.Exit(1)
