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
        for entry in store.entries:
            row = store.rows[entry.image]
            if entry.image in states and maps["done"][row] == 1:
                states[entry.image].add(maps["stain_status"][row].decode())
                info = looks.get(entry.image)
                if info is not None and info.sha256 == entry.sha256 and info.phash == BLANK_HASH:
                    states[entry.image].add(BLANK)
    return [next((state for state in WORST_FIRST if state in states[image]), "") for image in images]
