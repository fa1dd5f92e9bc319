"""Networks with random weights, drawn once for all tests, which leave them as they are."""

from functools import cache

from featurize.encoders.encoder_pool import EncoderPool
from featurize.encoders.registry import ENCODERS, find_encoder
from featurize.encoders.weights import load_network, weights_digest

TORCHVISION = [name for name, encoder in ENCODERS.items() if encoder.library == "torchvision"]


@cache
def random_pool():
    """One pool for all tests of a process."""
    return EncoderPool(dict.fromkeys(ENCODERS))


@cache
def random_network(name):
    """The network of an encoder."""
    return load_network(find_encoder(name), None)


@cache
def random_digest(name):
    """The digest of its weights."""
    return weights_digest(random_network(name))
