"""Laws of getting a public set: asked for once, whole, and read by the commands as it was published."""

from dataclasses import replace

import numpy as np
import pytest

from cohort.downloads.remote import DownloadError, Remote
from cohort.public_sets.getting import choice_of, get, made_of, words_on_use
from cohort.public_sets.known_sets import PUBLIC_SETS
from cohort.read_dataset import read_dataset
from cohort.samples import DatasetError
from imaging.files.hdf5_file import H5Error
from imaging.read import read_image
from tests.cohort.downloads.local_server import serving
from tests.cohort.public_sets.small_sets import FILES, breakhis_names, pcam_arrays, pcam_files, small_set


def quiet(_):
    return lambda done, whole: None


def put(name, folder, without="nothing", **changed):
    """A set whose files are in a folder already, some of them changed or left out."""
    contents = FILES[name]() | {f"camelyonpatch_level_2_split_{key}": content for key, content in changed.items()}
    kept = {file: content for file, content in contents.items() if without not in file}
    for file, content in kept.items():
        (folder / file).write_bytes(content)
    return replace(PUBLIC_SETS[name], files=tuple(Remote("http://nowhere.invalid", file) for file in kept))


@pytest.mark.parametrize("name", FILES)
def test_what_was_published_is_read_and_asked_for_once(name, tmp_path):
    with serving() as server:
        known, server.files = small_set(name, server.url)
        folders = get(known, tmp_path / "sets", False, quiet)
        assert len(server.asked) == len(known.files)
        for file in known.files:
            (tmp_path / "sets" / file.name).unlink()  # which may be deleted now
        assert get(known, tmp_path / "sets", True, quiet) == folders
        assert len(server.asked) == len(known.files)
    for folder in folders:
        dataset = read_dataset(folder, choice=choice_of(known))
        [notice] = [notice for notice in dataset.notices if notice.kind == "public-set"]
        assert notice.startswith(f"{name} (")
        assert {bool(sample.patient) for sample in dataset.samples} == {known.told != "nothing"}
    assert str(folders[0]) in words_on_use(known, folders)[0]
    assert not list((tmp_path / "sets").glob(".*unpacking")), "nothing half done is left"


def test_the_parts_of_a_split_are_two_commands(tmp_path):
    known = put("pcam", tmp_path)
    [words] = words_on_use(known, get(known, tmp_path, True, quiet))
    assert words == f"python pipeline.py finetune --data {tmp_path}/pcam-train --test {tmp_path}/pcam-test"
    with pytest.raises(DatasetError, match=r"parts of PatchCamelyon's published split.*--data .*pcam-train.*--test"):
        read_dataset(tmp_path)


def test_a_part_alone_is_asked_for_alone(tmp_path):
    with serving() as server:
        known, server.files = small_set("nct-crc", server.url)
        test = known.only(1)
        folders = get(test, tmp_path, False, quiet)
        assert [folder.name for folder in folders] == ["CRC-VAL-HE-7K"] and len(server.asked) == 1
    assert words_on_use(test, folders)[0].endswith(f"--test {folders[0]}")
    get(put("pcam", tmp_path).only(2), tmp_path, True, quiet)
    assert (tmp_path / "pcam-test").exists() and not (tmp_path / "pcam-train").exists()


def test_arrays_become_the_same_pixels_with_labels_and_slides(tmp_path):
    get(put("pcam", tmp_path), tmp_path, True, quiet)
    for part, slide in (("train", "tumor_001"), ("test", "test_001")):
        pixels, labels = pcam_arrays(part)
        dataset = read_dataset(tmp_path / f"pcam-{part}")
        assert dataset.name == f"pcam-{part}" and len(dataset.samples) == len(labels)
        for sample in dataset.samples:
            number = int(sample.path.stem[-6:])
            assert (sample.label, sample.patient) == (str(labels[number]), f"camelyon16_{slide}")
            np.testing.assert_array_equal(read_image(sample.path), pixels[number])
    assert not list(tmp_path.glob("*.h5")), "unpacked arrays go again where the packed ones stay"


def test_a_folder_of_arrays_says_how_they_become_images(tmp_path):
    put("pcam", tmp_path)
    with pytest.raises(DatasetError, match=r"as arrays \(HDF5\).*data pcam --to"):
        read_dataset(tmp_path)


def test_without_the_table_of_slides_patients_are_unknown(tmp_path):
    folders = get(put("pcam", tmp_path, without="meta"), tmp_path, True, quiet)
    assert {sample.patient for sample in read_dataset(folders[0]).samples} == {""}


@pytest.mark.parametrize(
    ("table", "why"),
    [
        (b"wsi\na\n", "no column center_tumor_patch"),
        (b"wsi,center_tumor_patch\na,False\n", "of other images: it has 1 rows for 4"),
        (b"wsi,center_tumor_patch\na,True\na,True\na,True\na,True\n", "50% of its labels"),
        (b'wsi,center_tumor_patch\n"a,b",False\na,True\na,False\na,True\n', "names a slide"),
    ],
)
def test_a_table_of_other_images_is_refused(table, why, tmp_path):
    known = put("pcam", tmp_path, **{"train_meta.csv": table})
    with pytest.raises(DatasetError, match=why):
        get(known, tmp_path, True, quiet)
    assert not (tmp_path / "pcam-train").exists()


def test_arrays_of_something_else_are_refused(tmp_path):
    labels = pcam_files()["camelyonpatch_level_2_split_train_y.h5.gz"]
    known = put("pcam", tmp_path, **{"train_x.h5.gz": labels})
    with pytest.raises(H5Error, match="x is missing"):
        get(known, tmp_path, True, quiet)


DIVISION = ["|40|1|test", "|40|1|train", "|40|1|train"]


def test_published_divisions_become_tables(tmp_path):
    known = put("breakhis", tmp_path)
    names = [name.rpartition("/")[2] for name in breakhis_names()]
    rows = [name + rest for name, rest in zip(names, DIVISION, strict=True)]
    (tmp_path / "dsfold1.txt").write_text("\n".join(rows))
    folders = get(known, tmp_path, True, quiet)
    assert words_on_use(known, folders)[1].startswith(
        f"python pipeline.py finetune --data {tmp_path}/breakhis-fold1-40x"
    )
    train = read_dataset(tmp_path / "breakhis-fold1-40x-train.csv")
    assert [sample.patient for sample in train.samples] == ["14-22549", "14-2523"]
    assert all(sample.path.exists() for sample in train.samples)


@pytest.mark.parametrize(("row", "why"), [("SOB_B_A-14-1-40-001.png|40|1|test", "is not in"), ("image,1", "is no row")])
def test_a_division_of_other_images_is_refused(row, why, tmp_path):
    known = put("breakhis", tmp_path)
    (tmp_path / "dsfold2.txt").write_text(row)
    with pytest.raises(DatasetError, match=why):
        get(known, tmp_path, True, quiet)


def test_a_set_behind_an_account_says_what_to_do_by_hand(tmp_path):
    with pytest.raises(DownloadError, match=r"accept the rules.*train_labels.csv lies beside train/"):
        get(PUBLIC_SETS["pcam-kaggle"], tmp_path, False, quiet)


def test_files_have_places_of_their_own(tmp_path):
    for known in PUBLIC_SETS.values():
        places = [made_of(known, file, tmp_path)[0] for file in known.files]
        assert len(set(places)) == (3 if known.name == "pcam" else len(known.files))
