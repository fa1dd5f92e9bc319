"""Data sets on the disk for the tests of this folder."""

import pytest

from tests.cohort.slides import ICIAR, draw, write


@pytest.fixture
def folder(tmp_path):
    """Two classes of three images each."""
    for name in ("benign/a.png", "benign/b.png", "benign/c.png", "cancer/d.png", "cancer/e.png", "cancer/f.png"):
        draw(tmp_path / "slides" / name)
    return tmp_path / "slides"


@pytest.fixture
def iciar(tmp_path):
    """The challenge as it is unpacked, three images of each class."""
    for name, prefix in ICIAR.items():
        for number in (1, 2, 10):
            draw(tmp_path / "BACH" / "Photos" / name / f"{prefix}{number:03d}.tif")
    write(tmp_path / "BACH" / "Photos" / "microscopy_ground_truth.csv", "n001.tif,Normal")
    (tmp_path / "BACH" / "WSI").mkdir()
    return tmp_path / "BACH"
