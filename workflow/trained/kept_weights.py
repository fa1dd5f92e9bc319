"""Where a training leaves its networks, so that `fit` can make a bundle of them: in settings.json, and in the cache."""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from safetensors.torch import save

from cohort.files.atomic import write_whole
from finetune.inner_split import FoldRows
from finetune.pictures.decoded import METHOD
from finetune.training_settings import TrainingSettings
from imaging.files.regular_file import sha256_of
from workflow.trained.labelled_images import LabelledImages
from workflow.trained.network_run import NetworkRun

FIRST = "first.safetensors"  # the network before it was trained, beside the checkpoints


def folder_of(
    settings: TrainingSettings, images: LabelledImages, rows: Mapping[int, FoldRows], weights: Sequence[Path]
) -> str:
    """Name of the folder of a training's checkpoints: of its settings, files, labels, folds, and first weights.

    So whatever else is asked for under the same name is another training, and what was trained before is found again.
    """
    digest = sha256(f"{METHOD} {settings.to_json()} {images.cohort.classes}".encode())
    for sample in images.samples:
        digest.update(f"\n{sample.name} {sample.sha256} {sample.label}".encode())
    for fold, of_fold in rows.items():
        digest.update(f"\n{fold} {sorted(of_fold.train)} {sorted(of_fold.select)}".encode())
    for file in weights:
        digest.update(sha256_of(file).encode())
    return f"training-{digest.hexdigest()[:16]}"


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
