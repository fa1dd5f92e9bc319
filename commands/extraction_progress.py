"""What a person sees of `extract`: the images, the variants, how far each is, and the time that is left."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cohort.checks.image_state_notices import state_notices
from cohort.checks.notices import Notice
from commands.extract_options import ExtractOptions
from commands.terminal import UNKNOWN, console, counted, duration, warn, warn_of_stain
from featurize.protocol import WHOLE

if TYPE_CHECKING:
    from cohort.samples import Sample
    from featurize.crops_that_fit import AutoCrops
    from featurize.extract import Described
    from featurize.plan import ExtractionPlan
    from featurize.store.store import Store

ODD_SHOWN = 3  # images without stain normalisation that extract names
SETTLED = 3.0  # seconds that images are counted before the time left is told
SLOW = 20.0  # seconds for an image, beside which what comes with the first one is little


def show_plan(plan: "ExtractionPlan", asked: ExtractOptions) -> None:
    """The images that are to be described, what looks wrong with them, and the crops where these were chosen."""
    console.print(f"{plan.dataset.summary()}; {image_sizes(plan)} pixels")
    warn(plan.warnings)
    if asked.is_auto:
        for line in auto_lines(plan, asked.auto):
            console.print(line, soft_wrap=True)


def auto_lines(plan: "ExtractionPlan", auto: "AutoCrops") -> Iterator[str]:
    """The crops that were chosen, and what a few small images stand in the way of."""
    from featurize.crops_that_fit import as_options, if_few_were_left_out, shorter_side

    crops = list(dict.fromkeys((p.crop, p.scale) for p in plan.protocols if p.mode != WHOLE))
    sides = [shorter_side(image) for image in plan.images]
    yield f"--crops auto takes {as_options(crops)}, which fits all images (shortest side: {min(sides)} pixels)"
    larger = if_few_were_left_out(sides, [sample.label for sample in plan.dataset.samples], crops, auto)
    if larger:
        yield larger


def image_sizes(plan: "ExtractionPlan") -> str:
    """Width and height of the image files: the one size, or the smallest and the largest by their shorter side."""
    sizes = {(image.width, image.height) for image in plan.images}
    in_order = sorted(sizes, key=lambda size: (min(size), max(size), size))
    smallest, largest = (f"{width} x {height}" for width, height in (in_order[0], in_order[-1]))
    return smallest if smallest == largest else f"{smallest} to {largest}"


def show_stores(stores: "Sequence[Store]", samples: "Sequence[Sample]") -> None:
    """How far the cache has got with these images, a line for each variant."""
    from featurize.extract import progress_of

    console.print("variants, named network-crop@scale:")
    for store in stores:
        if store.protocol.mode == WHOLE:
            continue
        console.print(f"  {progress_of(store, samples)}")
        if store.dropped:
            console.print(f"    {len(store.dropped)} damaged rows are made again")


class Pace:
    """How long the rest takes, by the images after those that each worker began with.

    The first image of a worker waits for its networks, which are built once and would count for every image. Workers
    that began together also end together, so the time of a round is measured: from an image to the one after it by as
    many as all workers have in hand.
    """

    def __init__(self, total: int, workers: int, block: int = 1, clock: Callable[[], float] = perf_counter):
        """block: images that a worker is given, and gives back, at once."""
        self.total = total
        self.workers = min(workers, total)
        self.round = self.workers * block  # images
        self.clock = clock
        self.started = clock()
        self.ends: list[float] = []  # of each image that is done
        self.left: float | None = None  # seconds
        self.is_sure = False  # whether `left` rests on enough to be told

    @property
    def done(self) -> int:
        """How many images are."""
        return len(self.ends)

    def tick(self, seconds: float) -> None:
        """An image is done, with which a worker was busy for so long once it had its networks."""
        now = self.clock()
        self.ends.append(now)
        rest = self.total - self.done
        rounds = self.done // self.round - 1  # that can be measured
        if rounds > 0:
            recent = self.round * ((rounds + 1) // 2)  # images; before them some worker may have waited still
            self.left = rest * (now - self.ends[-1 - recent]) / recent
            warm = self.ends[self.round - 1]
            settled = max(SETTLED, warm - self.started)
            self.is_sure = self.is_sure or (rounds > 1 and now - warm >= settled)
        elif seconds > SLOW or rest == 0:
            self.left = seconds * rest / self.workers
            self.is_sure = True

    @property
    def words(self) -> str:
        """The time that is left, for the end of a bar."""
        return UNKNOWN if self.left is None else duration(self.left)


def follow_images(work: "Iterable[Described]", pace: Pace) -> None:
    """Follow the images as they are described: a stain that was left alone and, once it is known, the time left."""
    odd = 0
    said: set[Notice] = set()
    is_told = False
    columns = TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, TextColumn("left {task.fields[left]}"), console=console) as bar:
        task = bar.add_task("describing", total=pace.total, left=UNKNOWN)
        for described in work:
            pace.tick(described.seconds)
            bar.update(task, advance=1, left=pace.words)
            new: list[Notice] = [notice for notice in described.notices if notice not in said]
            warn(new)
            said.update(new)
            if described.status != "ok":
                odd += 1
                tell_odd(odd, described)
            if pace.is_sure and not is_told and pace.done < pace.total:
                console.print(f"about {pace.words} left, by the first {pace.done} of {pace.total} images")
                is_told = True


def tell_odd(count: int, described: "Described") -> None:
    """One of the first images whose stain was left alone, and that the further ones are not named."""
    if count <= ODD_SHOWN:
        warn_of_stain(described.image, described.status)
    if count == ODD_SHOWN:
        console.print("further such images are counted at the end")


def show_done(samples: "Sequence[Sample]", stores: "Sequence[Store]", folder: Path) -> None:
    """What is described now, and how many images of each class have little to describe."""
    from featurize.store.image_states import image_states

    variants = sum(store.protocol.mode != WHOLE for store in stores)
    console.print(f"done: {len(samples)} images x {counted(variants, 'variant')} (network and crop size) in {folder}")
    states = image_states([sample.name for sample in samples], stores, folder)
    warn(state_notices([sample.label for sample in samples], states))
