"""What stands below a head: an encoder as it describes crops, its last map pooled, or several side by side."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from featurize.encoders.known.encoder import Encoder
from featurize.encoders.network import Network
from finetune.training_settings import TrainingError, TrainingSettings

TOGETHER = "+"  # between the names of two encoders
LAST_WIDTH = {"vgg16": 512}  # channels of the last map, where more maps than that are described


class PooledMap(nn.Module):
    """The average or the maximum of a network's last feature map.

    Keras' VGG-16 without its classifier ends in one more maximum over 2 x 2 cells, which is taken before.
    """

    def __init__(self, network: Network, encoder: Encoder, pooling: str):
        super().__init__()
        self.network, self.pooling = network, pooling
        self.ending = nn.MaxPool2d(2) if encoder.built_as == "vgg16" else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """Normalised pixels (n, 3, h, w) to (n, channel)."""
        cells = self.ending(self.network.maps(x)[-1])
        return cells.mean(dim=(2, 3)) if self.pooling == "average" else cells.amax(dim=(2, 3))


class SideBySide(nn.Module):
    """Several bodies that see the same pixels, each normalised as it wants them; their features are concatenated."""

    def __init__(self, bodies: Sequence[nn.Module], encoders: Sequence[Encoder]):
        super().__init__()
        self.bodies = nn.ModuleList(bodies)
        for fact in ("mean", "std"):
            values = torch.tensor([getattr(encoder, fact) for encoder in encoders])
            self.register_buffer(fact, values.view(-1, 3, 1, 1), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Pixels (n, 3, h, w) in [0, 1] to (n, dim), the first body's features first."""
        parts = []
        for body, mean, std in zip(self.bodies, self.mean, self.std, strict=True):  # type: ignore[arg-type]
            parts.append(body((x - mean) / std))
        return torch.cat(parts, dim=1)


def pooled(network: nn.Module, encoder: Encoder, settings: TrainingSettings) -> nn.Module:
    """A network that gives features as the settings pool them; raises TrainingError for one without a feature map."""
    if settings.pooling == "own":
        return network
    if encoder.tokens != "map" or not isinstance(network, Network):
        raise TrainingError(f"{encoder.name} gives tokens and no feature map to pool; use a convolutional network")
    return PooledMap(network, encoder, settings.pooling)


def features_of(encoder: Encoder, settings: TrainingSettings) -> int:
    """How many features a body gives."""
    return encoder.dim if settings.pooling == "own" else LAST_WIDTH.get(encoder.built_as, encoder.dim)
