"""The way of the program published with Rakhlin et al. 2018: all the pre-processing again for each of the 6 variants.

Its arithmetic and its order of work, written anew: a jitter is two products with 3 x 3 matrices in float64, the
inverse rounded to two digits and the result cut off, not rounded; a view's crops are stacked as uint8 and then become
a network's input as Keras does it with numpy, one float32 batch that is changed in place. Normalisation is that of
`reference`, and Pillow decodes and resamples in the place of OpenCV.
"""

from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks import reference

NETWORKS = ("resnet50", "inception_v3", "vgg16")
BGR_MEAN = (103.939, 116.779, 123.68)  # of ImageNet, for the weights of Keras for ResNet-50 and VGG-16
UNMIXING = np.linalg.inv(reference.STAINS).T.round(2)
SIDES = (400, 650)
SCALE, VIEWS, CROPS = 0.5, 50, 20


def normalised(path: Path) -> np.ndarray:
    """What is done once for a variant: decode, rescale and normalise to (h, w, 3)."""
    picture = Image.open(path).convert("RGB")
    size = round(picture.width * SCALE), round(picture.height * SCALE)
    return reference.normalise(np.asarray(picture.resize(size, Image.Resampling.BICUBIC)))


def views(image: np.ndarray, network: str, side: int, count: int) -> None:
    """The first views of a variant; each batch is dropped, as it is once its network has seen it."""
    rng = np.random.default_rng(0)
    for _ in range(count):
        view(image, network, side, rng)


def view(image: np.ndarray, network: str, side: int, rng: np.random.Generator) -> np.ndarray:
    """What is done for each of a variant's views: jitter, crops and their conversion: (crop, side, side, 3) float32."""
    jittered = jitter(image, rng.uniform(0.7, 1.3, 2))
    height, width = image.shape[:2]
    boxes = rng.integers(0, [height - side + 1, width - side + 1, 8], (CROPS, 3)).tolist()
    crops = [reference.crop(jittered, top, left, symmetry, side) for top, left, symmetry in boxes]
    return network_input(np.stack(crops), network)


def jitter(image: np.ndarray, gains: np.ndarray) -> np.ndarray:
    """Multiply H and E of (h, w, 3) uint8 by two gains."""
    density = -np.log10((image.astype(np.uint16) + 1) / reference.LIGHT)
    amounts = (UNMIXING @ density.reshape(-1, 3).T).T  # (h*w, 3): H, E, third stain; as that program multiplies
    light = reference.LIGHT * np.exp(-((amounts * [*gains, 1]) @ reference.STAINS) * np.log(10)) - 1
    return light.reshape(image.shape).clip(0, 255).astype(np.uint8)


def network_input(crops: np.ndarray, network: str) -> np.ndarray:
    """Pixels (n, side, side, 3) uint8 as Keras's weights want them: -1 to 1, or blue first and less their mean."""
    batch = crops.astype(np.float32)
    if network == "inception_v3":
        batch /= 127.5
        batch -= 1
        return batch
    batch = batch[..., ::-1]
    for channel, mean in enumerate(BGR_MEAN):
        batch[..., channel] -= mean
    return batch
