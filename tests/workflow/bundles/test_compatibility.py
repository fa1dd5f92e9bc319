"""Laws of serving: a bundle answers only for what it was made with."""

from dataclasses import replace

import pytest

from boost.bundle.archive import BundleError
from boost.bundle.bundle import Bundle
from workflow.bundles.compatibility import pool_of, protocols_of


@pytest.fixture(scope="module")
def bundle(place):
    return Bundle.open(place.bundle)


def altered(bundle, **settings):
    """The bundle with other facts of its first variant."""
    first, *others = bundle.variants
    return replace(
        bundle,
        variants={first: bundle.variants[first] | settings} | {name: bundle.variants[name] for name in others},
    )


def test_the_protocols_are_those_of_training(bundle):
    found = protocols_of(bundle)
    assert {variant: protocol.key for variant, protocol in found.items()} == {
        variant: facts["key"] for variant, facts in bundle.variants.items()
    }


@pytest.mark.parametrize("settings", [{"views": 5}, {"seed": 14}, {"weights": "0" * 64}, {"mode": "dense"},
                                      {"stain": "none"}])  # fmt: skip
def test_another_protocol_under_the_same_key_is_an_error(bundle, settings):
    with pytest.raises(BundleError, match="answers only for descriptors of its own protocols"):
        protocols_of(altered(bundle, **settings))


@pytest.mark.parametrize(
    "settings",
    [{"crop": -1}, {"crop": "x"}, {"crop": None}, {"new": 1}, {"encoder": "other"}, {"mode": "x"}, {"method": []},
     {"input": 10**9}, {"input": ""}, {"tokens": "x"}, {"pooling": "max"}, {"style": "other"}],
)  # fmt: skip
def test_a_protocol_of_another_version_is_an_error(bundle, settings):
    with pytest.raises(BundleError, match="is not one of this version"):
        protocols_of(altered(bundle, **settings))


@pytest.mark.parametrize(("change", "words"), [
    ({"mean": [0.5, 0.5, 0.5]}, r"mean of squeezenet1_1 is \(0\.5, 0\.5, 0\.5\), and \(0\.485, .* here"),
    ({"std": [1, 1, 1]}, "std of squeezenet1_1 is"), ({"dim": 1024}, "width of squeezenet1_1 is 1024, and 512 here"),
    ({"mean": "x"}, "mean of squeezenet1_1 is"), ({"std": None}, "is not one of this version")])  # fmt: skip
def test_a_network_that_is_given_other_pixels_here_is_an_error_that_names_the_fact(bundle, change, words):
    first = next(iter(bundle.variants))
    with pytest.raises(BundleError, match=words):
        protocols_of(altered(bundle, network=bundle.variants[first]["network"] | change))


@pytest.mark.parametrize("setting", [{"tokens": "cls"}, {"input": 224}, {"interpolation": "bilinear"}])
def test_a_network_that_is_read_otherwise_here_is_an_error_that_names_the_setting(bundle, setting):
    with pytest.raises(BundleError, match=f"{next(iter(setting))} of squeezenet1_1 is"):
        protocols_of(altered(bundle, **setting))


def test_another_way_of_describing_is_an_error(bundle):
    for stain in ({}, bundle.facts.stain | {"white": 255}):
        with pytest.raises(BundleError, match="another way of describing"):
            protocols_of(replace(bundle, facts=replace(bundle.facts, stain=stain)))


def test_weights_are_found_as_they_were_recorded_and_others_refused(bundle):
    protocols = protocols_of(bundle)
    assert pool_of(bundle, protocols).weights == {"squeezenet1_1": None}
    strange = {variant: replace(protocol, weights="0" * 64) for variant, protocol in protocols.items()}
    with pytest.raises(BundleError, match="made with other weights of squeezenet1_1 than random ones"):
        pool_of(bundle, strange)


@pytest.mark.parametrize("value", [float("inf"), float("nan"), 10**400, [1], {}, "9" * 5000, 1e308])
@pytest.mark.parametrize("setting", ["crop", "scale", "views", "seed", "encoder", "method"])
def test_no_value_of_a_stranger_ends_in_a_traceback(bundle, setting, value):
    with pytest.raises(BundleError):
        protocols_of(altered(bundle, **{setting: value}))


@pytest.mark.parametrize("rule", ["", "mean", "MAX"])
def test_a_score_by_an_unknown_rule_is_an_error(bundle, rule):
    decision = replace(bundle.decision, operating=replace(bundle.decision.operating, rule=rule))
    with pytest.raises(BundleError, match=r"score by the rule .*; known: max, sum; fit it again"):
        protocols_of(replace(bundle, decision=decision))
