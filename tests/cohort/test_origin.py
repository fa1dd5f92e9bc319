"""Laws of an origin: the same data have no differences, and whatever changes a label, patient or image is one."""

import json
import shutil
from dataclasses import asdict, replace

import pytest

from cohort.origin import Origin, differences, listing_digest, read_with_origin, without_images
from cohort.read_dataset import read_dataset

PATIENTS = "image,patient\nbenign/a.png,1\ncancer/d.png,2\n"


def as_table(folder):
    rows = [f"{sample.name},{sample.label},{sample.name[-5]}" for sample in read_dataset(folder).samples]
    (folder / "manifest.csv").write_text("\n".join(["image,label,patient", *rows, ""]))
    return folder


def test_the_same_data_have_no_differences_whatever_is_done_between(folder):
    (folder / "patients.csv").write_text(PATIENTS)
    dataset, origin = read_with_origin(folder)
    assert dataset == read_dataset(folder) and set(origin.tables) == {str(folder / "patients.csv")}
    kept = Origin(**json.loads(json.dumps(asdict(origin))))
    (folder / "notes.txt").write_text("nothing that counts")
    since = differences(kept)
    assert (since.tables, since.listing, since.is_known) == ((), False, True)
    assert set(since.images) == {sample.name for sample in dataset.samples}


@pytest.mark.parametrize(
    "change",
    [lambda table: table.write_text(table.read_text().replace("benign/a.png,benign", "benign/a.png,cancer")),
     lambda table: table.write_text(table.read_text().replace(",a\n", ",b\n")),
     lambda table: table.write_text("\n".join(table.read_text().splitlines()[:-1]) + "\n"),
     lambda table: table.write_text(table.read_text().replace("image,label,patient", "image,label,patient,hospital"))],
    ids=["label", "patient", "fewer rows", "column"],
)  # fmt: skip
def test_a_corrected_table_is_named(folder, change):
    _, origin = read_with_origin(as_table(folder))
    change(folder / "manifest.csv")
    assert differences(origin).tables == ("manifest.csv",)


def test_a_table_that_appears_or_goes_is_named(folder):
    _, without = read_with_origin(folder)
    (folder / "patients.csv").write_text(PATIENTS)
    _, origin = read_with_origin(folder)
    since = differences(without)
    assert since.tables == ("patients.csv",) and since.listing
    (folder / "patients.csv").unlink()
    assert differences(origin).tables == ("patients.csv",) and not differences(without).tables


@pytest.mark.parametrize(
    "change",
    [lambda folder: (folder / "cancer").rename(folder / "malignant"),
     lambda folder: shutil.move(folder / "benign" / "a.png", folder / "cancer" / "a.png"),
     lambda folder: (folder / "benign" / "a.png").unlink(),
     lambda folder: shutil.copy(folder / "benign" / "a.png", folder / "benign" / "z.png")],
    ids=["class renamed", "moved to another class", "removed", "added"],
)  # fmt: skip
def test_folders_are_a_table_too(folder, change):
    _, origin = read_with_origin(folder)
    change(folder)
    since = differences(origin)
    assert since.listing and since.is_known and not since.tables


def test_data_that_are_gone_or_broken_are_not_known(folder):
    _, origin = read_with_origin(as_table(folder))
    (folder / "manifest.csv").write_text("image\n")
    assert differences(origin) == differences(origin) and differences(origin).tables == ("manifest.csv",)
    assert not differences(origin).is_known
    shutil.rmtree(folder)
    since = differences(origin)
    assert (since.tables, since.listing, since.is_known) == ((), False, False)
    assert not differences(replace(origin, options={"an option of a later version": 1})).is_known


def test_the_digest_is_of_image_label_and_patient_in_any_order(folder):
    dataset = read_dataset(as_table(folder))
    turned = replace(dataset, samples=dataset.samples[::-1], name="another")
    assert listing_digest(turned) == listing_digest(dataset)
    for field in ("name", "label", "patient"):
        first = replace(dataset.samples[0], **{field: "other"})
        assert listing_digest(replace(dataset, samples=(first, *dataset.samples[1:]))) != listing_digest(dataset)


def test_images_that_were_left_out_are_kept(folder):
    _, origin = read_with_origin(folder)
    assert without_images(origin, ["b", "a"]).left_out == ("a", "b")
