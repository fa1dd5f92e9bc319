"""The networks of Aimyshev et al., "Image Classification on Custom Dataset" (IDC patches), layer by layer.

`idc_initial` is the public program's CancerNet, 1,235,133 parameters as Keras counts them. `idc_cnn` is the reading of
their own network that has the published 2.756 M: 2,755,682; which of its layers the figure means is inferred.
Both see 48 x 48 pixels. Keras' constants: batch norm eps 1e-3 and momentum .99, which PyTorch writes as .01.
"""

from collections.abc import Iterator

from torch import nn

from finetune.networks.dropout import SeededDropout

INPUT = 48


def idc_initial(classes: int) -> nn.Sequential:
    """Separable convolutions 32, 64 x 2, 128 x 3, each with ReLU and batch norm; pooled after each width."""
    layers: list[nn.Module] = []
    before = 3
    for width, count in ((32, 1), (64, 2), (128, 3)):
        for _ in range(count):
            layers += [*separable(before, width), nn.ReLU(), _norm(width)]
            before = width
        layers += [nn.MaxPool2d(2), SeededDropout(0.25)]
    layers += [*_dense(before * (INPUT // 8) ** 2), SeededDropout(0.5), nn.Linear(256, classes)]
    return nn.Sequential(*layers)


def idc_cnn(classes: int) -> nn.Sequential:
    """Convolutions 16; 32, 64; 128, 256, each with ReLU and batch norm; pooled after each group."""
    layers: list[nn.Module] = []
    before = 3
    for group in ((16,), (32, 64), (128, 256)):
        for width in group:
            layers += [nn.Conv2d(before, width, 3, padding=1), nn.ReLU(), _norm(width)]
            before = width
        layers.append(nn.MaxPool2d(2))
    layers += [*_dense(before * (INPUT // 8) ** 2), nn.Linear(256, classes)]
    return nn.Sequential(*layers)


def separable(before: int, after: int) -> Iterator[nn.Module]:
    """Keras' SeparableConv2D, 3 x 3 and "same": each channel by itself, then 1 x 1 across them with the one bias."""
    yield nn.Conv2d(before, before, 3, padding=1, groups=before, bias=False)
    yield nn.Conv2d(before, after, 1)


def _dense(before: int) -> list[nn.Module]:
    return [nn.Flatten(), nn.Linear(before, 256), nn.ReLU(), nn.BatchNorm1d(256, eps=1e-3, momentum=0.01)]


def _norm(width: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(width, eps=1e-3, momentum=0.01)


IDC_NETWORKS = {"idc_initial": idc_initial, "idc_cnn": idc_cnn}
