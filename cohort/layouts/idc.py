"""Patches of invasive ductal carcinoma (Cruz-Roa et al. 2014, SPIE 9041; on Kaggle Breast Histopathology Images)."""

import re
from pathlib import PurePath
from typing import NamedTuple

from cohort.layouts.found import Found, require_agreement, require_read
from cohort.layouts.tree import Parts, Tree
from cohort.samples import Sample
from imaging.formats.endings import SUFFIXES

CLASSES = ("0", "1")  # without and with carcinoma, as the folders are called
CLASS_FOLDERS = (("0",), ("1",))
NAME = re.compile(r"(\d+)_idx\d+_x\d+_y\d+_class([01])")  # 10253_idx5_x1351_y1101_class0.png


class Patch(NamedTuple):
    """What the name of a patch tells."""

    patient: str
    label: str


def patch_of(name: str) -> Patch | None:
    """What a file name tells; None for a name that is not of these patches.

    >>> patch_of("10253_idx5_x1351_y1101_class0.png")
    Patch(patient='10253', label='0')
    """
    path = PurePath(name)
    match = NAME.fullmatch(path.stem) if path.suffix.lower() in SUFFIXES else None
    return Patch(*match.groups()) if match else None


def idc(tree: Tree) -> Found | None:
    """The patches in PATIENT/0 and PATIENT/1, named by their files; None where an image is called or lies otherwise.

    The download holds a copy of all in a folder below; it is passed over. Raises DatasetError where a folder
    contradicts the name of a patch.
    """
    images = tree.images()
    patches = {parts: patch_of(parts[-1]) for parts in images}
    told = {parts: patch for parts, patch in patches.items() if patch is not None and parts[-2:-1] in CLASS_FOLDERS}
    if not told or len(told) < len(images):
        return None
    contradictions = []
    samples: dict[str, Sample] = {}
    aside: dict[Parts, str] = {}
    for parts, (patient, label) in told.items():
        above = parts[-3] if len(parts) > 2 else ""
        if parts[-2] != label or (above.isdigit() and above != patient):
            contradictions.append(tree.path(parts))
        if parts[-1] in samples:
            aside[parts] = "image whose name another has"
        else:
            samples[parts[-1]] = Sample(parts[-1], tree.path(parts), label, patient)
    require_agreement(contradictions, "patient and class")
    read = {parts[-2] for parts in images}
    require_read(tree, [folder for folder in tree.listings if folder and folder[-1] in set(CLASSES) - read], images)
    return Found(list(samples.values()), frozenset(tree.folders()), aside)
