"""The networks of Keras' applications by name."""

from collections.abc import Callable

from featurize.encoders.keras.inception_v3 import InceptionV3
from featurize.encoders.keras.keras_network import KerasNetwork
from featurize.encoders.keras.nasnet_mobile import NASNetMobile
from featurize.encoders.keras.resnet50 import ResNet50
from featurize.encoders.keras.vgg16 import VGG16
from featurize.encoders.keras.xception import Xception

KERAS_BUILDERS: dict[str, Callable[[], KerasNetwork]] = {
    "resnet50": ResNet50,
    "inception_v3": InceptionV3,
    "vgg16": VGG16,
    "xception": Xception,
    "nasnet_mobile": NASNetMobile,
}


def build_keras(architecture: str) -> KerasNetwork:
    """A network without its classifier; its parameters have whatever first values torch gives them."""
    return KERAS_BUILDERS[architecture]()
