"""Laws of images in folders: the same images in another layout are the same list, and what is unclear is refused."""

import pytest

from cohort.layouts.folders import class_folder_samples, iciar_samples
from cohort.layouts.found import Choice
from cohort.layouts.iciar2018 import ICIAR_CLASSES
from cohort.layouts.tree import Tree
from cohort.read_dataset import read_dataset
from cohort.samples import DatasetError
from tests.cohort.slides import ICIAR, draw, facts, write


def test_a_folder_for_each_class(folder):
    samples = class_folder_samples(Tree(folder)).samples
    assert [sample.name for sample in samples] == [
        "benign/a.png", "benign/b.png", "benign/c.png", "cancer/d.png", "cancer/e.png", "cancer/f.png",
    ]  # fmt: skip
    assert all(sample.label == sample.name.split("/")[0] for sample in samples)
    assert all(sample.path.is_file() and not sample.patient for sample in samples)
    assert iciar_samples(Tree(folder)) is None
    assert read_dataset(folder).samples == tuple(samples) and read_dataset(folder).classes == ("benign", "cancer")


def test_endings_in_any_case_and_other_files_left_aside(folder):
    for ending in (".TIF", ".Tiff", ".PNG", ".JPG", ".jpeg", ".BMP", ".WebP"):
        draw(folder / "benign" / f"x{ending}")
    write(folder / "benign" / "notes.txt", "not an image")
    write(folder / "readme.csv", "not,a,manifest")
    assert len(read_dataset(folder).samples) == 6 + 7


def test_hidden_files_and_folders_are_not_data(folder):
    expected = facts(read_dataset(folder))
    draw(folder / ".thumbnails" / "a.png")
    draw(folder / "benign" / ".thumbnails" / "a.png")
    write(folder / "benign" / "._a.png", "what a Mac leaves behind")
    write(folder / "benign" / "Thumbs.db", "what Windows leaves behind")
    draw(folder / "__MACOSX" / "benign" / "a.png")
    assert facts(read_dataset(folder)) == expected
    assert read_dataset(folder).not_taken == ()


def test_the_same_name_in_two_classes_is_two_images(folder):
    draw(folder / "cancer" / "a.png", colour=5)
    names = [sample.name for sample in read_dataset(folder).samples]
    assert {"benign/a.png", "cancer/a.png"} <= set(names)


SPLITS = [("train", "val", "test"), ("Training", "Testing"), ("TRAIN", "valid"), ("train_set", "test_set"), ("test",),
          ("fold1", "fold2"), ("train", "unlabelled")]  # fmt: skip


@pytest.mark.parametrize("splits", SPLITS, ids="-".join)
def test_the_parts_of_a_split_are_no_classes(splits, tmp_path):
    for split in splits:
        for label in ("AC", "H"):
            draw(tmp_path / "set" / split / label / f"{split}.png", colour=[len(split), len(label)])
    with pytest.raises(DatasetError, match=r"(?s)parts of a split, not classes.*: --data .*a CSV table") as error:
        read_dataset(tmp_path / "set")
    first = tmp_path / "set" / sorted(splits)[0]
    assert f"2 images, 2 classes: --data {first}" in str(error.value)
    assert read_dataset(first).classes == ("AC", "H")
    if "unlabelled" not in splits:
        assert f"{2 * len(splits)} images, 2 classes, no patients: --layout split/class" in str(error.value)
        together = read_dataset(tmp_path / "set", choice=Choice("split/class"))
        assert together.classes == ("AC", "H") and len(together.samples) == 2 * len(splits)


def test_the_parts_of_a_split_without_classes_are_none_either(tmp_path):
    for split in ("train", "test"):
        draw(tmp_path / split / "a.png", colour=len(split))
    with pytest.raises(DatasetError, match="parts of a split, not classes; give a CSV table image,label,patient"):
        read_dataset(tmp_path)


def test_a_class_may_be_called_test(tmp_path):
    for label in ("control", "test"):
        draw(tmp_path / label / "a.png", colour=len(label))
    assert read_dataset(tmp_path).classes == ("control", "test")


def test_real_split_folders_are_refused(shared):
    with pytest.raises(DatasetError, match=r"(?s)test/, training/.*450 images, 5 classes, no patients: --layout split"):
        read_dataset(shared / "data" / "crc5")
    assert read_dataset(shared / "data" / "crc5" / "test").classes == ("AC", "H", "S", "T", "V")


NOT_READ = {"slides": ["1.svs", "2.svs"], "photographs": ["a.heic"], "arrays": ["a.npy", "b"], "empty": []}


@pytest.mark.parametrize(("label", "names"), NOT_READ.items(), ids=NOT_READ)
def test_a_class_of_which_nothing_is_read_is_an_error(label, names, folder):
    (folder / label).mkdir()
    for name in names:
        write(folder / label / name, "x")
    with pytest.raises(DatasetError, match=rf"(?s)class folders hold no image that is read; save.*:\n  {label}: ") as e:
        read_dataset(folder)
    counted = {"slides": "2 .svs", "photographs": "1 .heic", "arrays": "1 .npy, 1 no ending", "empty": "empty"}
    assert str(e.value).endswith(f"{label}: {counted[label]}")


def test_a_class_that_is_a_link_to_another_is_not_passed_over(folder):
    (folder / "copy").symlink_to(folder / "benign")
    with pytest.raises(DatasetError, match="copy: a link to a folder that is read already"):
        read_dataset(folder)


@pytest.mark.parametrize("deep", ["cancer/p1/40X/x.png", "third/p1/x.png", "third/a/b/c/x.gif", "benign/thumbs/x.png"])
def test_images_below_the_class_folders_are_not_passed_over(deep, folder):
    draw(folder / deep)
    where = deep.rpartition("/")[0]
    with pytest.raises(DatasetError, match=rf"(?s)1 folders of images lie deeper than .*/CLASS/, such as {where}"):
        read_dataset(folder)
    everything = read_dataset(folder, choice=Choice("class/..."))
    assert len(everything.samples) == 7 and deep in [sample.name for sample in everything.samples]


def test_what_earlier_runs_wrote_among_the_images_is_no_class(folder):
    expected = read_dataset(folder)
    write(folder / "cache" / "slides" / "images.json", "{}")
    draw(folder / "results" / "slides" / "roc.png")
    write(folder / "results" / "slides" / "skipped.csv", "image")
    write(folder / "models" / "slides.zip", "PK")
    assert read_dataset(folder) == expected
    write(folder / "models" / "slides.zip").rename(folder / "models" / "slides.svs")
    with pytest.raises(DatasetError, match=r"models: 1 \.svs"):
        read_dataset(folder)


def flat(iciar):
    for path in iciar.glob("Photos/*/*.tif"):
        path.rename(draw(iciar.parent / "flat" / path.name))
    return iciar.parent / "flat"


@pytest.mark.parametrize("layout", ["parent", "photos", "flat"])
def test_the_challenge_is_recognised_in_each_layout(layout, iciar):
    source = {"parent": lambda: iciar, "photos": lambda: iciar / "Photos", "flat": lambda: flat(iciar)}[layout]()
    expected = [(f"{prefix}{number:03d}.tif", name.lower()) for name, prefix in ICIAR.items() for number in (1, 2, 10)]
    samples = iciar_samples(Tree(source)).samples
    assert sorted((sample.name, sample.label) for sample in samples) == sorted(expected)
    assert read_dataset(source).classes == ("normal", "benign", "insitu", "invasive") == ICIAR_CLASSES


@pytest.mark.parametrize("folder", ["In Situ", "in_situ", "IN-SITU"])
def test_the_challenges_folders_may_be_spelled_differently(folder, iciar):
    expected = facts(read_dataset(iciar))
    (iciar / "Photos" / "InSitu").rename(iciar / "Photos" / folder)
    assert facts(read_dataset(iciar)) == expected


def test_the_challenges_names_in_upper_case(iciar):
    (iciar / "Photos" / "InSitu" / "is001.tif").rename(iciar / "Photos" / "InSitu" / "IS001.TIF")
    assert ("IS001.TIF", "insitu", "") in facts(read_dataset(iciar))


def test_a_fifth_class_is_never_dropped(iciar):
    draw(iciar / "Photos" / "Necrosis" / "x001.tif")
    assert "Necrosis" in read_dataset(iciar / "Photos").classes
    (iciar / "Photos" / "Necrosis" / "x001.tif").rename(iciar / "Photos" / "Necrosis" / "x001.svs")
    with pytest.raises(DatasetError, match=r"Necrosis: 1 \.svs"):
        read_dataset(iciar)


def test_the_challenges_slides_are_counted(iciar):
    write(iciar / "WSI" / "A01.svs", "x")
    assert "1 slide (.svs)" in read_dataset(iciar).notices[0]


def test_the_four_classes_may_hold_files_of_equal_names(tmp_path):
    """Folders of the challenge's classes, filled by someone else."""
    for index, label in enumerate(ICIAR_CLASSES):
        for number in range(2):
            draw(tmp_path / "own" / label / f"{number}.png", colour=[index, number])
    dataset = read_dataset(tmp_path / "own")
    assert dataset.classes == ICIAR_CLASSES
    assert [name for name, _, _ in facts(dataset)] == sorted(f"{c}/{n}.png" for c in ICIAR_CLASSES for n in range(2))


def test_a_class_that_is_not_of_the_challenge_makes_a_flat_folder_unclear(iciar):
    source = flat(iciar)
    draw(source / "x001.tif")
    with pytest.raises(DatasetError, match="no class folders"):
        read_dataset(source)
