"""Entries of networks of timm: what they have in common is said once."""

from typing import Any

from featurize.encoders.known.encoder import IMAGENET_MEAN, IMAGENET_STD, Encoder


def of_timm(architecture: str, dim: int, parameters: int, paper: str, **facts: Any) -> Encoder:
    """The entry of a network of timm, published by timm under Apache-2.0 unless other facts are given.

    A network with tokens takes images of its input's size alone.
    """
    has_tokens = "tokens" in facts
    usual: dict[str, Any] = {
        "name": architecture.partition(".")[0],
        "mean": IMAGENET_MEAN,
        "std": IMAGENET_STD,
        "smallest": 1,
        "input": 224,
        "weights": architecture,
        "licence": "Apache-2.0",
        "commercial": "yes",
        "fixed_input": has_tokens,
        "hub": f"timm/{architecture}",
    }
    return Encoder(
        **(usual | facts), dim=dim, parameters=parameters, paper=paper, library="timm", architecture=architecture
    )
