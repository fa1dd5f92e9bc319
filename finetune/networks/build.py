"""The network that settings ask for, with weights from a file or from a seed."""

from pathlib import Path

import torch
from torch import nn

from featurize.encoders.known.encoder import Encoder
from featurize.encoders.registry import find_encoder
from featurize.encoders.weights import load_network
from finetune.networks.classifier import Classifier, draw_glorot
from finetune.networks.idc_networks import IDC_NETWORKS
from finetune.training_settings import TrainingSettings


def encoders_of(settings: TrainingSettings) -> tuple[Encoder, ...]:
    """The encoders that a network is made of, mostly one; none of a document's own. ProtocolError for unknown ones."""
    if settings.network in IDC_NETWORKS:
        return ()
    return (find_encoder(settings.network),)


def build_classifier(settings: TrainingSettings, classes: int, weights: Path | None = None) -> Classifier:
    """A network ready to be trained; raises WeightsError for a file that does not fit, ProtocolError for no network.

    weights: of an encoder's body; None: drawn from the seed, as all of a document's own networks are.
    """
    rng = torch.Generator().manual_seed(settings.seed)
    if settings.network in IDC_NETWORKS:
        network = Classifier(IDC_NETWORKS[settings.network](classes), nn.Identity(), (0.0,) * 3, (1.0,) * 3, False)
        draw_glorot(network, rng)
        return network
    encoder = find_encoder(settings.network)
    body = load_network(encoder, weights)
    head = nn.Sequential(nn.Dropout(settings.dropout), nn.Linear(encoder.dim, classes))
    draw_glorot(head, rng)
    return Classifier(body, head, encoder.mean, encoder.std, weights is not None)
