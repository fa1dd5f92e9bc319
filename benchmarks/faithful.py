"""What the published program does otherwise than this one, and what that does to accuracy: docs/REPRODUCE.md's table.

`python -m benchmarks.faithful` describes the fields of ucsb by VGG-16 with its real weights, once as this program does
and once for each difference (`faithful_ways.py`), and cross-validates the paper's trees on each, 5 folds by sheet. A
difference is the mean of paired differences, image by image; its interval draws whole sheets. Where there are no
weights (ResNet-50, InceptionV3) the distance between features is measured, with drawn weights, and accuracy is not.
Needs the folder of real data beside the checkout; ten minutes on two cores. What is described is kept in
results/benchmarks/faithful.

Crops are smaller and fewer than the paper's, which would take hours for each row.
"""

from collections.abc import Iterator

import numpy as np
import torch
from torch import nn

from benchmarks.faithful_ways import OURS, UCSB, WAYS, answers, described, distance, normalised
from benchmarks.keras_oracle import our_network
from benchmarks.realdata import clusters, interval, numbers, surprise
from featurize.encoders.keras import inception_v3
from featurize.encoders.keras.keras_network import KerasNetwork
from featurize.encoders.lean_torchvision import models
from imaging.read import read_image


def vgg_rows() -> Iterator[str]:
    """A line for each way, with the paired differences to this program's."""
    dataset = UCSB.read()
    labels, sheets = numbers(dataset), clusters(dataset)
    ours = described(OURS)
    reference = answers(OURS, ours)
    right = reference.argmax(axis=1) == labels
    low, high = interval(right.astype(float), sheets)
    loss = surprise(reference, labels)
    yield f"| {OURS.name} | – | {100 * right.mean():.1f} % ({100 * low:.1f} to {100 * high:.1f}) | {loss.mean():.3f} |"
    for way in WAYS:
        theirs = described(way)
        probabilities = answers(way, theirs)
        gained = (probabilities.argmax(axis=1) == labels).astype(float) - right
        lost = surprise(probabilities, labels) - loss
        low, high = (100 * bound for bound in interval(gained, sheets))
        less, more = interval(lost, sheets)
        yield (
            f"| {way.name} | {distance(theirs, ours):.3f} | {100 * gained.mean():+.1f} ({low:+.1f} to {high:+.1f}) | "
            f"{lost.mean():+.3f} ({less:+.3f} to {more:+.3f}) |"
        )


def fields(side: int, count: int = 8) -> torch.Tensor:
    """The middles of some fields, normalised as for ResNet-50 or InceptionV3 in [-1, 1]: (count, 3, side, side)."""
    samples = UCSB.read().samples[:: max(1, len(UCSB.read().samples) // count)][:count]
    middles = []
    for sample in samples:
        image = normalised(read_image(sample.path))
        top, left = (image.shape[0] - side) // 2, (image.shape[1] - side) // 2
        middles.append(image[top : top + side, left : left + side])
    pixels = torch.from_numpy(np.stack(middles)).permute(0, 3, 1, 2).float()
    return pixels / 127.5 - 1


def apart(these: torch.Tensor, those: torch.Tensor) -> str:
    """Median over fields of the distance between features, as a share of their length."""
    share = (these - those).norm(dim=1) / those.norm(dim=1)
    return f"{float(share.median()):.3f}"


def settled(network: KerasNetwork) -> KerasNetwork:
    """The drawn weights with batch norm's statistics of real fields, so that no layer is blind."""
    norms = [layer for layer in network.modules() if isinstance(layer, nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
        norm.train()
    with torch.inference_mode():
        network(fields(256))
    return network.eval()


def poured_into_torchvision(network: KerasNetwork) -> nn.Module:
    """torchvision's ResNet-50 with the weights of Keras' one; biases go into batch norm's means."""
    theirs = models.resnet50().eval()
    layers = dict(network.named_modules())
    places = [("conv1", "conv1", "bn_conv1", "bn1")]
    for stage, letters in {2: "abc", 3: "abcd", 4: "abcdef", 5: "abc"}.items():
        for number, letter in enumerate(letters):
            block, at = f"{stage}{letter}", f"layer{stage - 1}.{number}"
            for branch, place in {"2a": 1, "2b": 2, "2c": 3}.items():
                places.append((f"{at}.conv{place}", *_in_keras("path", block, branch), f"{at}.bn{place}"))
            if letter == "a":
                places.append((f"{at}.downsample.0", *_in_keras("shortcut", block, "1"), f"{at}.downsample.1"))
    with torch.no_grad():
        for convolution, our_convolution, our_norm, norm in places:
            source, statistics = layers[our_convolution], layers[our_norm]
            theirs.get_submodule(convolution).weight.copy_(source.weight)
            target = theirs.get_submodule(norm)
            target.load_state_dict(statistics.state_dict())
            target.running_mean -= source.bias
    theirs.fc = nn.Identity()
    return theirs


def _in_keras(part: str, block: str, branch: str) -> tuple[str, str]:
    """Where a convolution and its batch norm stand in our network."""
    inside = f"blocks.res{block}.{part}"
    return f"{inside}.res{block}_branch{branch}", f"{inside}.bn{block}_branch{branch}"


@torch.inference_mode()
def geometry_rows() -> Iterator[str]:
    """A line for each difference between Keras' networks and torchvision's, drawn weights, features of 400 pixels."""
    x = fields(400)
    resnet = settled(our_network("resnet50"))
    windows, cells = resnet(x), resnet.maps(x)[0]
    yield f"| ResNet-50: averages of 7 x 7 cells, so 49 of 13 x 13 | {apart(windows, cells.mean(dim=(2, 3)))} |"
    mirrored = resnet.maps(x.flip(3))[0].mean(dim=(2, 3))
    yield f"| – beside it: the same field mirrored, all cells | {apart(mirrored, cells.mean(dim=(2, 3)))} |"
    other = poured_into_torchvision(resnet)(x.flip(1))
    yield f"| ResNet-50: Keras' weights in torchvision's layers, all cells | {apart(other, cells.mean(dim=(2, 3)))} |"
    inception = settled(our_network("inception_v3"))
    features = inception(x)
    counted = nn.AvgPool2d(3, 1, 1)
    plain = inception_v3.average_of_neighbours
    inception_v3.average_of_neighbours = counted
    try:
        yield f"| InceptionV3: padding counted in means | {apart(inception(x), features)} |"
    finally:
        inception_v3.average_of_neighbours = plain


def main() -> None:
    """Print both tables."""
    print("| difference | distance | accuracy | log-loss |")
    print("|---|--:|--:|--:|")
    for line in vgg_rows():
        print(line, flush=True)
    print("\n| difference of networks, drawn weights | distance |")
    print("|---|--:|")
    for line in geometry_rows():
        print(line, flush=True)


if __name__ == "__main__":
    main()
