"""What the networks of Keras' applications have in common."""

import torch
from torch import Tensor, nn

EPSILON = 1e-3  # of Keras' batch norm, where a network says nothing else


class KerasNetwork(nn.Module):
    """A network without its classifier. Its layers have Keras' names, whatever module they are in.

    So `res2a.path.res2a_branch2a.weight` is the kernel of Keras' layer res2a_branch2a. Layers to which Keras itself
    gave names count from 1 in the order in which Keras makes them: conv2d_1, batch_normalization_1.
    """

    def maps(self, x: Tensor) -> list[Tensor]:
        """Normalised pixels (n, 3, h, w), red first, to the feature maps (n, channel, row, column) that are averaged."""
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        """Normalised pixels (n, 3, h, w), red first, to the averages of the maps, concatenated (n, dim)."""
        return torch.cat([part.mean(dim=(2, 3)) for part in self.maps(x)], dim=1)


class BlueFirst(nn.Module):
    """The channels the other way round, as weights that come from Caffe want them."""

    def forward(self, x: Tensor) -> Tensor:
        """(n, 3, h, w) to the same shape."""
        return x.flip(1)


def batch_norm(channels: int) -> nn.BatchNorm2d:
    """Keras' batch norm."""
    return nn.BatchNorm2d(channels, eps=EPSILON)
