"""From an encoder to its network, whatever library its layers come from."""

from featurize.encoders.known.encoder import Encoder
from featurize.encoders.network import FromPixels, Network

__all__ = ["FromPixels", "Network", "build_network"]


def build_network(encoder: Encoder) -> Network:
    """The encoder's network, its parameters as the library draws them; each library is loaded when it is needed."""
    if encoder.library == "timm":
        from featurize.encoders.timm.timm_networks import build_timm

        return build_timm(encoder)
    from featurize.encoders.torchvision_networks import BUILDERS

    return BUILDERS[encoder.built_as]()
