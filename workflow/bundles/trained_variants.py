"""What a bundle says of its trained networks, held against this version and then built, so that they may answer."""

import json
from collections.abc import Mapping
from copy import deepcopy
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from boost.bundle.archive import LARGEST_MEMBER, BundleError
from boost.bundle.facts import TRAINING
from featurize.encoders.weights import WeightsError
from featurize.protocol import ProtocolError
from finetune.networks.build import build_classifier, encoders_of
from finetune.networks.classifier import Classifier
from finetune.pictures.decoded import METHOD
from finetune.training_settings import TrainingError, TrainingSettings
from workflow.bundles.stain_reference import stain_facts

if TYPE_CHECKING:
    from boost.bundle.bundle import Bundle

MOST_VALUES = LARGEST_MEMBER // 4  # of a network; each is four bytes of one member


def variant_facts(settings: TrainingSettings, networks: int, classes: int, first_weights: Any) -> dict[str, Any]:
    """What a bundle says of so many networks with these classes; first_weights: as the run's settings name them."""
    training = json.loads(settings.to_json())
    encoders = [
        {"name": one.name, "mean": list(one.mean), "std": list(one.std), "paper": one.paper, "licence": one.licence}
        for one in encoders_of(settings)
    ]
    network = {
        "name": settings.network,
        "dim": networks * classes,
        "encoders": encoders,
        "first weights": first_weights,
    }
    key = key_of(training, settings)
    return {TRAINING: training, "views": settings.symmetries, "key": key, "network": network}


def compared_facts(facts: Mapping[str, Any], dim: int) -> dict[str, Any]:
    """What a bundle says of such a variant's network before it was trained, whose features are so many."""
    return {"key": facts["key"], "network": {"name": facts["network"]["name"], "dim": dim}}


def key_of(training: Mapping[str, Any], settings: TrainingSettings) -> str:
    """Eight hexadecimal digits for all that decides an answer beside the weights: settings and pre-processing.

    training: the settings as they are written, so that a setting of a later version changes no key of an earlier one.
    """
    scaling = [[*encoder.mean, *encoder.std] for encoder in encoders_of(settings)]
    text = json.dumps([dict(training), scaling, stain_facts(), METHOD], sort_keys=True)
    return sha256(text.encode()).hexdigest()[:8]


def trainings_of(bundle: "Bundle") -> dict[str, TrainingSettings]:
    """The settings of every trained variant; raises BundleError where this version does not know them."""
    found = {}
    for variant in bundle.facts.trained:
        facts = bundle.variants[variant]
        try:
            found[variant] = TrainingSettings.from_json(json.dumps(facts[TRAINING]))
            encoders_of(found[variant])
        except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError) as error:  # ours are ValueErrors
            raise BundleError(
                f"{bundle.path}: the training of {variant} is not one of this version ({error}); use the version it "
                "was made with, or fit it again"
            ) from error
    return found


def trained_keys(bundle: "Bundle") -> dict[str, str]:
    """The key that each trained variant's settings have here; raises BundleError."""
    keys = {}
    for variant, settings in trainings_of(bundle).items():
        keys[variant] = key_of(bundle.variants[variant][TRAINING], settings)
    return keys


def weights_of(network: nn.Module) -> dict[str, np.ndarray]:
    """A network's values as a bundle keeps them: all but counters, by name, float32."""
    state = network.state_dict()
    return {name: value.detach().cpu().float().numpy() for name, value in state.items() if value.is_floating_point()}


def untrained(settings: TrainingSettings, classes: int, where: str) -> Classifier:
    """A network of these settings for weights to be put into; raises BundleError, as `where` has it, for none."""
    parameters = sum(encoder.parameters for encoder in encoders_of(settings))
    if parameters > MOST_VALUES:
        raise BundleError(f"{where}: {settings.network} has {parameters:,} parameters, more than a bundle can hold")
    try:
        return build_classifier(settings, classes)
    except (WeightsError, ProtocolError, TrainingError) as error:
        raise BundleError(f"{where}: {settings.network} cannot be built here ({error})") from error


def with_weights(network: Classifier, tensors: Mapping[str, np.ndarray], where: str) -> Classifier:
    """A copy of a network with other values, ready to answer; raises BundleError for values that are not its own."""
    filled = deepcopy(network)
    shapes = {name: values.shape for name, values in weights_of(network).items()}
    given = {name: values.shape for name, values in tensors.items()}
    odd = sorted(set(shapes) ^ set(given)) or [name for name in shapes if shapes[name] != given[name]]
    if odd:
        raise BundleError(
            f"{where}: {odd[0][:80]} is {given.get(odd[0], 'not there')} and should be {shapes.get(odd[0], 'none')}; "
            "its weights are not those of its network; fit it again"
        )
    values = {name: torch.from_numpy(np.array(array)) for name, array in tensors.items()}
    filled.load_state_dict(values, strict=False)
    return filled.eval().requires_grad_(False)


def comparing(first: Classifier) -> Classifier:
    """A network before it was trained as images are compared by it: by its features, of a document's own the last."""
    if isinstance(first.head, nn.Identity) and isinstance(first.body, nn.Sequential):
        first.body = first.body[:-1]  # the uppermost layer has an output a class
    return first
