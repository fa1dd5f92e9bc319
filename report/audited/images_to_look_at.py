"""Single images that need a look: of a broken range, and near-duplicates of images with another label."""

import numpy as np
import pandas as pd

from cohort.audit.audited import Audited
from imaging.perceptual_hash import NEAR
from report.audited.audit_images import AuditImages
from report.measures.leakage import near_partners
from report.section import Section


def broken_section(audited: Audited) -> Section | None:
    """A row for each broken image; None where there is none."""
    if not audited.broken:
        return None
    rows = {image: {"what is broken": sentence} for image, sentence in sorted(audited.broken.items())}
    sentence = (
        f"{len(rows)} of {audited.images} images look as if values had been cut off, stretched or wrapped when they "
        "were saved. Look at each; where it is so, export it again from the original."
    )
    cells = pd.DataFrame(rows).T.rename_axis("image")
    return Section("audit-broken", "Broken range", sentence, cells, at_length=True)


def across_classes(images: AuditImages) -> pd.DataFrame:
    """Images that have a near-duplicate of another class: `image,class,of,class of it,pairs`, in order of name.

    As near-duplicates across folds are found (report.measures.leakage), with classes for folds; `of` is the first by
    name. Raises LeakError for what is no perceptual hash.
    """
    names = images.table["image"].to_numpy(dtype=str)  # (n,)
    hashes = images.table["phash"].to_numpy(dtype=str)  # (n,)
    _, codes = np.unique(images.labels, return_inverse=True)  # (n,)
    by_name = np.argsort(names, kind="stable")  # (n,) rows
    rank = np.argsort(by_name)  # (n,)
    partners = near_partners(hashes, codes, rank, NEAR)
    has_partner = partners.pairs[by_name] > 0  # (n,) in order of name
    rows = by_name[has_partner]
    first = by_name[partners.first[rows]]
    columns = {
        "image": names[rows],
        "class": images.labels[rows],
        "looks like": names[first],
        "of class": images.labels[first],
        "in all": partners.pairs[rows],
    }
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
