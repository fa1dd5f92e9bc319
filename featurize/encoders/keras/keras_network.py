"""What the networks of Keras' applications have in common."""

from torch import Tensor, nn

from featurize.encoders.network import Network

EPSILON = 1e-3  # of Keras' batch norm, where a network says nothing else
MOMENTUM = 0.01  # of a batch in the moving statistics, where a network is trained; Keras writes .99


class KerasNetwork(Network):
    """A network without its classifier. Its layers have Keras' names, whatever module they are in.

    So `res2a.path.res2a_branch2a.weight` is the kernel of Keras' layer res2a_branch2a. Layers to which Keras itself
    gave names count from 1 in the order in which Keras makes them: conv2d_1, batch_normalization_1.
    """

    classifiers = ("fc1.", "fc2.", "fc1000.", "predictions.")
    layers_in_order = True


class BlueFirst(nn.Module):
    """The channels the other way round, as weights that come from Caffe want them."""

    def forward(self, x: Tensor) -> Tensor:
        """(n, 3, h, w) to the same shape."""
        return x.flip(1)


def batch_norm(channels: int, momentum: float = MOMENTUM) -> nn.BatchNorm2d:
    """Keras' batch norm."""
    return nn.BatchNorm2d(channels, eps=EPSILON, momentum=momentum)
