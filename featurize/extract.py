"""From an image file to the rows of all its variants; what variants share is done once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import groupby
from multiprocessing import current_process
from pathlib import Path
from time import perf_counter

import numpy as np
import torch
from joblib import Parallel, cpu_count, delayed
from torch import Tensor

from cohort.samples import Sample
from featurize.dense import pool_windows
from featurize.networks import one_thread
from featurize.pool import power_mean
from featurize.protocol import Protocol
from featurize.runners import Runner, fastest, make_runner
from featurize.store import Row, Store
from featurize.views import Views, open_views
from imaging.crops import draw_boxes, turn_boxes
from imaging.read import read_image, rescale
from imaging.seeding import crop_rng, turn_rng, view_rng
from imaging.stain import Stain, draw_gains, fit_stain, normalise, optical_density

GPU_BLOCK = 8  # images that a GPU's worker takes at once, preparing the next while it describes one


@dataclass(frozen=True)
class Engine:
    """Where encoders run and what they are made of."""

    weights: Mapping[str, Path | None]  # by encoder; None for random weights
    device: str = "cpu"  # or cuda: all GPUs of the machine, a worker each

    def runner(self, protocol: Protocol, device: str) -> Runner:
        """The protocol's network, ready to run; loaded once in each worker."""
        path, kind = self.weights[protocol.encoder], fastest(self.device, protocol.precision)
        return make_runner(protocol.encoder, path, protocol.weights, device, protocol.precision, kind)


@dataclass(frozen=True)
class Described:
    """One image whose rows are safely written."""

    image: str
    status: str  # of its stain: ok, little tissue, degenerate
    seconds: float  # that a worker spent on it


Work = tuple[Sample, list[Protocol]]
Normalised = dict[float, tuple[np.ndarray, Stain]]  # by scale: image (h, w, 3) uint8, and its stain


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


def normalised_images(work: Work) -> Normalised:
    """An image file, read once and normalised at each scale."""
    sample, protocols = work
    image = read_image(sample.path, sample.content)
    found = {}
    for scale in {protocol.scale for protocol in protocols}:
        rescaled = rescale(image, scale)
        density = optical_density(rescaled)
        stain = fit_stain(rescaled, density)
        found[scale] = normalise(rescaled, stain, density), stain
    return found


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


def ordered(protocols: Sequence[Protocol]) -> list[Protocol]:
    """Side by side what shares a scale, and within it a crop."""
    return sorted(protocols, key=lambda p: (p.scale, p.crop, p.crops, p.encoder))


def describe_scale(
    name: str,
    normalised: np.ndarray,
    stain: Stain,
    protocols: list[Protocol],
    engine: Engine,
    device: str,
    numbers: range,
) -> dict[str, Row]:
    """Rows of the variants of one scale from its normalised image (h, w, 3), with the views of these numbers."""
    first, (height, width) = protocols[0], normalised.shape[:2]
    gains = {view: draw_gains(view_rng(first.seed, name, view)) for view in numbers}  # (2,) each
    descriptors: dict[str, list[Tensor]] = {protocol.key: [] for protocol in protocols}
    boxes: dict[str, list[np.ndarray]] = {protocol.key: [] for protocol in protocols}
    views = open_views(normalised, device)
    describe = {"exact": _exact, "dense": _dense}[first.mode]
    for view in numbers:
        views.jitter(gains[view])
        drawn = [
            draw_boxes(crop_rng(p.seed, name, view, p.crop, p.scale), height, width, p.crop, p.crops) for p in protocols
        ]
        if first.mode == "dense":  # one symmetry for the whole view
            symmetry = turn_rng(first.seed, name, view, first.scale).integers(8)
            drawn = [np.column_stack([box[:, :2], np.full(len(box), symmetry)]).astype(np.int32) for box in drawn]
        for protocol, box, features in describe(views, list(zip(protocols, drawn, strict=True)), engine, device):
            descriptors[protocol.key].append(power_mean(features, protocol.power))
            boxes[protocol.key].append(box)
    status = np.array(stain.status, "S16")
    drawn_gains = np.stack(list(gains.values()))  # (view, 2)
    return {
        key: Row(torch.stack(rows).cpu().numpy(), drawn_gains, np.stack(boxes[key]), status, stain.matrix, stain.scale)
        for key, rows in descriptors.items()
    }


Drawn = list[tuple[Protocol, np.ndarray]]  # the boxes (crop, 3) of each protocol


def _exact(views: Views, drawn: Drawn, engine: Engine, device: str) -> Iterator[tuple[Protocol, np.ndarray, Tensor]]:
    """Features (crop, dim) of one view's crops, each encoded by itself; crops of a size are taken once."""
    for _, same in groupby(drawn, lambda pair: (pair[0].crop, pair[0].crops)):
        protocols, boxes = zip(*same, strict=True)
        crops = views.crops(boxes[0], protocols[0].crop)  # (crop, side, side, 3)
        for protocol in protocols:
            yield protocol, boxes[0], engine.runner(protocol, device).features(crops)


def _dense(views: Views, drawn: Drawn, engine: Engine, device: str) -> Iterator[tuple[Protocol, np.ndarray, Tensor]]:
    """Features (crop, dim) of one view's windows on the feature maps of the whole view, encoded once per network."""
    symmetry = int(drawn[0][1][0, 2])
    turned, upright = views.whole(symmetry), views.whole(0).shape  # (h, w, 3)
    for _, same in groupby(sorted(drawn, key=lambda pair: pair[0].encoder), lambda pair: pair[0].encoder):
        pairs = list(same)
        maps = engine.runner(pairs[0][0], device).maps(turned)
        for protocol, boxes in pairs:
            corners = turn_boxes(boxes, protocol.crop, upright[0], upright[1], symmetry)
            yield protocol, boxes, pool_windows(maps, corners, protocol.crop, turned.shape[0], turned.shape[1])
