"""Laws of NCT-CRC-HE: nine tissues, in the folder or one below, with tiles whose names agree; one set at a time."""

import pytest

from cohort.layouts.nct_crc import TISSUES, nct_crc
from cohort.layouts.tree import Tree
from cohort.read_dataset import read_dataset
from cohort.samples import DatasetError
from tests.cohort.slides import draw, facts, write


def tiles(folder, tag="", number=1):
    for tissue in TISSUES:
        for tile in range(number):
            draw(folder / tissue / f"{tissue}-{tag}AAAM{tile}.tif")
    return folder


def test_the_same_tiles_in_the_folder_or_one_above(tmp_path):
    folder = tiles(tmp_path / "unpacked" / "NCT-CRC-HE-100K")
    dataset = read_dataset(folder)
    assert dataset.classes == TISSUES and ("TUM/TUM-AAAM0.tif", "TUM", "") in facts(dataset)
    assert facts(read_dataset(folder.parent)) == facts(dataset)


def test_both_sets_are_not_one(tmp_path):
    tiles(tmp_path / "CRC-VAL-HE-7K", "TCGA-")
    tiles(tmp_path / "NCT-CRC-HE-100K", number=2)
    with pytest.raises(
        DatasetError, match=r"of different patients; learn from one \(--data .*100K\) and test on the other"
    ):
        read_dataset(tmp_path)


def test_a_tile_in_the_folder_of_another_tissue_is_refused(tmp_path):
    draw(tiles(tmp_path) / "ADI" / "TUM-X.tif")
    with pytest.raises(DatasetError, match=r"(?s)contradict their names \(tissue\).*ADI/TUM-X"):
        read_dataset(tmp_path)


def test_other_folders_are_another_set(tmp_path):
    draw(tiles(tmp_path) / "OTHER" / "1.tif")
    assert nct_crc(Tree(tmp_path)) is None and "OTHER" in read_dataset(tmp_path).classes


def test_a_tissue_of_which_nothing_is_read_is_an_error(tmp_path):
    (tiles(tmp_path) / "MUC" / "MUC-AAAM0.tif").unlink()
    write(tmp_path / "MUC" / "MUC-1.svs", "x")
    with pytest.raises(DatasetError, match=r"MUC: 1 \.svs"):
        read_dataset(tmp_path)
