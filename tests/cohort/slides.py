"""Small images in folders and tables, for the tests of what reads them."""

import numpy as np
from PIL import Image

ICIAR = {"Normal": "n", "Benign": "b", "InSitu": "is", "Invasive": "iv"}


def draw(path, colour=None):
    """A small image; those of different paths differ in their content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    seed = [*path.name.encode()] if colour is None else colour
    pixels = np.random.default_rng(seed).integers(0, 256, (8, 9, 3), np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def write(path, *lines, encoding="utf-8", end="\n"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(line + end for line in lines), encoding=encoding, newline="")
    return path


def facts(dataset):
    """Names, labels and patients."""
    return [(sample.name, sample.label, sample.patient) for sample in dataset.samples]


def kinds(dataset):
    """The kinds of what was noticed while it was read."""
    return {notice.kind for notice in dataset.notices}
