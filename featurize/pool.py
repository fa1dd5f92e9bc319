"""Many crops' features become one descriptor."""

from torch import Tensor


def power_mean(features: Tensor, power: float = 3.0) -> Tensor:
    """Generalised mean over the crops: (crop, dim) to (dim,) float32.

    (mean of x^p)^(1/p), Rakhlin et al. 2018, section 3.2; signed, so that negative features keep their sign:
    mean of sign(x)|x|^p, then the same root of its size. Powers are summed in float64, on whatever device.

    >>> import torch
    >>> power_mean(torch.tensor([[0.0], [2.0]]), power=1)
    tensor([1.])
    """
    values = features.double()
    mean = (values.sign() * values.abs() ** power).mean(dim=0)
    return (mean.sign() * mean.abs() ** (1 / power)).float()
