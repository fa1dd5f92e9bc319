"""Patches of invasive ductal carcinoma (Cruz-Roa et al. 2014, SPIE 9041; on Kaggle Breast Histopathology Images)."""

import re

from cohort.layouts.found import Found, require_agreement, require_read
from cohort.layouts.tree import Parts, Tree
from cohort.samples import Sample
from imaging.formats.endings import SUFFIXES

CLASSES = ("0", "1")  # without and with carcinoma, as the folders are called
NAME = re.compile(r"(\d+)_idx\d+_x\d+_y\d+_class([01])")  # 10253_idx5_x1351_y1101_class0.png


def idc(tree: Tree) -> Found | None:
    """The patches in PATIENT/0 and PATIENT/1, named by their files; None where an image is called or lies otherwise.

    The download holds a copy of all in a folder below; it is passed over. Raises DatasetError where a folder
    contradicts the name of a patch.
    """
    images = tree.images()
    if not images or not all(_is_patch(parts) for parts in images):
        return None
    contradictions = []
    samples: dict[str, Sample] = {}
    aside: dict[Parts, str] = {}
    for parts in images:
        patient, label = NAME.match(parts[-1]).groups()  # type: ignore[union-attr]  # as _is_patch has seen
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


def _is_patch(parts: Parts) -> bool:
    ending = parts[-1][-4:].lower()
    return len(parts) > 1 and parts[-2] in CLASSES and ending in SUFFIXES and NAME.fullmatch(parts[-1][:-4]) is not None
