"""What a bundle says of its making, held against this version and these weights: only then may it answer for images."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from typing import Protocol as Interface

from featurize.crop_sizes import read_by
from featurize.encoders.registry import find_encoder
from featurize.protocol import METHOD, Protocol, ProtocolError, require_bounded
from report.binary import RULES
from workflow.bundles.stain_reference import stain_facts

if TYPE_CHECKING:
    from boost.bundle.bundle import Bundle
    from featurize.encoders.encoder_pool import EncoderPool

BESIDE = ("key", "network", "versions")  # what a variant's facts have beside the settings of its protocol


class MadeWithNetworks(Interface):
    """A bundle, or a run, which says what it was made with."""

    @property
    def path(self) -> Path:
        """Where it lies."""

    @property
    def variants(self) -> Mapping[str, Any]:
        """Facts of each: protocol, key, network."""


def protocols_of(bundle: "Bundle") -> dict[str, Protocol]:
    """The protocol of every variant of an encoder; raises BundleError where this version would make other descriptors.

    The trained networks among the variants are held against this version too.
    """
    from boost.bundle.archive import BundleError

    _require_known_rule(bundle)
    found = {}
    for variant, facts in bundle.variants.items():
        if variant in bundle.facts.trained:
            continue
        settings = {name: value for name, value in facts.items() if name not in BESIDE}
        try:
            found[variant] = Protocol(**settings)
            _require_same_reading(found[variant], facts.get("network", {}))
            require_bounded(found.values())
        except (TypeError, ValueError, ArithmeticError, AttributeError) as error:  # ProtocolError is a ValueError
            raise BundleError(
                f"{bundle.path}: the protocol of {variant} is not one of this version ({error}); use the version it "
                "was made with, or fit it again"
            ) from error
    keys = {variant: protocol.key for variant, protocol in found.items()}
    if bundle.facts.trained:
        from workflow.bundles.trained_variants import trained_keys

        keys |= trained_keys(bundle)
    bundle.require(keys)
    if any(protocol.method != METHOD for protocol in found.values()) or bundle.facts.stain != stain_facts():
        raise BundleError(
            f"{bundle.path} was made by another way of describing images than this version's; use the version it was "
            "made with, or extract and fit again"
        )
    return found


def _require_same_reading(protocol: Protocol, network: Mapping[str, Any]) -> None:
    """Raise ProtocolError unless this version gives the network the same pixels, and reads the same off it."""
    encoder = find_encoder(protocol.encoder)
    here = read_by(encoder)
    there = {name: getattr(protocol, name) for name in here}
    for name in ("mean", "std"):
        if name in network:
            here[name], there[name] = tuple(getattr(encoder, name)), tuple(network[name])
    if "dim" in network:
        here["width"], there["width"] = protocol.width(encoder.dim), network["dim"]
    for name, value in there.items():
        if value != here[name]:
            raise ProtocolError(f"{name} of {encoder.name} is {value}, and {here[name]} here")


def _require_known_rule(bundle: "Bundle") -> None:
    """Raise BundleError for an operating point on a score that this version does not make."""
    from boost.bundle.archive import BundleError

    point = bundle.decision.operating
    if point is not None and point.rule not in RULES:
        raise BundleError(
            f"{bundle.path} has a score by the rule {point.rule!r}; known: {', '.join(RULES)}; fit it again"
        )


def pool_of(
    bundle: MadeWithNetworks,
    protocols: Mapping[str, Protocol],
    weights: str | None = None,
    offline: bool = False,
    device: str = "auto",
) -> "EncoderPool":
    """The networks of a bundle, or of a run, found and made sure of; raises BundleError, WeightsError, ProtocolError.

    weights: auto, random or a folder; None: random weights where the bundle's were random, else auto.
    """
    from boost.bundle.archive import BundleError
    from featurize.encoders.encoder_pool import EncoderPool
    from featurize.encoders.sources.settle_weights import settle_weights
    from featurize.encoders.weights import WeightsError
    from featurize.plan import choose_device

    one_each: dict[str, str] = {}  # a variant of each encoder
    for variant, protocol in protocols.items():
        one_each.setdefault(protocol.encoder, variant)
    files = {name: bundle.variants[variant]["network"].get("file") for name, variant in one_each.items()}
    pool = EncoderPool({}, choose_device(device))
    digests = {}
    for name, variant in one_each.items():
        wanted = protocols[variant].weights
        source = weights or ("random" if files[name] == "random" else "auto")
        try:
            digests[name] = settle_weights(pool, name, wanted, source, offline)
        except WeightsError as error:
            made_with = f"{bundle.path} was made with weights of {name} (of {files[name]}, digest {wanted[:12]})"
            raise WeightsError(f"{made_with}; {error}") from error
    for protocol in protocols.values():
        name = protocol.encoder
        digest, wanted = digests[name], protocol.weights
        if digest != wanted:
            raise BundleError(
                f"{bundle.path} was made with other weights of {name} than {pool.weights[name] or 'random ones'}: "
                f"their digest is {digest[:12]}, not {wanted[:12]} (of {files[name]}); give the folder of that file "
                "with --weights"
            )
    return pool
