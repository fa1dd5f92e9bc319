"""Crops a second of some networks as a worker runs them, against the same network in eager PyTorch.

    python -m benchmarks.eager

Two workers of one thread against one eager process on two threads, batches of 8, channels first, which is how most
programs run them. Beside them the machine's own peak, a square float32 matrix product, by library. Random weights: the
rate does not depend on them.
"""

from statistics import median
from time import perf_counter

import numpy as np
import torch
from joblib import Parallel, delayed

from benchmarks.encoding import WORKERS, timed
from benchmarks.row import Row, table
from featurize.encoders.inference import fastest, make_runner
from featurize.encoders.network import FromPixels
from featurize.encoders.registry import find_encoder
from featurize.encoders.weights import load_network

NETWORKS = {"tf_efficientnet_lite0": 224, "vgg16": 224, "vit_small_patch16_224": 224}  # side of a crop
BATCH, SIZE, SECONDS, ROUNDS = 8, 4096, 6.0, 3


def peaks() -> dict[str, float]:
    """GFLOP/s of a float32 product of square matrices on all threads, by library."""
    a = torch.randn(SIZE, SIZE)
    array = a.numpy()
    return {
        "torch": 2 * SIZE**3 / timed(lambda: a @ a, 3) / 1e9,
        "numpy": 2 * SIZE**3 / timed(lambda: array @ array, 3) / 1e9,
    }


def ours(name: str) -> float:
    """Crops a second of one worker."""
    encoder = find_encoder(name)
    runner = make_runner(load_network(encoder, None), encoder, "cpu", "float32")
    return rate(runner.features, NETWORKS[name])


def eager(name: str) -> float:
    """Crops a second of the plain network."""
    encoder = find_encoder(name)
    network = FromPixels(load_network(encoder, None).to(memory_format=torch.contiguous_format), encoder, as_maps=False)
    with torch.inference_mode():
        return rate(network.eval(), NETWORKS[name])


def rate(features: object, side: int) -> float:
    """Crops a second over some seconds, after a first call that does not count."""
    rng = np.random.default_rng(0)
    crops = torch.from_numpy(rng.integers(0, 256, (BATCH, side, side, 3), dtype=np.uint8))
    features(crops)  # type: ignore[operator]
    started, done = perf_counter(), 0
    while perf_counter() - started < SECONDS:
        features(crops)  # type: ignore[operator]
        done += BATCH
    return done / (perf_counter() - started)


def main() -> None:
    """Measure in turn, so that a busy machine is busy for both, and print."""
    print("; ".join(f"{library}: {value:.0f} GFLOP/s" for library, value in peaks().items()))
    rows = []
    for name, side in NETWORKS.items():
        found: dict[str, list[float]] = {"ours": [], "eager": []}
        for _ in range(ROUNDS):
            found["eager"].append(eager(name))
            found["ours"].append(sum(Parallel(WORKERS)(delayed(ours)(name) for _ in range(WORKERS))))
        note = (
            f"{fastest('cpu', 'float32')}, {WORKERS} workers; reference: eager torch, {torch.get_num_threads()} threads"
        )
        here, there = median(found["ours"]), median(found["eager"])
        rows.append(Row(f"{name}, {side} px", here, there, "crops/s", None, higher=True, note=note))
    print(table(rows))


if __name__ == "__main__":
    main()
