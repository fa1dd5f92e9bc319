"""A training on drawn images: what the benchmarks of speed and of kills train."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from featurize.encoders.registry import find_encoder
from featurize.encoders.sources.automatic import is_here
from featurize.encoders.weights import find_weights
from finetune.networks.build import build_classifier
from finetune.pictures.decoded import Pictures
from finetune.recipes.find import find_recipe
from finetune.training_images import TrainingImages
from finetune.training_loop import Training
from finetune.training_settings import TrainingSettings
from imaging.phantom import phantoms
from imaging.read import resize

CLASSES = ("benign", "malignant")


def settings_of(recipe: str, **changes: Any) -> TrainingSettings:
    """A recipe's settings with changes."""
    return replace(find_recipe(recipe).settings, **changes)


def weights_of(settings: TrainingSettings) -> tuple[Path, ...]:
    """The pretrained weights of an encoder where they are here; () for random ones."""
    if settings.network.startswith("idc"):
        return ()
    encoder = find_encoder(settings.network)
    path = find_weights(encoder, "auto", offline=True) if is_here(encoder) else None
    return () if path is None else (path,)


def write_pictures(path: Path, count: int, side: int) -> None:
    """Drawn fields as a decoded array in a file, as `finetune` keeps them."""
    drawn = []
    for phantom in phantoms(per_class=4, patients=2, height=256, width=256):
        drawn.append(resize(phantom.image, side, side))
    pixels = np.lib.format.open_memmap(path, "w+", np.uint8, (count, side, side, 3))
    for number in range(count):
        pixels[number] = drawn[number % len(drawn)]
    pixels.flush()


def open_pictures(path: Path) -> Pictures:
    """What was written, mapped into memory."""
    pixels = np.load(path, mmap_mode="r", allow_pickle=False)
    return Pictures(tuple(f"{number:06}.png" for number in range(len(pixels))), pixels)


def training_of(
    pictures: Pictures, settings: TrainingSettings, selected: int, checkpoint: Path | None, workers: int
) -> Training:
    """A training on all pictures but the last few, by which it selects."""
    rows = np.arange(len(pictures))
    cut = len(rows) - selected
    images = TrainingImages(pictures, rows % len(CLASSES), CLASSES, rows[:cut], rows[cut:])
    network = build_classifier(settings, len(CLASSES), weights_of(settings))
    return Training(network, images, settings, checkpoint, "cpu", workers)
