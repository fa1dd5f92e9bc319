"""What every network can do, whatever library its layers come from."""

import torch
from torch import Tensor, nn

from featurize.encoders.known.encoder import Encoder


class Network(nn.Module):
    """A network without its classifier; its state_dict has the names that the library's own files have."""

    classifiers: tuple[str, ...] = ()  # how names of published parameters begin that no descriptor needs
    layers_in_order = False  # every layer of a module takes what the one before it gives

    def maps(self, x: Tensor) -> list[Tensor]:
        """Normalised pixels (n, 3, h, w) to the feature maps (n, channel, row, column) that are looked at."""
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        """Normalised pixels (n, 3, h, w) to the features (n, dim): the averages of the maps, concatenated."""
        return torch.cat([part.mean(dim=(2, 3)) for part in self.maps(x)], dim=1)


class FromPixels(nn.Module):
    """A network that takes pixels as they are stored."""

    def __init__(self, network: Network, encoder: Encoder, as_maps: bool):
        super().__init__()
        self.network = network
        self.as_maps = as_maps
        self.mean: Tensor
        self.std: Tensor
        self.register_buffer("mean", 255 * torch.tensor(encoder.mean).view(3, 1, 1))
        self.register_buffer("std", 255 * torch.tensor(encoder.std).view(3, 1, 1))

    def forward(self, pixels: Tensor) -> Tensor | list[Tensor]:
        """(n, h, w, 3) uint8 to features (n, dim), or to feature maps when `as_maps`."""
        channels_first = pixels.permute(0, 3, 1, 2).float()
        x = (channels_first - self.mean) / self.std
        x = x.to(next(self.network.parameters()).dtype)
        return self.network.maps(x) if self.as_maps else self.network(x)
