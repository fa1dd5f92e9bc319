"""The rule by which weights change: optimiser, its rates over the steps, and the moving average of the weights."""

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.optim import Adagrad, AdamW, Optimizer

from finetune.networks.classifier import Classifier
from finetune.training_settings import TrainingSettings

KERAS_START, KERAS_EPS = 0.1, 1e-7  # of Keras' Adagrad: its sums of squares begin at .1


def make_optimiser(network: Classifier, settings: TrainingSettings) -> Optimizer:
    """AdamW (Loshchilov & Hutter 2019), or Adagrad (Duchi et al. 2011) with Keras' constants; at its first rates."""
    groups = list(network.parameter_groups(settings))
    groups = [group | {"first_rate": group["lr"]} for group in groups if group["params"]]
    if settings.optimiser == "adamw":
        return AdamW(groups, weight_decay=settings.weight_decay)
    return Adagrad(groups, initial_accumulator_value=KERAS_START, eps=KERAS_EPS, weight_decay=settings.weight_decay)


def set_rates(optimiser: Optimizer, settings: TrainingSettings, step: int, steps: int) -> float:
    """Give each group its rate at a step of so many, both counted from 0 on; returns the factor of the first rates."""
    if settings.schedule == "cosine":
        factor = 0.5 * (1 + math.cos(math.pi * step / steps))
    else:
        factor = 1 / (1 + settings.rate_decay * step)
    for group in optimiser.param_groups:
        group["lr"] = group["first_rate"] * factor
    return factor


class MovingAverage:
    """Exponential moving average of all weights and statistics, which answers better than the last weights do.

    It begins fast: at step t the decay is at most (1 + t) / (10 + t).
    """

    def __init__(self, network: nn.Module, decay: float):
        self.decay = decay
        self.values = {name: value.clone() for name, value in network.state_dict().items()}

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Take in the weights after a step, counted from 0."""
        decay = min(self.decay, (1 + step) / (10 + step))
        for name, value in network.state_dict().items():
            mean = self.values[name]
            if decay and mean.is_floating_point():
                mean.lerp_(value, 1 - decay)
            else:
                mean.copy_(value)

    def load(self, values: Mapping[str, Tensor]) -> None:
        """Go on from the values of a checkpoint."""
        for name, value in values.items():
            self.values[name].copy_(value)
