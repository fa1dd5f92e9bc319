"""Settings that fit the network that was asked for, and a look whether it works at all, before any long work."""

from dataclasses import replace

import torch

from featurize.encoders.known.encoder import Encoder
from finetune.memory import is_out_of_memory
from finetune.networks.build import encoders_of
from finetune.networks.classifier import Classifier
from finetune.networks.idc_networks import INPUT
from finetune.training_settings import TrainingError, TrainingSettings


def fitting(settings: TrainingSettings, is_input_asked: bool) -> TrainingSettings:
    """Settings whose images have a size that the network takes.

    Where no input was asked for, a network that takes one size gets that. Raises TrainingError for an input that a
    network cannot take, ProtocolError for an unknown network.
    """
    encoders = encoders_of(settings)
    only = {encoder.input for encoder in encoders if encoder.fixed_input} if encoders else {INPUT}
    if len(only) > 1:
        raise TrainingError(f"the networks of {settings.network} take images of different sizes; choose another pair")
    if only and settings.input not in only:
        (side,) = only
        if is_input_asked:
            raise TrainingError(
                f"{settings.network} takes images of {side} pixels a side alone; got {settings.input}; leave the input "
                "out"
            )
        settings = replace(settings, input=side)
    _require_large(encoders, settings)
    return settings


def _require_large(encoders: tuple[Encoder, ...], settings: TrainingSettings) -> None:
    for encoder in encoders:
        if settings.pooling == "own" and settings.input < encoder.smallest:  # a last map is pooled whatever its size
            raise TrainingError(
                f"{encoder.name} takes images of {encoder.smallest} pixels a side or more; got {settings.input}; use a "
                "larger input"
            )


@torch.no_grad()
def require_answers(network: Classifier, settings: TrainingSettings) -> None:
    """Raise TrainingError where a network cannot answer for an image of the size that the settings give it."""
    pixels = torch.zeros((1, settings.input, settings.input, 3), dtype=torch.uint8)
    try:
        network.eval()(pixels)
    except (RuntimeError, AssertionError, ValueError) as error:
        if is_out_of_memory(error):
            raise
        raise TrainingError(
            f"{settings.network} does not take images of {settings.input} pixels a side ({error}); use another input"
        ) from error
