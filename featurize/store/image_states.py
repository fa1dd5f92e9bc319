"""Which described images have little to describe: blank ones, and those whose stains could not be found."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from featurize.store.image_index import known_image_info
from featurize.store.store import Store
from imaging.perceptual_hash import BLANK as BLANK_HASH
from imaging.stain import DEGENERATE, LITTLE_TISSUE, OK

BLANK = "blank"
WORST_FIRST = (BLANK, LITTLE_TISSUE, DEGENERATE, OK)


def image_states(images: Sequence[str], stores: Iterable[Store], folder: Path) -> list[str]:
    """The worst state of each image in any store: blank, little tissue, degenerate or ok; "" where none describes it.

    folder: of the data set, whose index knows what the image files look like.
    """
    states: dict[str, set[str]] = {image: set() for image in images}
    looks = known_image_info(folder)
    for store in stores:
        maps = store.arrays()
        statuses = maps["stain_status"].tolist()
        for entry, status, done in zip(store.entries, statuses, maps["done"].tolist(), strict=True):
            if done != 1 or entry.image not in states:
                continue
            states[entry.image].add(status.decode())
            look = looks.get(entry.image)
            if look is not None and look.sha256 == entry.sha256 and look.phash == BLANK_HASH:
                states[entry.image].add(BLANK)
    return [_worst(states[image]) for image in images]


def _worst(states: set[str]) -> str:
    return next((state for state in WORST_FIRST if state in states), "")
