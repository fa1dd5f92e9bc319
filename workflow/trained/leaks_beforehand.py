"""Leaked pairs that are told before networks are trained, and images that no inner split may part."""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from cohort.checks.notices import Notice
from imaging.perceptual_hash import NEAR
from report.measures.leakage import KINDS, Leaks, find_leaks
from report.measures.near_duplicates import near_pairs
from workflow.trained.labelled_images import LabelledImages

IN_WORDS = dict(zip(KINDS, ("of the same patient", "of the same file", "near-duplicates"), strict=True))


def leaks_of_images(images: LabelledImages) -> Leaks:
    """Test images that form a leaked pair with an image which their network is trained on."""
    cohort = images.cohort
    return find_leaks(
        cohort.images, cohort.fold, cohort.patients, images.files, images.looks, NEAR, tested=cohort.tested
    )


def leak_notices(images: LabelledImages) -> list[Notice]:
    """What is told before any training; nothing where no pair leaks."""
    leaked = leaks_of_images(images).summary["leaked"]
    findings = [f"{leaked[kind]} {words}" for kind, words in IN_WORDS.items() if leaked[kind]]
    if not findings:
        return []
    whose = f"images of {images.test}" if images.test else "held-out images"
    sentence = (
        f"{whose} with a partner among those that their network is trained on: {', '.join(findings)}; the numbers are "
        "too good for new patients (Leaks in the report lists them)"
    )
    return [Notice("leaked-pairs", sentence)]


def stay_together(images: LabelledImages) -> np.ndarray:
    """The group of each image, (image,) text, that an inner split must not part.

    That is its patient; images of unknown patients that are copies or near-duplicates of each other are one group, and
    every other is a group of its own.
    """
    groups = images.cohort.groups
    unknown = np.flatnonzero([patient == "" for patient in images.cohort.patients])
    if not len(unknown):
        return groups
    pairs = [_same_files(np.array(images.files)[unknown])]
    looks = np.array(images.looks)[unknown]
    seen = np.flatnonzero(looks != "")
    numbers = np.array([int(look, 16) for look in looks[seen]], np.uint64)
    for one, other in near_pairs(numbers, NEAR):
        pairs.append((seen[one], seen[other]))
    first, second = (np.concatenate(ends) for ends in zip(*pairs, strict=True))
    links = coo_array((np.ones(len(first), bool), (first, second)), shape=(len(unknown), len(unknown)))
    _, part = connected_components(links, directed=False)
    _, first_of_part = np.unique(part, return_index=True)
    groups[unknown] = groups[unknown[first_of_part[part]]]
    return groups


def _same_files(files: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of equal entries (n,): each with the next of its like."""
    order = np.argsort(files, kind="stable")
    is_same = files[order][1:] == files[order][:-1]
    return order[:-1][is_same], order[1:][is_same]
