"""The network that settings ask for, with weights from files or from a seed."""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from featurize.encoders.known.encoder import Encoder
from featurize.encoders.registry import find_encoder
from featurize.encoders.weights import load_network
from finetune.networks.bodies import TOGETHER, SideBySide, features_of, pooled
from finetune.networks.classifier import Classifier, draw_glorot
from finetune.networks.dropout import SeededDropout, without_dropout
from finetune.networks.idc_networks import IDC_NETWORKS
from finetune.training_settings import TrainingError, TrainingSettings

AS_STORED = (0.0,) * 3, (1.0,) * 3  # mean and deviation that leave pixels in [0, 1]


def encoders_of(settings: TrainingSettings) -> tuple[Encoder, ...]:
    """The encoders that a network is made of, mostly one; none of a document's own. ProtocolError for unknown ones."""
    if settings.network in IDC_NETWORKS:
        return ()
    return tuple(find_encoder(name) for name in settings.network.split(TOGETHER))


def build_classifier(settings: TrainingSettings, classes: int, weights: Sequence[Path] = ()) -> Classifier:
    """A network ready to be trained; raises WeightsError for a file that does not fit, ProtocolError for no network.

    weights: a file for each encoder, in their order; none: drawn from a seed, as all of a document's own networks are.
    """
    rng = torch.Generator().manual_seed(settings.seed)
    encoders = encoders_of(settings)
    if not encoders:
        network = Classifier(IDC_NETWORKS[settings.network](classes), nn.Identity(), *AS_STORED, False)
        draw_glorot(network, rng)
        return network
    files: Sequence[Path | None] = weights or [None] * len(encoders)
    bodies, width = [], 0
    for encoder, file in zip(encoders, files, strict=True):
        body = without_dropout(load_network(encoder, file, seed=settings.seed))
        bodies.append(pooled(body, encoder, settings))
        width += features_of(encoder, settings)
    head = _head(settings, width, classes)
    draw_glorot(head, rng)
    if len(encoders) == 1:
        return Classifier(bodies[0], head, encoders[0].mean, encoders[0].std, bool(weights))
    return Classifier(SideBySide(bodies, encoders), head, *AS_STORED, bool(weights))


class TwoLogits(nn.Module):
    """One output as the logits of two classes, 0 and z: their softmax is the sigmoid of z, and so is the loss."""

    def forward(self, z: Tensor) -> Tensor:
        """(n, 1) to (n, 2), the second class being that whose probability the sigmoid is."""
        return torch.cat([torch.zeros_like(z), z], dim=1)


def _head(settings: TrainingSettings, width: int, classes: int) -> nn.Sequential:
    dropout = SeededDropout(settings.dropout)
    if settings.head == "softmax":
        return nn.Sequential(dropout, nn.Linear(width, classes))
    if classes != 2:
        raise TrainingError(f"a sigmoid tells two classes apart, and there are {classes}; use a recipe with a softmax")
    return nn.Sequential(dropout, nn.Linear(width, 1), TwoLogits())
