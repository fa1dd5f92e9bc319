"""The file under which an encoder's weights are published, and where it lies after a download."""

from pathlib import Path

import torch

from featurize.encoders.known.encoder import Encoder
from featurize.encoders.lean_torchvision import models


def published_file(encoder: Encoder) -> str:
    """The name of the published weights file, which ends in the start of its SHA-256; "" where only the hub has it."""
    return Path(download_url(encoder)).name


def download_url(encoder: Encoder) -> str:
    """Where the weights are published as one file; "" where only the hub has them."""
    if encoder.library == "torchvision":
        return models.get_weight(encoder.weights).url
    return encoder.hub if encoder.hub.startswith("https://") else ""


def download_path(encoder: Encoder) -> Path:
    """Where the published file lies, or would, in torch's cache."""
    return Path(torch.hub.get_dir()) / "checkpoints" / published_file(encoder)


def start_of_digest(name: str) -> str:
    """How the SHA-256 of a published file begins, as its name has it."""
    return Path(name).stem.rsplit("-", 1)[1]
