"""The models within a bundle's file: where each lies, and how all of one name are read."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any, NamedTuple

from joblib import cpu_count

from boost.bundle.archive import UNPACKED, Archive
from boost.bundle.facts import BundleFacts
from boost.heads.choices import TREES
from boost.heads.head import Head, Model

TABLE, CARD, OUTLIERS = "predictions.csv", "card.md", "outliers.safetensors"
IMAGES = "images.csv"  # name and SHA-256 of every training image's file
TESTED = "tested.csv"  # the same of the images of one test, by which the reading was fitted where nothing was left out
NETWORKS_FOLDER = UNPACKED
FIRST = "first"  # in place of a position: the weights of a network before it was trained


class StoredModel(NamedTuple):
    """One model as bytes, and whose it is."""

    variant: str
    head: Head
    fold: int
    seed: int
    content: bytes


def model_member(number: int, model: StoredModel) -> str:
    """The member that a model lies in, by the number of its variant."""
    of_head = "" if model.head.name == TREES.name else f"{model.head.name}/"  # trees lie where they lay alone
    return f"models/{number}/{of_head}{model.fold}-{model.seed}.{model.head.suffix}"


def network_member(facts: BundleFacts, variant: str, position: int | str) -> str:
    """The member that the weights of a variant's network lie in: by the position of its columns, or FIRST."""
    number = sorted(facts.variants).index(variant)  # however they are ordered
    return f"{NETWORKS_FOLDER}{number}/{position}.safetensors"


def places_of(listed: Mapping[str, Any], names: Iterable[str]) -> dict[str, list[str]]:
    """The members that hold the models of each name; raises ValueError unless it has some, and they are its alone."""
    places = {name: [str(member) for member in listed[name]] for name in names}
    members = [member for of_variant in places.values() for member in of_variant]
    if not places or not all(places.values()) or len(set(members)) < len(members):
        raise ValueError("every variant and head has models, and every model has one place")
    return places


def read_models(archive: Archive, members: Sequence[str], head: Head, classes: int, dim: int) -> list[Model]:
    """The models of one variant and head; LightGBM leaves Python's lock: threads share the work, a few at a time."""
    contents = archive.read(members)
    models: list[Model] = []
    with ThreadPoolExecutor(cpu_count()) as threads:
        while few := list(islice(contents, 2 * cpu_count())):
            models += threads.map(lambda content: head.of_bytes(content, classes, dim), few)
    return models


def compared_name(variant: str) -> str:
    """What a trained variant's network is called as it was before it was trained.

    >>> compared_name("resnet50-trained")
    'resnet50-trained, untrained'
    """
    return f"{variant}, untrained"


def distance_members(facts: BundleFacts) -> dict[str, dict[str, int]]:
    """By which variants, with their widths, images of each run are compared with those of training, by member."""
    member_of = {}
    runs = facts.voting
    for number, run in enumerate(runs):
        widths = {}
        for variant in run.variants:
            name = compared_name(variant) if variant in facts.trained else variant
            known = facts.compared if variant in facts.trained else facts.variants
            widths[name] = known[name]["network"]["dim"]
        member_of[OUTLIERS if len(runs) == 1 else f"outliers/{number}.safetensors"] = widths
    return member_of
