"""Near-duplicates across classes: images that look alike and are labelled otherwise."""

import numpy as np
import pandas as pd

from imaging.perceptual_hash import NEAR
from report.audited.audit_images import AuditImages
from report.measures.leakage import near_partners
from report.section import Section


def across_classes(images: AuditImages) -> pd.DataFrame:
    """Images that have a near-duplicate of another class: `image,class,of,class of it,pairs`, in order of name.

    As near-duplicates across folds are found (report.measures.leakage), with classes for folds; `of` is the first by
    name. Raises LeakError for what is no perceptual hash.
    """
    names = images.table["image"].to_numpy(dtype=str)
    hashes = images.table["phash"].to_numpy(dtype=str)
    _, codes = np.unique(images.labels, return_inverse=True)  # (n,)
    rank = np.argsort(np.argsort(names, kind="stable"), kind="stable")  # (n,)
    partners = near_partners(hashes, codes, rank, NEAR)
    rows = np.flatnonzero(partners.pairs > 0)
    rows = rows[np.argsort(rank[rows])]
    first = np.argsort(names, kind="stable")[partners.first[rows]]
    columns = {"image": names[rows], "class": images.labels[rows], "looks like": names[first]}
    columns |= {"of class": images.labels[first], "in all": partners.pairs[rows]}
    return pd.DataFrame(columns)


def pairs_across(images: AuditImages) -> tuple[tuple[str, str], ...]:
    """Each of these images with the first of another class that it looks like, each pair once."""
    table = across_classes(images)
    pairs = {tuple(sorted(pair)) for pair in zip(table["image"], table["looks like"], strict=True)}
    return tuple((str(one), str(other)) for one, other in sorted(pairs))


def across_section(images: AuditImages) -> Section | None:
    """A row for each image that has such a near-duplicate; None where there is none."""
    table = across_classes(images)
    if table.empty:
        return None
    sentence = (
        f"{len(table)} of {len(images.table)} images look like one of another class (perceptual hashes that differ in "
        f"at most {NEAR} of 64 bits): a wrong label, overlapping tiles, or plain images such as empty glass. In all: "
        "how many such images of other classes there are."
    )
    cells = table.assign(**{"in all": table["in all"].astype(int)}).set_index("image")
    return Section("audit-near-duplicates", "Near-duplicates across classes", sentence, cells, at_length=True)
