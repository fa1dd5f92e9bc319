"""The rule by which weights change: optimiser, its rates over the steps, and the moving average of the weights."""

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.optim import Adagrad, Adam, AdamW, Optimizer

from finetune.networks.classifier import Classifier
from finetune.training_settings import TrainingSettings

KERAS_START, KERAS_EPS = 0.1, 1e-7  # Keras' Adagrad begins its sums of squares at .1; epsilon of all its optimisers
SECOND_BETA = 0.999  # of Adam, Keras' and PyTorch's


def make_optimiser(network: Classifier, settings: TrainingSettings) -> Optimizer:
    """At its first rates: AdamW (Loshchilov & Hutter 2019), Adam (Kingma & Ba 2015), or Adagrad (Duchi et al. 2011).

    Adam's weight decay is an L2 penalty, as in PyTorch; Adagrad has Keras' constants.
    """
    groups = list(network.parameter_groups(settings))
    groups = [group | {"first_rate": group["lr"]} for group in groups if group["params"]]
    if settings.optimiser == "adamw":
        return AdamW(groups, weight_decay=settings.weight_decay)
    if settings.optimiser in ("adam", "keras_adam"):
        return Adam(groups, betas=(0.9, SECOND_BETA), weight_decay=settings.weight_decay)
    return Adagrad(groups, initial_accumulator_value=KERAS_START, eps=KERAS_EPS, weight_decay=settings.weight_decay)


def set_rates(optimiser: Optimizer, settings: TrainingSettings, step: int, steps: int) -> float:
    """Give each group its rate at a step of so many, both counted from 0 on; returns the factor of the first rates."""
    factor = rate_factor(settings, step, steps)
    for group in optimiser.param_groups:
        group["lr"] = group["first_rate"] * factor
        if settings.optimiser == "keras_adam":
            group["eps"] = keras_epsilon(step)
    return factor


def rate_factor(settings: TrainingSettings, step: int, steps: int) -> float:
    """By what the first rates are multiplied at a step; all epochs have equally many of the `steps`."""
    if settings.schedule == "cosine":
        return 0.5 * (1 + math.cos(math.pi * step / steps))
    if settings.schedule == "stairs":
        epoch = step * settings.epochs // steps
        return settings.stair_factor ** (epoch // settings.stair_epochs)
    return 1 / (1 + settings.rate_decay * step)


def keras_epsilon(step: int) -> float:
    """PyTorch's epsilon that makes its Adam Keras' at a step.

    Keras adds its own to the root of the second moment before that is corrected for its start at 0, PyTorch after it
    (Kingma & Ba 2015, end of section 2, has both forms).
    """
    return KERAS_EPS / math.sqrt(1 - SECOND_BETA ** (step + 1))


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
