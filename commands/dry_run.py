"""What `extract --dry-run` tells: the work, the disk and the time of each preset and mode."""

from dataclasses import replace
from itertools import product

from rich.table import Table

from commands.terminal import console, duration
from featurize.cost import calibrate, cost_of
from featurize.plan import ExtractionPlan
from featurize.protocol import MODES, PRESETS


def show_estimate(prepared: ExtractionPlan, sizes: list[tuple[int, int]], jobs: int) -> None:
    """Print the work, disk and time of these images under each preset and mode, from a calibration on this machine."""
    with console.status("measuring this machine for ten seconds"):
        speed = calibrate(prepared.protocols, prepared.engine)
    title = f"{len(sizes)} images, {len(prepared.protocols)} variants, {jobs} workers on {prepared.engine.device}"
    table = Table("preset", "mode", "views", "crops/view", "crops", "encoded", "disk", "time", box=None, title=title)
    for preset, mode in product(PRESETS, MODES):
        views, crops = PRESETS[preset]
        cost = cost_of([replace(p, views=views, crops=crops, mode=mode) for p in prepared.protocols], sizes)
        work = f"{sum(cost.encoded.values()):,.0f} Mpx", f"{cost.disk / 2**20:,.0f} MiB"
        time = duration(cost.seconds(speed, jobs))
        table.add_row(preset, mode, str(views), str(crops), f"{cost.crops:,}", *work, time)
    console.print(table)
    console.print("estimates from a short calibration; nothing was written")
