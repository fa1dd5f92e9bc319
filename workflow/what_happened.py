"""The settings of a run as what it did, where that is less than what it was asked for."""

from collections.abc import Mapping
from typing import Any

from featurize.encoders.sources.known_origins import with_origin


def as_it_happened(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of cv or finetune with what they mean for these images.

    Trees train on no more views than there are; without known patients none are kept apart; who trained the weights of
    a network is said where their digest is known. Settings of any content are taken; what is not understood stays.
    """
    happened = dict(settings)
    variants = settings.get("variants")
    if isinstance(variants, Mapping):
        happened["variants"] = {name: _with_known_network(facts) for name, facts in variants.items()}
        happened["boost"] = _boost_on_views(settings.get("boost"), _most_views(variants))
    if "boost" not in settings:
        happened.pop("boost", None)
    if settings.get("groups") == "patient" and settings.get("known patients") == 0:
        happened["groups"] = "none"
    return happened


def _with_known_network(facts: Any) -> Any:
    if not isinstance(facts, Mapping) or not isinstance(facts.get("network"), Mapping):
        return facts
    return {**facts, "network": with_origin(facts["network"])}


def _most_views(variants: Mapping[str, Any]) -> int | None:
    """How many views of an image a variant has at most; None where that is not said."""
    views = []
    for facts in variants.values():
        of_variant = facts.get("views") if isinstance(facts, Mapping) else None
        if isinstance(of_variant, int):
            views.append(of_variant)
    return max(views, default=None)


def _boost_on_views(boost: Any, there: int | None) -> Any:
    """How trees grew; views None: on all."""
    if not isinstance(boost, Mapping) or there is None or "views" not in boost:
        return boost
    asked = boost["views"]
    if asked is None or (isinstance(asked, int) and asked > there):
        return {**boost, "views": there}
    return boost
