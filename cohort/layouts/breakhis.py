"""BreakHis (Spanhol et al. 2016, IEEE Transactions on Biomedical Engineering 63): its names tell class and patient."""

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import PurePath
from typing import NamedTuple

from cohort.layouts.found import Choice, Found, require_agreement, require_read
from cohort.layouts.tree import Parts, Tree
from cohort.samples import DatasetError, Sample
from imaging.read_errors import shown

TUMOURS = {"B": "benign", "M": "malignant"}
SUBTYPES = {
    "A": "adenosis", "F": "fibroadenoma", "PT": "phyllodes_tumor", "TA": "tubular_adenoma",
    "DC": "ductal_carcinoma", "LC": "lobular_carcinoma", "MC": "mucinous_carcinoma", "PC": "papillary_carcinoma",
}  # fmt: skip
MAGNIFICATIONS = ("40", "100", "200", "400")
ALL = "all"
TWO, EIGHT = "2", "8"  # classes: benign and malignant, or the types
NAME = re.compile(  # procedure, class, type, year, slide (a number and letters), magnification, number
    r"(?:SOB|CNB)_(?:(B)_(A|F|PT|TA)|(M)_(DC|LC|MC|PC))-(\d+)-(\d+)([A-Z]*)-(40|100|200|400)-\d+", re.IGNORECASE
)
WRAPPERS = ("histology_slides", "breast", "sob", "cnb")  # folders of the download between the classes


class Field(NamedTuple):
    """What a file name of BreakHis tells."""

    tumour: str
    subtype: str
    patient: str  # year and number of the slide, without the letters of its blocks
    magnification: str


def field_of(name: str) -> Field | None:
    """What a file name tells; None for a name that is not of BreakHis.

    >>> field_of("SOB_B_A-14-22549AB-100-001.png")
    Field(tumour='benign', subtype='adenosis', patient='14-22549', magnification='100')
    """
    match = NAME.fullmatch(PurePath(name).stem)
    if not match:
        return None
    benign, benign_type, malignant, malignant_type, year, slide, _, magnification = match.groups()
    tumour, subtype = (benign or malignant).upper(), (benign_type or malignant_type).upper()
    return Field(TUMOURS[tumour], SUBTYPES[subtype], f"{year}-{slide}", magnification)


def breakhis(tree: Tree, choice: Choice) -> Found | None:
    """The images of BreakHis, named by their files; None where an image or a folder of images is called otherwise.

    Raises DatasetError for folders that contradict the names, and where several magnifications are there and none is
    chosen: a patient has nearly the same field in each.
    """
    fields = {parts: field_of(parts[-1]) for parts in tree.images()}
    told = {parts: field for parts, field in fields.items() if field is not None}
    if not told or len(told) < len(fields) or not all(_is_usual(name) for parts in told for name in parts[:-1]):
        return None
    contradictions = [tree.path(parts) for parts, field in told.items() if not _agree(parts, field)]
    require_agreement(contradictions, "class, type and magnification")
    wanted = _wanted(tree, told, choice.magnification)
    aside: dict[Parts, str] = {}
    samples: dict[str, Sample] = {}
    for parts, field in told.items():
        name = parts[-1]
        if field.magnification not in wanted:
            aside[parts] = "image of another magnification"
        elif name in samples:
            aside[parts] = "image whose name another has"
        else:
            label = field.subtype if choice.classes == EIGHT else field.tumour
            samples[name] = Sample(name, tree.path(parts), label, field.patient)
    _require_every_class(tree, told, choice)
    return Found(list(samples.values()), frozenset(tree.folders()), aside, is_breakhis=True)


def _is_usual(folder: str) -> bool:
    """Whether a folder is called as those of the download; under any other name it may mean something else."""
    name = _plain(folder)
    words = (*TUMOURS.values(), *SUBTYPES.values(), *WRAPPERS)
    return name in words or name.startswith(("breakhis", "sob_", "cnb_")) or _magnification(name) is not None


def _agree(parts: Parts, field: Field) -> bool:
    for folder in parts[:-1]:
        name = _plain(folder)
        if name in TUMOURS.values() and name != field.tumour:
            return False
        if name in SUBTYPES.values() and name != field.subtype:
            return False
        if _magnification(name) not in (None, field.magnification):
            return False
    return True


def _plain(folder: str) -> str:
    return re.sub(r"[\s-]", "_", folder.strip().lower())


def _magnification(folder: str) -> str | None:
    match = re.fullmatch(r"(\d+)x", folder)
    return match[1] if match else None


def _wanted(tree: Tree, told: Mapping[Parts, Field], chosen: str | None) -> set[str]:
    """The magnifications whose images are taken."""
    counts = Counter(field.magnification for field in told.values())
    present = [name for name in MAGNIFICATIONS if counts[name]]
    listed = ", ".join(f"{name}: {counts[name]:,} images" for name in present)
    if chosen is not None and chosen in counts:
        return {chosen}
    if chosen == ALL or (chosen is None and len(counts) == 1):
        return set(counts)
    rule = "has images of several magnifications" if chosen is None else f"has no images of magnification {chosen}"
    raise DatasetError(
        f"{shown(tree.root)} (BreakHis) {rule} ({listed}); choose one (--magnification {present[0]}), "
        f"or take them together (--magnification {ALL})"
    )


def _require_every_class(tree: Tree, told: Mapping[Parts, Field], choice: Choice) -> None:
    """Refuse folders of classes of which nothing is read, and benign or malignant tumours alone."""
    words = SUBTYPES if choice.classes == EIGHT else TUMOURS
    folders = [folder for folder in tree.listings if folder and _plain(folder[-1]) in words.values()]
    require_read(tree, folders, told)
    tumours = {field.tumour for field in told.values()}
    if len(tumours) == 1 and choice.classes != EIGHT:
        raise DatasetError(
            f"{shown(tree.root)} (BreakHis) has {tumours.pop()} tumours only; give the folder above, which has both, "
            f"or take the types as classes (--classes {EIGHT})"
        )
