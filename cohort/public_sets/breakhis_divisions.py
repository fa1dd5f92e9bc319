"""The five divisions of BreakHis into training and test that its authors published, as tables that can be read."""

import re
from collections import defaultdict
from pathlib import Path

import pandas as pd

from cohort.layouts.breakhis import breakhis, field_of
from cohort.layouts.found import Choice
from cohort.layouts.tree import Tree
from cohort.predictions import write_table
from cohort.samples import DatasetError
from imaging.errors import shown
from imaging.files.regular_file import read_regular

FILE = re.compile(r"dsfold([1-5])\.txt")
ROW = re.compile(r"([^|]+)\|(\d+)\|([1-5])\|(train|test)")  # SOB_M_DC-14-2523-40-010.png|40|1|train
MOST_BYTES = 1 << 22


def division_tables(folder: Path, images: Path) -> list[Path]:
    """Write FOLDER/breakhis-fold1-40x-train.csv (image,label,patient) and so on; the tables that are written.

    From each dsfoldN.txt in the folder; none where there is none. images: the folder of the images. Raises DatasetError
    for a file that is no such list, and for images that are named there and not here.
    """
    lists = [path for path in sorted(folder.iterdir()) if FILE.fullmatch(path.name)]
    if not lists:
        return []
    found = breakhis(Tree(images), Choice(magnification="all"))
    here = {sample.name: sample for sample in found.samples} if found else {}
    written = []
    for path in lists:
        rows = defaultdict(list)
        for name, number, side in _rows(path):
            field, sample = field_of(name), here.get(name)
            if field is None or sample is None:
                raise DatasetError(
                    f"{shown(path)} names {shown(name)}, which is not in {shown(images)}; get all images"
                )
            place = sample.path.relative_to(folder).as_posix()
            row = {"image": place, "label": sample.label, "patient": sample.patient}
            rows[f"breakhis-fold{number}-{field.magnification}x-{side}.csv"].append(row)
        for name, of_table in sorted(rows.items()):
            write_table(folder / name, pd.DataFrame(of_table))
            written.append(folder / name)
    return written


def _rows(path: Path) -> list[tuple[str, str, str]]:
    """Image, division and side of each row of a list."""
    lines = read_regular(path, MOST_BYTES).decode("utf-8", "replace").split()
    rows = []
    for line in lines:
        match = ROW.fullmatch(line)
        if match is None:
            raise DatasetError(
                f"{shown(path)}: {shown(line[:80])} is no row IMAGE|MAGNIFICATION|FOLD|SIDE (train or test); get the "
                "file again"
            )
        rows.append((match[1], match[3], match[4]))
    return rows
