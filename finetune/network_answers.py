"""What a network answers for images as they are."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

from finetune.memory import in_parts
from finetune.networks.classifier import Classifier
from finetune.pictures.batches import plain_batches, symmetries
from finetune.pictures.decoded import Pictures


@torch.no_grad()
def predict(
    network: Classifier, pictures: Pictures, rows: np.ndarray, symmetry_count: int, device: str, batch: int
) -> np.ndarray:
    """Probabilities (row, symmetry, class) float64 of a network in evaluation mode: the softmax of its logits.

    batch: images at once; fewer where memory runs out.
    """

    def answers(size: int) -> list[np.ndarray]:
        return list(_answers(network, pictures, rows, symmetry_count, device, size))

    answered, _ = in_parts(answers, batch)
    return np.concatenate(answered)


def _answers(
    network: Classifier, pictures: Pictures, rows: np.ndarray, symmetry_count: int, device: str, size: int
) -> Iterator[np.ndarray]:
    for pixels in plain_batches(pictures, rows, size):
        looks = []
        for turned in symmetries(pixels, symmetry_count):
            logits = network(turned.to(device))
            looks.append(logits.double().softmax(dim=1))
        yield torch.stack(looks, dim=1).cpu().numpy()


@contextmanager
def with_weights(network: Classifier, weights: dict[str, Tensor]) -> Iterator[Classifier]:
    """Inside, a network answers with other weights, in evaluation mode; afterwards it has its own again."""
    own = {name: value.clone() for name, value in network.state_dict().items()}
    network.load_state_dict(weights)
    network.eval()
    try:
        yield network
    finally:
        network.load_state_dict(own)
