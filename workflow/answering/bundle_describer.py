"""What describes images for a bundle: its encoders, found and made sure of, and its trained networks, built."""

from typing import TYPE_CHECKING

from featurize.plan import choose_device
from workflow.answering.describer import AllDescribers, Describer
from workflow.answering.encoder_views import EncoderDescriber
from workflow.bundles.compatibility import pool_of, protocols_of

if TYPE_CHECKING:
    from boost.bundle.bundle import Bundle


def describer_of(
    bundle: "Bundle", weights: str | None = None, offline: bool = False, device: str = "auto"
) -> AllDescribers:
    """All that a bundle answers by; weights: as for `pool_of`. Raises BundleError, WeightsError, ProtocolError."""
    protocols = protocols_of(bundle)
    parts: list[Describer] = []
    if protocols:
        parts.append(EncoderDescriber(protocols, pool_of(bundle, protocols, weights, offline, device)))
    if bundle.facts.trained:
        from workflow.answering.network_views import trained_describer

        parts.append(trained_describer(bundle, choose_device(device)))
    return AllDescribers(parts)
