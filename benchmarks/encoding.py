"""Rows about the networks: their rate against the machine's own matrix product, and dense against exact descriptors."""

from collections.abc import Callable, Iterator
from functools import cache
from statistics import median
from time import perf_counter

import numpy as np
import torch
from joblib import Parallel, delayed
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.row import Row
from featurize.encoders.inference import GPU_BATCH, Runner, fastest, make_runner
from featurize.encoders.registry import ENCODERS
from featurize.encoders.weights import load_network
from featurize.pooling import pool_windows
from featurize.views import open_views
from imaging.crops import turn_boxes
from imaging.phantom import draw_field

SIDE = 400
SHARES = {"resnet50": 0.85, "inception_v3": 0.85, "vgg16": 0.80}  # of the float32 matrix product, on a CPU
GPU_SHARES = {"resnet50": 0.15, "inception_v3": 0.12, "vgg16": 0.40}  # of the bfloat16 one
WORKERS = 2


def cpu_rates() -> Iterator[Row]:
    """Two workers of one thread each, as extract starts them, against one product on two threads."""
    for name, share in SHARES.items():
        reference = product_rate(4096, "cpu", torch.float32)
        rates = Parallel(WORKERS)(delayed(rate)(name, "cpu", "float32", 1, 6.0) for _ in range(WORKERS))
        note = f"{fastest('cpu', 'float32')}, {WORKERS} workers; reference: sgemm 4096"
        yield Row(f"{name} on CPU, {SIDE} px", sum(rates), reference, "GFLOP/s", share, higher=True, note=note)


def gpu_rates() -> Iterator[Row]:
    """One GPU in bfloat16 against its own matrix product; nothing where there is none."""
    if not torch.cuda.is_available():
        return
    for name, share in GPU_SHARES.items():
        reference = product_rate(8192, "cuda", torch.bfloat16)
        value = rate(name, "cuda:0", "bfloat16", GPU_BATCH, 6.0)
        yield Row(f"{name} on GPU, {SIDE} px", value, reference, "GFLOP/s", share, higher=True, note="bfloat16")


def dense_speed() -> Iterator[Row]:
    """One view of the paper's size, crops 400 and 650 together: 40 crops encoded, or the view once."""
    for name in ("squeezenet1_1", "resnet50"):
        runner, view = (
            runner_of(name, "cpu", "float32"),
            open_views(draw_field("benign", "p", 0, 768, 1024, 0).image, "cpu"),
        )
        view.jitter(np.array([0.9, 1.1]))
        rng = np.random.default_rng(0)
        boxes = {side: rng.integers(0, [768 - side + 1, 1024 - side + 1, 8], (20, 3)) for side in (400, 650)}

        def exact(runner: Runner = runner, boxes: dict[int, np.ndarray] = boxes, view=view) -> None:
            for side, places in boxes.items():
                runner.features(view.crops(places, side))

        def dense(runner: Runner = runner, boxes: dict[int, np.ndarray] = boxes, view=view) -> None:
            maps = runner.maps(view.whole(0))
            for side, places in boxes.items():
                pool_windows(maps, turn_boxes(places, side, 768, 1024, 0), side, 768, 1024)

        yield Row(f"{name}, dense view", timed(dense, 3), timed(exact, 1), "s", 10, note="reference: exact, one worker")


def rate(name: str, device: str, precision: str, batch: int, seconds: float) -> float:
    """GFLOP/s of one worker over so many seconds."""
    runner = runner_of(name, device, precision)
    crops = torch.randint(0, 256, (batch, SIDE, SIDE, 3), dtype=torch.uint8, device=device)
    done, started = 0, 0.0
    for _ in range(3):
        runner.features(crops)
    started = perf_counter()
    while perf_counter() - started < seconds:
        runner.features(crops).cpu()  # waits for a GPU
        done += batch
    return done * flops(name) / (perf_counter() - started) / 1e9


def product_rate(size: int, device: str, kind: torch.dtype) -> float:
    """GFLOP/s of a square matrix product with all threads; on a CPU the better of PyTorch's and numpy's."""
    a = torch.randn(size, size).to(device, kind)

    def product() -> None:
        a @ a
        if device == "cuda":
            torch.cuda.synchronize()

    ways: list[Callable[[], object]] = [product]
    if device == "cpu":
        array = a.numpy()
        ways.append(lambda: array @ array)
    return max(2 * size**3 / timed(way, 3) / 1e9 for way in ways)


def timed(way: Callable[[], object], rounds: int) -> float:
    """Median seconds of a call after a first that does not count."""
    way()
    times = []
    for _ in range(rounds):
        started = perf_counter()
        way()
        times.append(perf_counter() - started)
    return median(times)


def runner_of(name: str, device: str, precision: str) -> Runner:
    """A network with random weights, as a worker runs it."""
    return make_runner(load_network(ENCODERS[name], None), ENCODERS[name], device, precision)


@cache
def flops(name: str) -> int:
    """Operations of one crop, a multiplication with its addition counted as two."""
    network = load_network(ENCODERS[name], None)
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        network(torch.zeros(1, 3, SIDE, SIDE))
    return counter.get_total_flops()
