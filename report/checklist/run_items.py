"""What the settings of a run of this software say of the checklist's items: of cv, of finetune, of fused runs."""

from collections.abc import Mapping
from typing import Any

from report.chapters.methods import TREES, by_variant, flat
from report.section import DASH

HEADS = {  # by name in the settings: what is trained on descriptors, and how it takes them
    TREES: ("Gradient-boosted trees (LightGBM) on each variant's descriptors", "trees take descriptors as they are"),
    "logistic": (
        "L2-penalised logistic regression on the mean descriptor of an image, its strength chosen within the training "
        "images",
        "logistic regression takes them standardised",
    ),
    "nearest": ("The nearest training images by cosine (k-nearest neighbours)", "neighbours are compared by cosine"),
    "centroid": ("The nearest class mean of standardised descriptors", "class means are of standardised descriptors"),
    "shares": ("The class shares of the training images", "class shares take no descriptors"),
}
TRAINED = ("epochs", "batch", "optimiser", "rate", "class_weights", "validation", "symmetries")
RECALIBRATED = (
    "None of the models. The result's probabilities are recalibrated out-of-fold; those as voted stand beside them."
)
AS_IT_IS = "None; where calibrated probabilities are shown, they stand beside those as they are."


def of_run(settings: Mapping[str, Any]) -> dict[str, str]:
    """What the settings say of a run, by item."""
    of_command = {"finetune": _of_training, "fuse": _of_fused}.get(str(settings.get("command")), _of_descriptors)
    items = of_command(settings) | {
        "5a": f"Data set: {settings.get('data_set') or settings.get('name') or DASH}.",
        "12f": RECALIBRATED if settings.get("recalibrated") is True else AS_IT_IS,
        "18f": f"Versions: {_listed(settings.get('versions', {}))}.",
        "22": "Settings, folds and seeds are kept; with the images they make the same models again.",
        "24": "None.",
    }
    return items


def _of_descriptors(settings: Mapping[str, Any]) -> dict[str, str]:
    """Of heads on descriptors."""
    variants = by_variant(settings).values()

    def of_all(key: str, unless_said: str = "") -> str:
        values = dict.fromkeys(facts.get(key, unless_said) for facts in variants)
        return ", ".join(value for value in values if value) or DASH

    heads = [name for name in heads_of(settings) if name in HEADS]
    trained = []
    for name in heads:
        grown = f": {_listed(settings.get('boost', {}))}" if name == TREES else ""
        trained.append(f"{HEADS[name][0]}{grown}")
    averaged = "; the probabilities of all are averaged" if len(trained) > 1 or len(variants) > 1 else ""
    handling = "; ".join(HEADS[name][1] for name in heads)
    windows = ", taken as windows on the feature maps of the whole view" if "dense" in of_all("mode") else ""
    return {
        "7": f"Rescaled by {of_all('scale')}; stain normalisation: {of_all('stain', 'macenko')}; {of_all('views')} "
        f"stain jitters an image, {of_all('crops')} random crops of each{windows}.",
        "9a": f"Descriptors by networks not trained on these images: {of_all('encoder')}; all of each were used.",
        "9b": f"Features of crops of {of_all('crop')} pixels, pooled by {of_all('pooling', '3-norm')}.",
        "9c": "Computed from the pixels without the label.",
        "12b": f"None was selected or filled in; {handling}." if handling else "None was selected or filled in.",
        "12c": f"{'. '.join(trained) or DASH}{averaged}.",
    }


def heads_of(settings: Mapping[str, Any]) -> list[str]:
    """What decided; trees where an older version did not say it."""
    heads = settings.get("heads")
    return [str(name) for name in heads] if isinstance(heads, list) and heads else [TREES]


def _of_training(settings: Mapping[str, Any]) -> dict[str, str]:
    """Of networks that were trained on the images."""
    training = settings.get("training")
    known: Mapping[str, Any] = training if isinstance(training, Mapping) else {}
    kept = {name: known[name] for name in TRAINED if name in known}
    side, stain = known.get("input", DASH), known.get("stain", DASH)
    altered = known.get("augmentation", DASH)
    network, first = known.get("network", DASH), _first_weights(settings.get("first_weights"))
    return {
        "7": f"Images of {side} x {side} pixels; stain normalisation: {stain}; alterations in training: {altered}.",
        "9a": f"None beforehand: {network} was trained end to end on these images and began with {first}.",
        "9b": f"The pixels of an image, resized to {side} x {side}.",
        "9c": "Computed from the pixels; the labels of training images shaped the network.",
        "12b": "None was selected or filled in; the network takes pixels.",
        "12c": f"A network ({network}) for each fold, trained end to end: {_listed(kept)}; epochs are at most.",
    }


def _of_fused(settings: Mapping[str, Any]) -> dict[str, str]:
    """Of several runs in one."""
    runs = settings.get("runs")
    names = [str(run.get("name", DASH)) for run in runs if isinstance(run, Mapping)] if isinstance(runs, list) else []
    listed = ", ".join(names) or DASH
    where = f"As in the runs that were fused, see their reports: {listed}."
    return {
        "7": where,
        "9a": where,
        "9b": where,
        "12b": where,
        "12c": f"The mean of what {len(names)} runs voted, each of them one vote: {listed}.",
    }


def _first_weights(files: Any) -> str:
    """What a training began with, in words."""
    several = files if isinstance(files, list) else [files]
    named = [str(file.get("file", DASH)) for file in several if isinstance(file, Mapping)]
    return f"the weights of {' and '.join(named)}" if named else "random weights"


def _listed(settings: Any) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in flat(settings))
