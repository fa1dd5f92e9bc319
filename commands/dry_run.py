"""What `extract --dry-run` tells: the work, the disk and the time of each preset and mode."""

from dataclasses import replace
from itertools import product

from rich.table import Table

from commands.terminal import console, duration
from featurize.cost import MEBI, calibrate, cost_of
from featurize.plan import ExtractionPlan
from featurize.protocol import MODES, PRESETS, WHOLE

COLUMNS = ("preset", "mode", "views", "crops/view", "crops", "encoded", "disk", "time")


def show_estimate(plan: ExtractionPlan, sizes: list[tuple[int, int]], jobs: int) -> None:
    """Print the work, disk and time of these images under each preset and mode, from a calibration on this machine."""
    with console.status("measuring this machine for ten seconds"):
        speed = calibrate(plan.protocols, plan.pool)
    title = f"{len(sizes)} images, {len(plan.protocols)} variants, {jobs} workers on {plan.pool.device}"
    table = Table(*COLUMNS, box=None, title=title)
    for preset, mode in product(PRESETS, MODES):
        views, crops = PRESETS[preset]
        asked = [protocol for protocol in plan.protocols if protocol.mode != WHOLE]
        whole = [protocol for protocol in plan.protocols if protocol.mode == WHOLE]
        if mode == "dense" and not all(protocol.takes_windows for protocol in asked):
            continue
        protocols = [replace(protocol, views=views, crops=crops, mode=mode) for protocol in asked]
        cost = cost_of([*protocols, *whole], sizes)
        table.add_row(
            preset,
            mode,
            str(views),
            str(crops),
            f"{cost.crops:,}",
            f"{sum(cost.encoded.values()):,.0f} Mpx",
            f"{cost.disk / MEBI:,.0f} MiB",
            duration(cost.seconds(speed, jobs)),
        )
    console.print(table)
    console.print("estimates from a short calibration; nothing was written")
