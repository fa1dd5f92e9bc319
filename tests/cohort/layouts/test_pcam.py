"""Laws of Kaggle's PatchCamelyon: the table says the labels, by the names of the files without their endings."""

import pytest

from cohort.layouts.pcam import pcam
from cohort.layouts.tree import Tree
from cohort.read_dataset import read_dataset
from cohort.samples import DatasetError
from tests.cohort.slides import draw, facts, write


@pytest.fixture
def download(tmp_path):
    for name in ("train/a1", "train/b2", "train/c3", "test/d4"):
        draw(tmp_path / f"{name}.tif")
    write(tmp_path / "sample_submission.csv", "id,label", "d4,0")
    write(tmp_path / "train_labels.csv", "id,label", "a1,0", "b2,1")
    return tmp_path


def test_labels_are_those_of_the_table_and_the_rest_is_counted(download):
    dataset = read_dataset(download)
    assert facts(dataset) == [("train/a1.tif", "0", ""), ("train/b2.tif", "1", "")]
    assert (
        str(dataset.notices[0]) == "not taken: 2 images without a label (.tif), 1 file beside the class folders (.csv)"
    )


def test_ids_may_have_endings_and_images_any_format(download):
    (download / "train" / "b2.tif").rename(draw(download / "train" / "b2.png"))
    write(download / "train_labels.csv", "id,label", "a1.tif,0", "b2,1")
    assert [name for name, _, _ in facts(read_dataset(download))] == ["train/a1.tif", "train/b2.png"]


def test_an_id_without_a_file_is_an_image_that_does_not_exist(download):
    write(download / "train_labels.csv", "id,label", "a1,0", "zz,1")
    missing = read_dataset(download).samples[1]
    assert missing.name == "train/zz.tif" and not missing.path.exists()


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (["a1,0", "a1,1"], "in two classes"),
        (["a1,0", "a1,0", "b2,1"], "named twice"),
        (["a1,0", "b2,"], "empty label"),
        (["a1,0", "b2,0"], "only one class"),
    ],
)
def test_unclear_tables_are_refused(rows, why, download):
    write(download / "train_labels.csv", "id,label", *rows)
    with pytest.raises(DatasetError, match=why):
        read_dataset(download)


def test_two_files_of_an_id_are_refused(download):
    draw(download / "train" / "a1.png")
    with pytest.raises(DatasetError, match=r"(?s)ids fit several files.*a1: a1.png, a1.tif"):
        read_dataset(download)


def test_another_table_is_another_set(download):
    write(download / "train_labels.csv", "file,kind", "a1,0", "b2,1")
    assert pcam(Tree(download)) is None
    with pytest.raises(DatasetError, match="parts of a split"):
        read_dataset(download)


def test_the_download_may_lie_a_folder_deeper(download, tmp_path_factory):
    expected = facts(read_dataset(download))
    above = tmp_path_factory.mktemp("above")
    download.rename(above / "histopathologic-cancer-detection")
    assert facts(read_dataset(above)) == expected
