"""The cache is filled: workers describe images (featurize/descriptor.py), and this process alone writes their rows."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from time import perf_counter

import torch
from joblib import Parallel, cpu_count, delayed

from cohort.checks.library_warnings import library_warnings
from cohort.checks.notices import Notice
from cohort.samples import Sample
from featurize.descriptor import Prepared, Work, describe_image, prepare
from featurize.encoders.encoder_pool import EncoderPool
from featurize.encoders.threads import one_thread
from featurize.protocol import WHOLE, Protocol
from featurize.store.row import Row
from featurize.store.store import Store
from imaging.read import content_of

DescribedBlock = list[tuple[str, dict[str, Row], float]]  # image, its rows by key of the protocol, seconds
GPU_BLOCK = 8  # images that a GPU's worker takes at once, preparing the next while it describes one


@dataclass(frozen=True)
class Described:
    """One image whose rows are safely written."""

    image: str
    status: str  # of its stain: ok, little tissue, degenerate
    seconds: float  # that a worker spent on it, once it had its networks
    notices: tuple[Notice, ...] = ()  # what its worker had to say, of it or of the images it was given with


def extract(
    samples: Sequence[Sample], stores: Sequence[Store], pool: EncoderPool, jobs: int, send: bool = False
) -> Iterator[Described]:
    """Fill the stores with what they lack of these images; yields each image as its rows are on the disk.

    Workers describe whole images, one thread each, and send arrays; this process alone writes. `send` gives them the
    image files too, for workers that do not see the paths. The stores' protocols must agree in seed and views, but for
    those of whole images.
    """
    drawn = [store.protocol for store in stores if store.protocol.mode != WHOLE]
    if len({(protocol.seed, protocol.views) for protocol in drawn}) > 1:
        raise ValueError("stores that are filled together must share their seed and number of views")
    work = []
    checked = {entry.image: entry.sha256 for store in stores for entry in store.entries}
    for sample, lacking in pending(samples, stores):
        as_checked = replace(sample, sha256=checked[sample.name])
        work.append((as_checked, [store.protocol for store in lacking]))
    if jobs > 1:
        pool.close()  # each worker has a pool of its own
    tasks = (delayed(describe_and_tell)(block, pool) for block in _blocks(work, pool, send))
    for described, notices in Parallel(jobs, return_as="generator_unordered")(tasks):
        for store in stores:
            key = store.protocol.key
            store.write_rows({name: rows[key] for name, rows, _ in described if key in rows})
        for name, rows, seconds in described:
            statuses = {row.stain_status.item().decode() for row in rows.values()}  # one for each scale
            yield Described(name, ", ".join(sorted(statuses - {""})), seconds, notices)  # "" of a whole image


def _blocks(work: Sequence[Work], pool: EncoderPool, send: bool) -> Iterator[list[Work]]:
    """What a worker is given at once."""
    size = block_size(pool)
    for start in range(0, len(work), size):
        block = list(work[start : start + size])
        yield _with_files(block) if send else block


def block_size(pool: EncoderPool) -> int:
    """How many images a worker is given at once."""
    return GPU_BLOCK if pool.device == "cuda" else 1


def _with_files(block: Sequence[Work]) -> list[Work]:
    """The same work with the files' bytes in it, read only now that a worker is free."""
    with_files = []
    for sample, protocols in block:
        with content_of(sample.path) as content:
            with_files.append((replace(sample, content=content), protocols))
    return with_files


def workers(pool: EncoderPool, wanted: int) -> int:
    """How many workers to start when so many are wanted (0: as the machine has cores); on GPUs one for each."""
    return torch.cuda.device_count() if pool.device == "cuda" else wanted or cpu_count()


def pending(samples: Sequence[Sample], stores: Sequence[Store]) -> list[tuple[Sample, list[Store]]]:
    """The images that lack a row somewhere, with the stores that lack it."""
    marks = [(store, store.done) for store in stores]
    work = []
    for sample in samples:
        lacking = [store for store, done in marks if not done[store.rows[sample.name]]]
        if lacking:
            work.append((sample, lacking))
    return work


def progress_of(store: Store, samples: Sequence[Sample]) -> str:
    """How far a store is with these images, in a line."""
    rows = [store.rows[sample.name] for sample in samples]
    done = int(store.done[rows].sum())
    if done == len(samples):
        state = "all done, skipped"
    else:
        skipped = f", {done} done and skipped" if done else ""
        state = f"{len(samples) - done} of {len(samples)} images to do{skipped}"
    return f"{store.protocol.variant}  weights {store.encoder['file']}  {state}"


def describe_and_tell(block: Sequence[Work], pool: EncoderPool) -> tuple[DescribedBlock, tuple[Notice, ...]]:
    """`describe_block`, and what there was to say: a worker's own error stream is not for anybody to read."""
    notices: list[Notice] = []
    with library_warnings(notices.append):
        described = describe_block(block, pool)
    return described, tuple(notices)


@one_thread()  # workers are the parallelism
def describe_block(block: Sequence[Work], pool: EncoderPool) -> DescribedBlock:
    """All rows of some images by protocol key, and the seconds they took; images are prepared one ahead."""
    described = []
    with ThreadPoolExecutor(1) as ahead:
        for (sample, protocols), images in zip(block, _prepared(block, ahead), strict=True):
            _load_networks(protocols, pool)
            started = perf_counter()
            rows = describe_image(sample.name, images(), protocols, pool)
            described.append((sample.name, rows, perf_counter() - started))
    pool.rest()
    return described


def _load_networks(protocols: Sequence[Protocol], pool: EncoderPool) -> None:
    """Have a worker's networks built before its first image, which is not to count for slower than the others."""
    for protocol in protocols:
        with pool.lend(protocol):
            pass


def _prepared(block: Sequence[Work], ahead: ThreadPoolExecutor) -> Iterator[Callable[[], Prepared]]:
    """For each image a call that waits for its prepared pixels; the one after is already in work by then."""
    if len(block) == 1:
        yield lambda: prepare(block[0])
        return
    following = ahead.submit(prepare, block[0])
    for number in range(len(block)):
        current = following
        if number + 1 < len(block):
            following = ahead.submit(prepare, block[number + 1])
        yield current.result
