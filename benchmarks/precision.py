"""What bfloat16 costs: relative error of descriptors against float32, per encoder: `python benchmarks/precision.py`.

Runs on the CPU, where bfloat16 rounds like on a GPU though sums may run in another order. Weights are random unless a
folder is given; a random network amplifies rounding more than a trained one.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import torch

from featurize.encoders.inference import TorchRunner
from featurize.encoders.registry import ENCODERS
from featurize.encoders.weights import WeightsError, find_weights, load_network
from featurize.pooling import power_mean
from featurize.views import open_views
from imaging.phantom import draw_field


def main(folder: str = "random") -> None:
    """Print an error for each encoder, over four fields of 20 crops."""
    for name, encoder in ENCODERS.items():
        try:
            path = find_weights(encoder, folder)
        except WeightsError:
            path = None
        full, reduced = (
            TorchRunner(load_network(encoder, path), encoder, "cpu", kind) for kind in ("float32", "bfloat16")
        )
        errors = []
        for label in ("normal", "benign", "insitu", "invasive"):
            view = open_views(draw_field(label, "p", 0, 384, 512, seed=0).image, "cpu")
            boxes = np.random.default_rng(0).integers(0, [384 - 224, 512 - 224, 8], (20, 3))
            crops = view.crops(boxes, 224)
            exact, rough = (power_mean(runner.features(crops)) for runner in (full, reduced))
            errors.append((torch.linalg.norm(rough - exact) / torch.linalg.norm(exact)).item())
        weights = path.name if path else "random weights"
        print(f"{name:14s} {weights:28s} relative error {np.median(errors):.4f} (largest {max(errors):.4f})")


if __name__ == "__main__":
    main(*sys.argv[1:])
