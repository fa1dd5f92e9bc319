"""A network with a head: pixels as they are stored to logits, and which of its layers are trained when."""

import math
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from finetune.training_settings import TrainingError, TrainingSettings

NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)


class Classifier(nn.Module):
    """A body that gives features, and a head that gives logits.

    pretrained: the body brings weights of another training; then its layers may be trained later, in part, or slowly.
    """

    def __init__(self, body: nn.Module, head: nn.Module, mean: Sequence[float], std: Sequence[float], pretrained: bool):
        super().__init__()
        self.body, self.head = body, head
        self.pretrained = pretrained
        self.mean: Tensor
        self.std: Tensor
        self.register_buffer("mean", 255 * torch.tensor(mean).view(3, 1, 1), persistent=False)
        self.register_buffer("std", 255 * torch.tensor(std).view(3, 1, 1), persistent=False)

    def features(self, pixels: Tensor) -> Tensor:
        """(n, side, side, 3) uint8 to what the body gives, (n, dim)."""
        channels_first = pixels.permute(0, 3, 1, 2).float()
        return self.body((channels_first - self.mean) / self.std)

    def forward(self, pixels: Tensor) -> Tensor:
        """(n, side, side, 3) uint8 to logits (n, classes)."""
        return self.head(self.features(pixels))

    def layers(self) -> list[nn.Module]:
        """The body's layers that have parameters of their own, from the lowest to the uppermost."""
        return [module for module in self.body.modules() if list(module.parameters(recurse=False))]

    def trained_layers(self, settings: TrainingSettings) -> list[nn.Module]:
        """The body's layers that are ever trained, from the lowest to the uppermost."""
        layers = self.layers()
        if not self.pretrained:
            return layers
        if settings.frozen_to and settings.upper_rate:
            return layers[self._end_of(settings.frozen_to) :]
        count = math.ceil(settings.trained_share * len(layers)) if settings.upper_rate else 0
        return layers[len(layers) - count :]

    def _end_of(self, stage: str) -> int:
        """How many layers there are up to the end of a stage, which is a module of the body or of its network."""
        names = [name for name, module in self.body.named_modules() if list(module.parameters(recurse=False))]
        inside = [height for height, name in enumerate(names) if f".{stage}." in f".{name}."]
        if not inside:
            raise TrainingError(f"this network has no stage {stage!r} to freeze up to; leave frozen_to empty")
        return inside[-1] + 1

    def set_trained(self, settings: TrainingSettings, epoch: int) -> None:
        """Make ready for an epoch, counted from 0: which layers are trained, and which run as they do in use.

        A frozen batch norm in training mode would go on to change its statistics: it stays in evaluation mode.
        """
        self.train()
        is_head_alone = self.pretrained and epoch < settings.head_epochs
        trained = [] if is_head_alone else self.trained_layers(settings)
        self.body.requires_grad_(False)
        for layer in trained:
            for parameter in layer.parameters(recurse=False):
                parameter.requires_grad_(True)
        if not self.pretrained:
            return
        if is_head_alone:
            self.body.eval()
        for layer in self.body.modules():
            if isinstance(layer, NORMS) and (settings.frozen_norms or layer not in trained):
                layer.eval()

    def parameter_groups(self, settings: TrainingSettings) -> Iterator[dict]:
        """For an optimiser: the head at `rate`, each trained layer of a pretrained body at its own rate."""
        yield {"params": list(self.head.parameters()), "lr": settings.rate}
        for height, layer in enumerate(reversed(self.trained_layers(settings))):
            slower = settings.upper_rate * settings.layer_decay**height
            rate = slower if self.pretrained else settings.rate
            yield {"params": list(layer.parameters(recurse=False)), "lr": rate}


def draw_glorot(network: nn.Module, rng: torch.Generator) -> None:
    """First weights as Keras draws them: uniform after Glorot & Bengio 2010, biases 0; batch norm as it begins."""
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.xavier_uniform_(layer.weight, generator=rng)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
        elif isinstance(layer, NORMS):
            layer.reset_parameters()
