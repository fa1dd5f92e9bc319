"""The networks that describe a crop: what they are, who trained them, and how a feature vector is read off them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torchvision import models

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
BATCH = 4  # crops at once on a CPU: larger batches only cost page faults


class BlockAverages(nn.Module):
    """Global averages of several feature maps of a sequential network, concatenated."""

    def __init__(self, layers: nn.Sequential, taps: tuple[int, ...]):
        super().__init__()
        self.features = layers[: max(taps) + 1]
        self.taps = taps

    def forward(self, x: Tensor) -> Tensor:
        """(n, 3, h, w) to (n, channels of all taps)."""
        averages = []
        for index, layer in enumerate(self.features):
            x = layer(x)
            if index in self.taps:
                averages.append(x.mean(dim=(2, 3)))
        return torch.cat(averages, dim=1)


def resnet50() -> nn.Module:
    """ResNet-50 without its classifier: the global average of the last convolution, 2048."""
    network = models.resnet50()
    network.fc = nn.Identity()
    return network


def inception_v3() -> nn.Module:
    """InceptionV3 without its classifiers: the global average of the last convolution, 2048."""
    # transform_input: the weights were trained on [-1, 1]; a model built without weights silently leaves this out
    network = models.inception_v3(transform_input=True, aux_logits=False, init_weights=False)
    network.fc = nn.Identity()
    return network


def vgg16() -> nn.Module:
    """VGG-16: averages after the last convolution (and its ReLU) of blocks 2, 3, 4 and 5, 128 + 256 + 512 + 512."""
    return BlockAverages(models.vgg16(init_weights=False).features, taps=(8, 15, 22, 29))


def squeezenet1_1() -> nn.Module:
    """SqueezeNet 1.1: the global average of the last feature map, 512."""
    return BlockAverages(models.squeezenet1_1().features, taps=(12,))


@dataclass(frozen=True)
class Encoder:
    """The facts about a network and its published weights."""

    name: str
    dim: int
    mean: tuple[float, ...]  # of RGB in [0, 1]
    std: tuple[float, ...]
    smallest: int  # side of a crop in pixels; a smaller one shrinks to nothing on its way
    weights: str  # torchvision's name of the weights
    licence: str
    paper: str
    build: Callable[[], nn.Module]


ENCODERS = {
    encoder.name: encoder
    for encoder in (
        Encoder("resnet50", 2048, IMAGENET_MEAN, IMAGENET_STD, 1, "ResNet50_Weights.IMAGENET1K_V1",
                "BSD-3-Clause (torchvision)", "He et al. 2016, arXiv:1512.03385", resnet50),
        Encoder("inception_v3", 2048, IMAGENET_MEAN, IMAGENET_STD, 75, "Inception_V3_Weights.IMAGENET1K_V1",
                "BSD-3-Clause (torchvision)", "Szegedy et al. 2016, arXiv:1512.00567", inception_v3),
        Encoder("vgg16", 1408, (0.48235, 0.45882, 0.40784), (1 / 255,) * 3, 16, "VGG16_Weights.IMAGENET1K_FEATURES",
                "CC BY 4.0 (Visual Geometry Group, Oxford)", "Simonyan & Zisserman 2015, arXiv:1409.1556", vgg16),
        Encoder("squeezenet1_1", 512, IMAGENET_MEAN, IMAGENET_STD, 17, "SqueezeNet1_1_Weights.IMAGENET1K_V1",
                "BSD-3-Clause (torchvision)", "Iandola et al. 2016, arXiv:1602.07360", squeezenet1_1),
    )
}  # fmt: skip


def find_encoder(name: str) -> Encoder:
    """The registry's entry; raises KeyError naming the known ones."""
    if name not in ENCODERS:
        raise KeyError(f"unknown encoder {name!r}; known: {', '.join(ENCODERS)}")
    return ENCODERS[name]


@contextmanager
def one_thread() -> Iterator[None]:
    """Torch on one thread: sums that are split over threads differ in their last bits from machine to machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@torch.inference_mode()
def encode(network: nn.Module, encoder: Encoder, crops: np.ndarray, device: torch.device) -> np.ndarray:
    """Features of crops: (n, h, w, 3) uint8 to (n, dim) float32."""
    mean = torch.tensor(encoder.mean, device=device).view(3, 1, 1)
    std = torch.tensor(encoder.std, device=device).view(3, 1, 1)
    features = []
    for batch in torch.from_numpy(crops).split(len(crops) if device.type == "cuda" else BATCH):
        pixels = batch.to(device).permute(0, 3, 1, 2).float().div(255)  # (n, 3, h, w), channels last in memory
        features.append(network((pixels - mean) / std).float().cpu())
    return torch.cat(features).numpy()
