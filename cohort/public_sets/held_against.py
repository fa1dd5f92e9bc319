"""Images whose names are those of a public set are held against what was published of it."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import NamedTuple

from cohort.checks.notices import Notice
from cohort.files.offenders import some
from cohort.layouts.breakhis import field_of
from cohort.layouts.idc import patch_of
from cohort.layouts.nct_crc import TISSUES
from cohort.public_sets.known_sets import PUBLIC_SETS
from cohort.public_sets.public_set import Part, PublicSet
from cohort.samples import Sample

TILE = re.compile(rf"({'|'.join(TISSUES)})-(TCGA-)?[A-Z]{{8}}")  # ADI-AAAFLCLY, and ADI-TCGA-AAICEQFN of the test
PCAM_TILE = re.compile(r"pcam-(train|valid|test)-\d{6}")
KAGGLE_TILE = re.compile(r"[0-9a-f]{40}")


class Told(NamedTuple):
    """What the name of an image tells."""

    known: str  # the public set
    part: str
    label: str  # "" where the name tells none


def told_by(sample: Sample) -> Told | None:
    """The public set, its part and the class that an image's name tells; None for any other name."""
    stem = PurePath(sample.name).stem
    if tile := TILE.fullmatch(stem):
        return Told("nct-crc", "CRC-VAL-HE-7K" if tile[2] else "NCT-CRC-HE-100K", tile[1])
    if tile := PCAM_TILE.fullmatch(stem):
        return Told("pcam", f"pcam-{tile[1]}", "")
    if patch := patch_of(PurePath(sample.name).name):
        return Told("idc", "IDC_regular_ps50_idx5", patch.label)
    if field := field_of(PurePath(sample.name).name):
        return Told("breakhis", f"{field.magnification}x", field.subtype)
    if KAGGLE_TILE.fullmatch(stem) and sample.label in ("0", "1"):
        return Told("pcam-kaggle", "train", sample.label)
    return None


def public_notices(samples: Sequence[Sample]) -> list[Notice]:
    """What a public set is called, whether all of it is there, and what is known of its patients; [] for another set.

    More images than were published, by class, are a warning; fewer are a part, which is said once.
    """
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    names = set()
    for sample in samples:
        told = told_by(sample)
        if told is None:
            return []
        names.add(told.known)
        counts[told.part][told.label] += 1
    if len(names) != 1:
        return []
    known = PUBLIC_SETS[names.pop()]
    parts = [part for part in known.parts if part.name in counts]
    notices = [Notice("public-set", _what_it_is(known, parts, counts))]
    surplus = _surplus(parts, counts)
    if surplus:
        sentence = (
            f"more images than {known.counted_in} says: {some(surplus)}; look for copies, and for images that are "
            "called as this set's and are not"
        )
        notices.append(Notice("public-set-counts", sentence))
    return notices


def _what_it_is(known: PublicSet, parts: Sequence[Part], counts: Mapping[str, Counter[str]]) -> str:
    """The set, how much of it is there, its patients and its split, in a sentence."""
    published = sum(part.images for part in parts)
    there = sum(counts[part.name].total() for part in parts)
    names = ", ".join(part.name for part in parts)
    if there == published:
        share = f"all {published:,} images, as published"
    else:
        share = f"{there:,} of the {published:,} published images, which is fine where a part is meant"
        lacking = _lacking(parts, counts)
        share += f" ({some(lacking)})" if lacking else ""
    return f"{known.name} ({names}): {share}; patients: {known.patients}; split: {known.split}"


def _lacking(parts: Sequence[Part], counts: Mapping[str, Counter[str]]) -> list[str]:
    """Classes of which fewer images are there than were published."""
    lines = []
    for part in parts:
        for label, published in part.counts.items():
            there = counts[part.name][label]
            if label and there < published:
                lines.append(f"class {label}: {there:,} of {published:,}")
    return lines


def _surplus(parts: Sequence[Part], counts: Mapping[str, Counter[str]]) -> list[str]:
    lines = []
    for part in parts:
        for label, there in counts[part.name].items():
            published = part.counts.get(label, 0)
            if there > published:
                lines.append(f"{part.name} {label} {there:,}, published {published:,}".replace("  ", " "))
    return lines
