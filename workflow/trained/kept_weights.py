"""Where a training leaves its networks, so that `fit` can make a bundle of them: in settings.json, and in the cache."""

import json
from typing import Any

from safetensors.torch import save

from cohort.files.atomic import write_whole
from imaging.files.regular_file import sha256_of
from workflow.trained.network_run import NetworkRun

FIRST = "first.safetensors"  # the network before it was trained, beside the checkpoints


def keep_first(run: NetworkRun) -> None:
    """Keep a network as it is before it is trained; images are compared by its features later."""
    path = run.folder / FIRST
    if path.is_file():
        return
    run.folder.mkdir(parents=True, exist_ok=True)
    values = {name: value.contiguous() for name, value in run.build().state_dict().items() if value.is_floating_point()}
    write_whole(path, save(values))


def member_facts(run: NetworkRun, first_weights: Any) -> dict[str, Any]:
    """What settings.json says of one network of a recipe, once it is trained: how, and which files hold it."""
    networks = {}
    for fold in run.images.cohort.held_out_folds:
        networks[str(fold)] = sha256_of(run.folder / f"fold-{fold}.safetensors")
    return {
        "model": run.model,
        "training": json.loads(run.settings.to_json()),
        "folder": run.folder.name,
        "first_weights": first_weights,
        "networks": networks,
    }
