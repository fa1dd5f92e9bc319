"""VGG-16 (Simonyan & Zisserman 2015, arXiv:1409.1556), with the names and the pixels of Keras."""

from collections import OrderedDict

from torch import Tensor, nn

from featurize.encoders.keras.keras_network import BlueFirst, KerasNetwork

BLOCKS = {1: (64, 2), 2: (128, 2), 3: (256, 3), 4: (512, 3), 5: (512, 3)}  # channels and convolutions of each
FIRST_SEEN = 2  # the block after which maps are looked at


class VGG16(KerasNetwork):
    """Averages after the last convolution (and its ReLU) of blocks 2, 3, 4 and 5, 128 + 256 + 512 + 512."""

    def __init__(self) -> None:
        super().__init__()
        self.blue_first = BlueFirst()
        self.pool = nn.MaxPool2d(2)
        self.blocks = nn.ModuleDict()
        channels_in = 3
        for block, (channels, count) in BLOCKS.items():
            layers: dict[str, nn.Module] = {}
            for number in range(1, count + 1):
                layers[f"block{block}_conv{number}"] = nn.Conv2d(channels_in, channels, 3, padding=1)
                layers[f"relu{number}"] = nn.ReLU()
                channels_in = channels
            self.blocks[f"block{block}"] = nn.Sequential(OrderedDict(layers))

    def maps(self, x: Tensor) -> list[Tensor]:
        """See Network."""
        x = self.blue_first(x)
        maps = []
        for number, block in enumerate(self.blocks.values(), start=1):
            x = block(x if number == 1 else self.pool(x))
            if number >= FIRST_SEEN:
                maps.append(x)
        return maps
