"""What `extract` tells of work, disk and time before it begins; with `--dry-run` of every preset and mode."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

from rich.table import Table

from commands.extract_options import ExtractOptions
from commands.terminal import console, counted, duration
from featurize.cost import MEBI, Cost, calibrate, cautious_speed, cost_of
from featurize.plan import ExtractionPlan
from featurize.protocol import MODES, PRESETS, WHOLE, Protocol

if TYPE_CHECKING:
    from cohort.samples import Sample
    from featurize.store.store import Store

    Left = Sequence[tuple[Sample, list[Store]]]

COLUMNS = ("preset", "mode", "views", "crops/view", "crops", "encoded", "disk", "time")
CALIBRATION = 2.0  # seconds
SHORT = 600  # seconds by a cautious speed: shorter work is begun without a calibration
LONG = 3600  # seconds after which it is told what would be faster


def show_estimate(plan: ExtractionPlan, sizes: list[tuple[int, int]], jobs: int) -> None:
    """Print the work, disk and time of these images under each preset and mode, from a calibration on this machine."""
    with console.status("measuring this machine for ten seconds"):
        speed = calibrate(plan.protocols, plan.pool)
    asked, whole = _drawn_and_whole(plan)
    counts = [counted(len(sizes), "image"), counted(len(asked), "variant") + " (network and crop size)"]
    workers = f"{counted(jobs, 'worker')} on {plan.pool.device}"
    table = Table(*COLUMNS, box=None, title=", ".join([*counts, workers]))
    for preset, mode in product(PRESETS, MODES):
        views, crops = PRESETS[preset]
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
    console.print("exact: each crop is encoded by itself; dense: each view once as a whole, with other descriptors")
    console.print("views: copies of an image with its stain varied; Mpx: megapixels that the networks see")
    console.print("estimates from a short calibration; nothing was written")


def tell_work(asked: ExtractOptions, plan: ExtractionPlan, images: "Sequence[Sample]", left: "Left", jobs: int) -> None:
    """Say what is to be done, how long that takes here unless it is short, and if it is long what would be faster."""
    costs = costs_of(plan, left)
    crops = 0
    for _, lacking in left:
        crops += sum(store.protocol.views * store.protocol.crops for store in lacking if store.protocol.mode != WHOLE)
    what = f"{crops:,} crops" if crops else f"{len(left):,} whole images"
    disk = sum(cost.disk for cost in costs) / MEBI
    workers = counted(jobs, "worker")
    console.print(f"{what} to do on {plan.pool.device} with {workers}; {disk:,.1f} MiB on disk")
    if asked.away:
        return  # the speed of other machines is not known
    jobs = min(jobs, len(left))
    cautious = cautious_speed(plan.protocols, plan.pool.device)
    if sum(cost.seconds(cautious, jobs) for cost in costs) < SHORT:
        return
    with console.status("measuring this machine for two seconds"):
        speed = calibrate(plan.protocols, plan.pool, CALIBRATION)
    seconds = sum(cost.seconds(speed, jobs) for cost in costs)
    console.print(f"this takes about {duration(seconds)} here, by a short calibration")
    if seconds <= LONG:
        return
    sizes = plan.sizes(images)
    for option, protocols in other_ways(asked, plan).items():
        instead = cost_of(protocols, sizes).seconds(speed, jobs)
        if instead < seconds:
            console.print(f"  with {option} about {duration(instead)}")


def costs_of(plan: ExtractionPlan, left: "Left") -> list[Cost]:
    """The work that is left, of the images that lack the same variants together."""
    samples = defaultdict[tuple[Protocol, ...], "list[Sample]"](list)
    for sample, lacking in left:
        samples[tuple(store.protocol for store in lacking)].append(sample)
    return [cost_of(protocols, plan.sizes(same)) for protocols, same in samples.items()]


def other_ways(asked: ExtractOptions, plan: ExtractionPlan) -> dict[str, list[Protocol]]:
    """The protocols of a plan with `--preset fast`, and in the dense mode, by option; not those that are asked for.

    Views or crops that were given by themselves hold with any preset.
    """
    drawn, whole = _drawn_and_whole(plan)
    fast = replace(asked, preset="fast").protocol
    ways = {"--preset fast": [replace(p, views=fast["views"], crops=fast["crops"]) for p in drawn]}
    if all(protocol.takes_windows for protocol in drawn):
        ways["--mode dense"] = [replace(protocol, mode="dense") for protocol in drawn]
    return {option: [*protocols, *whole] for option, protocols in ways.items() if protocols != drawn}


def _drawn_and_whole(plan: ExtractionPlan) -> tuple[list[Protocol], list[Protocol]]:
    """The protocols of the variants, and those of whole images."""
    drawn = [protocol for protocol in plan.protocols if protocol.mode != WHOLE]
    return drawn, [protocol for protocol in plan.protocols if protocol.mode == WHOLE]
