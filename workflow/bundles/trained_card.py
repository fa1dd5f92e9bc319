"""What the model card of a bundle says of trained networks: how they were trained, and by what they were tested."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from boost.bundle.voting import VotingRun
from cohort.predictions import SELECTED_ON_TEST, selected_on_test
from report.guess.plain_way import plain_measures, plain_way_of
from report.out_of_fold import OutOfFold
from report.statistics.patient_groups import PatientGroups
from report.trained.training_history import OPTIMISTIC

SHOWN = ("epochs", "batch", "optimiser", "rate", "augmentation", "class_weights", "validation", "symmetries", "stain")


def training_facts(
    settings: Mapping[str, Any], table: pd.DataFrame, fusion: OutOfFold, frozen: pd.DataFrame | None
) -> dict[str, Any]:
    """What a bundle keeps of a run of finetune, from its settings.json; frozen: the answers of frozen features.

    table: the predictions of its networks; fusion: the result.
    """
    recipe = settings.get("recipe")
    facts = {
        "recipe": str(recipe.get("name", "")) if isinstance(recipe, Mapping) else "",
        "test": str(settings.get("test") or ""),
        "select_on": "test" if selected_on_test(table["model"].unique()) else "inner",
        "tested": len(fusion.images),
        "frozen": "",
    }
    if frozen is not None:
        accuracy, _ = plain_measures(plain_way_of(frozen, fusion), PatientGroups.of(fusion).group)
        facts["frozen"] = f"{accuracy.text()} %"
    return facts


def named(name: str, table: pd.DataFrame) -> str:
    """What the vote of a run is called as a model of others: a selection by the test images stays in its name."""
    return name + SELECTED_ON_TEST if selected_on_test(table["model"].unique()) else name


def run_in_words(run: VotingRun, facts: Mapping[str, Any]) -> str:
    """The networks of a run in sentences, from a bundle's facts."""
    trained = facts.get("training", {}).get(run.name, {})
    folds = len(facts["folds"])
    networks = "one network" if folds == 1 else f"a network for each of {folds} folds"
    several = (
        f" of each of {len(run.variants)} kinds, whose {run.averaging} are averaged" if len(run.variants) > 1 else ""
    )
    recipe = f" by the recipe {trained['recipe']}" if trained.get("recipe") else ""
    words = f"{networks[0].upper()}{networks[1:]}{several}, trained end to end{recipe}"
    if trained.get("test"):
        words += (
            f", and tested on the {trained.get('tested')} images of {trained['test']}: all numbers here, and the "
            "calibration, the sets and the operating point too, come from these images, and nothing was cross-validated"
        )
    if trained.get("frozen"):
        words += f". Frozen features with the default head had, on the same images, an accuracy of {trained['frozen']}"
    return words


def is_optimistic(facts: Mapping[str, Any]) -> bool:
    """Whether a network of a bundle was selected by the images that it was tested on."""
    trained = facts.get("training", {})
    return any(isinstance(of_run, Mapping) and of_run.get("select_on") == "test" for of_run in trained.values())


def promise_of(training: Mapping[str, Any]) -> str:
    """What the numbers that a bundle brings are worth beside a cross-validation, from its facts; "" where they are one.

    training: of BundleFacts.
    """
    test = _test_of(training)
    words = f"What is called cross-validation here was one test, on the images of {test}." if test else ""
    if is_optimistic({"training": training}):
        words = f"{words} {OPTIMISTIC} That is no promise, and to be worse here is to be expected.".strip()
    return words


def learned_on(training: Mapping[str, Any]) -> str:
    """From which images calibration, sets and operating point were learned, from `training` of BundleFacts."""
    test = _test_of(training)
    return f"the images of its own test, {test}" if test else "the training images"


def _test_of(training: Mapping[str, Any]) -> str:
    """The one test of some runs; "" where they were cross-validated."""
    tests = [of_run["test"] for of_run in training.values() if isinstance(of_run, Mapping) and of_run.get("test")]
    return str(tests[0]) if tests else ""


def warnings_of(facts: Mapping[str, Any]) -> list[str]:
    """What stands before all numbers of a card."""
    return [OPTIMISTIC] if is_optimistic(facts) else []


def network_in_words(variant: str, known: Mapping[str, Any]) -> str:
    """One trained variant in a line of the card."""
    network, training = known["network"], known["training"]
    encoders = network.get("encoders") or []
    papers = "; ".join(f"{one.get('paper', '')} (licence: {one.get('licence', '')})" for one in encoders)
    settings = ", ".join(f"{name.replace('_', ' ')} {training[name]}" for name in SHOWN if name in training)
    origin = papers or "a document's own network"
    return (
        f"- {variant}: {network['name']} ({origin}), first weights {_first(network.get('first weights'))}; images of "
        f"{training.get('input')} pixels; {settings}; protocol {known['key']}"
    )


def _first(weights: Any) -> str:
    """The first weights in words."""
    files = weights if isinstance(weights, list) else [weights]
    return " and ".join(str(one.get("file", "")) if isinstance(one, Mapping) else str(one) for one in files)
