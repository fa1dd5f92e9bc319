"""PatchCamelyon's HDF5 edition as image files: a folder for each part of its split, with a table that names the slides.

Every other command reads images from files, so the arrays become PNG files once, without loss.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import h5py
import numpy as np
from PIL import Image

from cohort.downloads.remote import DownloadError
from cohort.downloads.unpacking import gunzip
from cohort.files.atomic import write_whole
from cohort.files.csv_text import CsvText
from cohort.public_sets.known_sets import PCAM_FILE
from cohort.samples import DatasetError
from imaging.errors import shown
from imaging.files.hdf5_file import H5Error, member, open_hdf5, plain_dataset

SIDE = 96
MOST_IMAGES = 262_144  # of a part
MOST_BYTES = MOST_IMAGES * (SIDE * SIDE * 3 + 64) + (1 << 24)
MOST_TABLE = 1 << 25  # bytes of the table of slides
AT_ONCE = 256  # images that are read
SLIDES = "wsi", "center_tumor_patch"  # columns of the table beside the arrays: the slide, and the label once more
AGREE = 0.99  # of the labels in that table must be those of the arrays
PACKING = 1  # of PNG files: the fastest
Progress = Callable[[int, int], None]  # is told how many images of how many are done


def images_of_part(folder: Path, part: str, progress: Progress = lambda done, all: None) -> Path:
    """Write a part of the split (train, valid, test), whose files lie in a folder, as images with a manifest.csv.

    What is there already is left alone; it appears when all of it is written. The slides are the patients, as each
    slide of Camelyon16 is of another; without the table that tells them patients are unknown. Raises DownloadError for
    files that are missing, H5Error and DatasetError for ones that are not this set's.
    """
    target = folder / f"pcam-{part}"
    if target.exists():
        return target
    pixels, labels = (_array_file(folder, part, kind) for kind in "xy")
    unfinished = target.with_name(f".{target.name}.unpacking")
    if unfinished.is_symlink():
        raise DatasetError(f"{shown(unfinished)} is a link, and no folder of ours; move it away")
    if unfinished.exists():
        shutil.rmtree(unfinished)
    given = _labels(labels)
    slides = _slides(folder / PCAM_FILE.format(part=part, kind="meta.csv"), given)
    for label in "01":
        (unfinished / label).mkdir(parents=True)
    rows = ["image,label,patient"]
    for number, image in enumerate(_images(pixels, len(given))):
        name = f"{given[number]}/pcam-{part}-{number:06}.png"
        Image.fromarray(image).save(unfinished / name, compress_level=PACKING)
        rows.append(f"{name},{given[number]},{slides[number]}")
        progress(number + 1, len(given))
    write_whole(unfinished / "manifest.csv", "\n".join([*rows, ""]).encode())
    unfinished.rename(target)
    for path in (pixels, labels):
        if path.with_name(f"{path.name}.gz").exists():
            path.unlink()  # it can be had again
    return target


def _array_file(folder: Path, part: str, kind: str) -> Path:
    """The unpacked file of a part's pixels (x) or labels (y)."""
    path = folder / f"{PCAM_FILE.format(part=part, kind=kind)}.h5"
    packed = path.with_name(f"{path.name}.gz")
    if not path.exists() and not packed.exists():
        raise DownloadError(f"{shown(packed)} is missing; get it with `data pcam --to {shown(folder)}`")
    return gunzip(packed, path, MOST_BYTES)


def _labels(path: Path) -> list[int]:
    """0 or 1 for each image."""
    with open_hdf5(path, MOST_BYTES, "labels of PatchCamelyon") as file:
        array = plain_dataset(member(file, "y"), "u", "labels of whole numbers")
        if array.size > MOST_IMAGES or array.shape != (len(array), 1, 1, 1):
            raise H5Error(f"{shown(path)}: y is {array.shape}, where (images, 1, 1, 1) is wanted")
        labels = np.asarray(array[()]).ravel().tolist()
    if not set(labels) <= {0, 1}:
        raise H5Error(f"{shown(path)} holds other labels than 0 and 1; it is no file of PatchCamelyon")
    return labels


def _images(path: Path, count: int) -> Iterator[np.ndarray]:
    """The images (96, 96, 3) uint8, in order."""
    with open_hdf5(path, MOST_BYTES, "images of PatchCamelyon") as file:
        array: h5py.Dataset = plain_dataset(member(file, "x"), "u", "pixels of 8 bits")
        if array.shape != (count, SIDE, SIDE, 3) or array.dtype != np.uint8:
            raise H5Error(
                f"{shown(path)}: x is {array.shape} of {array.dtype}, where ({count}, {SIDE}, {SIDE}, 3) of uint8 is "
                "wanted, an image for each label; get both files again"
            )
        for start in range(0, count, AT_ONCE):
            yield from array[start : start + AT_ONCE]


def _slides(path: Path, labels: list[int]) -> list[str]:
    """The slide of each image, from the table beside the arrays; "" for all where there is none."""
    if not path.exists():
        return [""] * len(labels)
    table = CsvText(path, lambda column: column if column in SLIDES else None, DatasetError, MOST_TABLE)
    cells = table.cells().columns
    lacking = [column for column in SLIDES if column not in cells]
    if lacking:
        raise DatasetError(
            f"{shown(path)} has no column {lacking[0]}; get it again, or move it away to go without slides"
        )
    slides, told = cells[SLIDES[0]], cells[SLIDES[1]]
    same = [(word.strip().lower() in ("true", "1")) == bool(label) for word, label in zip(told, labels, strict=False)]
    agree = sum(same) / max(len(same), 1)
    if len(slides) != len(labels) or agree < AGREE:
        raise DatasetError(
            f"{shown(path)} is of other images: it has {len(slides):,} rows for {len(labels):,} images, and "
            f"{agree:.0%} of its labels are theirs; get it again, or move it away to go without slides"
        )
    bad = [slide for slide in slides if not slide.isprintable() or set(slide) & set(',"\n\r')]
    if bad:
        raise DatasetError(f"{shown(path)} names a slide {shown(bad[0])}; it is no table of PatchCamelyon")
    return slides
