"""The networks that describe a crop: what they are and who trained them.

Facts alone; featurize.encoders.torchvision_networks builds.
"""

from dataclasses import dataclass

from featurize.protocol import ProtocolError

IMAGENET = IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Encoder:
    """The facts about a network and its published weights."""

    name: str
    dim: int
    mean: tuple[float, ...]  # of RGB in [0, 1]
    std: tuple[float, ...]
    parameters: int  # of the part that is used
    smallest: int  # side of a crop in pixels; a smaller one shrinks to nothing on its way
    input: int  # side in pixels of what it was trained on
    weights: str  # torchvision's name of the weights
    licence: str
    paper: str
    tokens: str = "map"  # the average of a feature map; else cls, patches (their mean) or cls+patches
    fixed_input: bool = False  # it takes input x input pixels alone: crops are resized
    interpolation: str = "bicubic"  # or bilinear: how they are
    mpp: tuple[float, ...] = ()  # microns per pixel of the tissue it was trained on
    pooling: str = "3-norm"  # of features over crops


ENCODERS = {
    encoder.name: encoder
    for encoder in (
        Encoder("resnet50", 2048, IMAGENET_MEAN, IMAGENET_STD, 23_508_032, 1, 224,
                "ResNet50_Weights.IMAGENET1K_V1", "BSD-3-Clause (torchvision)",
                "He et al. 2016, arXiv:1512.03385"),
        Encoder("inception_v3", 2048, IMAGENET_MEAN, IMAGENET_STD, 21_785_568, 75, 299,
                "Inception_V3_Weights.IMAGENET1K_V1", "BSD-3-Clause (torchvision)",
                "Szegedy et al. 2016, arXiv:1512.00567"),
        Encoder("vgg16", 1408, (0.48235, 0.45882, 0.40784), (1 / 255,) * 3, 14_714_688, 16, 224,
                "VGG16_Weights.IMAGENET1K_FEATURES", "CC BY 4.0 (Visual Geometry Group, Oxford)",
                "Simonyan & Zisserman 2015, arXiv:1409.1556"),
        Encoder("squeezenet1_1", 512, IMAGENET_MEAN, IMAGENET_STD, 722_496, 17, 224,
                "SqueezeNet1_1_Weights.IMAGENET1K_V1", "BSD-3-Clause (torchvision)",
                "Iandola et al. 2016, arXiv:1602.07360"),
    )
}  # fmt: skip


def find_encoder(name: str) -> Encoder:
    """The registry's entry; raises ProtocolError naming the known ones."""
    if name not in ENCODERS:
        raise ProtocolError(f"unknown encoder {name!r}; known: {', '.join(ENCODERS)}")
    return ENCODERS[name]
