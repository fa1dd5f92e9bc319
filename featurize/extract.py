"""From an image file to the rows of all its variants; what variants share is done once."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import groupby
from multiprocessing import current_process
from time import perf_counter

import torch
from joblib import Parallel, cpu_count, delayed

from cohort.samples import Sample
from featurize.descriptor import Normalised, Work, describe_scale, normalised_images, ordered
from featurize.encoders.inference import Engine
from featurize.encoders.threads import one_thread
from featurize.store.store import Row, Store

GPU_BLOCK = 8  # images that a GPU's worker takes at once, preparing the next while it describes one


@dataclass(frozen=True)
class Described:
    """One image whose rows are safely written."""

    image: str
    status: str  # of its stain: ok, little tissue, degenerate
    seconds: float  # that a worker spent on it


def extract(
    samples: Sequence[Sample], stores: Sequence[Store], engine: Engine, jobs: int, send: bool = False
) -> Iterator[Described]:
    """Fill the stores with what they lack of these images; yields each image as its rows are on the disk.

    Workers describe whole images, one thread each, and send arrays; this process alone writes. `send` gives them the
    image files too, for workers that do not see the paths. The stores' protocols must agree in seed and views.
    """
    if len({(store.protocol.seed, store.protocol.views) for store in stores}) > 1:
        raise ValueError("stores that are filled together must share their seed and number of views")
    work = [(sample, [store.protocol for store in lacking]) for sample, lacking in pending(samples, stores)]
    size = GPU_BLOCK if engine.device == "cuda" else 1
    blocks = [work[start : start + size] for start in range(0, len(work), size)]
    by_key = {store.protocol.key: store for store in stores}
    tasks = (delayed(describe_block)(_with_files(block) if send else block, engine) for block in blocks)
    for block in Parallel(jobs, return_as="generator_unordered")(tasks):
        for key, store in by_key.items():
            store.write_rows({name: rows[key] for name, rows, _ in block if key in rows})
        for name, rows, seconds in block:
            statuses = {row.stain_status.item().decode() for row in rows.values()}  # one for each scale
            yield Described(name, ", ".join(sorted(statuses)), seconds)


def _with_files(block: Sequence[Work]) -> list[Work]:
    """The same work with the files' bytes in it, read only now that a worker is free."""
    return [(replace(sample, content=sample.path.read_bytes()), protocols) for sample, protocols in block]


def workers(engine: Engine, wanted: int) -> int:
    """How many workers to start when so many are wanted (0: as the machine has cores); on GPUs one for each."""
    return torch.cuda.device_count() if engine.device == "cuda" else wanted or cpu_count()


def pending(samples: Sequence[Sample], stores: Sequence[Store]) -> list[tuple[Sample, list[Store]]]:
    """The images that lack a row somewhere, with the stores that lack it."""
    done = {store.protocol.key: store.done for store in stores}
    lacking = [
        (sample, [store for store in stores if not done[store.protocol.key][store.rows[sample.name]]])
        for sample in samples
    ]
    return [(sample, where) for sample, where in lacking if where]


def progress_of(store: Store, samples: Sequence[Sample]) -> str:
    """How far a store is with these images, in a line."""
    marks = store.done
    done = sum(bool(marks[store.rows[sample.name]]) for sample in samples)
    todo = f"{len(samples) - done} of {len(samples)} images to do" + (f", {done} done and skipped" if done else "")
    state = todo if done < len(samples) else "all done, skipped"
    return f"{store.protocol.variant}  weights {store.encoder['file']}  {state}"


@one_thread()  # workers are the parallelism
def describe_block(block: Sequence[Work], engine: Engine) -> list[tuple[str, dict[str, Row], float]]:
    """All rows of some images by protocol key, and the seconds they took; images are prepared one ahead."""
    device = engine.device if engine.device == "cpu" else gpu_of(current_process().name, torch.cuda.device_count())
    described = []
    with ThreadPoolExecutor(1) as ahead:
        for (sample, protocols), images in zip(block, _prepared(block, ahead), strict=True):
            started = perf_counter()
            normalised = images()
            rows: dict[str, Row] = {}
            for scale, of_scale in groupby(ordered(protocols), lambda p: p.scale):
                views = range(protocols[0].views)
                rows |= describe_scale(sample.name, *normalised[scale], list(of_scale), engine, device, views)
            described.append((sample.name, rows, perf_counter() - started))
    return described


def gpu_of(worker: str, count: int) -> str:
    """The GPU of a worker process: LokyProcess-3 takes the third, and so on in a ring."""
    number = worker.rpartition("-")[2]
    return f"cuda:{(int(number) - 1) % count if number.isdigit() else 0}"


def _prepared(block: Sequence[Work], ahead: ThreadPoolExecutor) -> Iterator[Callable[[], Normalised]]:
    """For each image a call that waits for its normalised pixels; the one after is already in work by then."""
    if len(block) == 1:
        yield lambda: normalised_images(block[0])
        return
    following = ahead.submit(normalised_images, block[0])
    for number in range(len(block)):
        current = following
        if number + 1 < len(block):
            following = ahead.submit(normalised_images, block[number + 1])
        yield current.result
