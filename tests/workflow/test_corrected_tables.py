"""What is corrected after extract is refused by cv and fit until extract has run again, which redoes nothing."""

import json
import shutil
from copy import copy
from zlib import crc32

import pytest

from cohort.phantom_cohort import write_phantoms
from featurize.store.file_format import CacheError
from featurize.store.gather import find_stores
from featurize.store.image_index import read_origins
from imaging.phantom import phantoms
from tests.place import invoke
from workflow.cohort_from_cache import cached_images


class Study:
    """Twelve images of three classes in a folder, with a table or without, and their cache."""

    def __init__(self, folder):
        self.folder, self.cache = folder / "study", folder / "cache"
        write_phantoms(self.folder, phantoms(per_class=3, patients=3, height=48, width=64))
        self.table = self.folder / "manifest.csv"

    def extract(self, crops="32"):
        options = ["--cache", self.cache, "--out", self.cache.parent, "--weights", "random", "--jobs", 1]
        options += ["--encoders", "squeezenet1_1", "--crops", crops, "--scale", 1, "--views", 1, "--crops-per-view", 1]
        return invoke("extract", "--data", self.folder, "--name", "study", *options)

    def images(self, **options):
        self.notices = []
        return cached_images(self.cache, "study", warn=self.notices.extend, **options)

    def rows(self):
        """The bytes of every row that is done, by image."""
        _, stores = find_stores(self.cache, "study")
        [store] = stores.values()
        maps = store.arrays()
        return {image: maps["descriptors"][row].tobytes() for image, row in store.rows.items() if maps["done"][row]}

    def correct(self, change):
        rows = [line.split(",") for line in self.table.read_text().splitlines()]
        self.table.write_text("\n".join(",".join(row) for row in [rows[0], *change(rows[1:])]) + "\n")


@pytest.fixture(scope="module")
def extracted(tmp_path_factory):
    """The study, and a copy of its folder as extract leaves it."""
    study = Study(tmp_path_factory.mktemp("place"))
    study.extract()
    return study, shutil.copytree(study.folder.parent, tmp_path_factory.mktemp("copy") / "place")


@pytest.fixture
def study(extracted):
    """As it was, whatever the test before did to it."""
    study, kept = extracted
    shutil.rmtree(study.folder.parent)
    shutil.copytree(kept, study.folder.parent)
    return copy(study)


def relabelled(rows):
    return [[rows[0][0], "invasive", *rows[0][2:]], *rows[1:]]


def other_patient(rows):
    return [[*rows[0][:2], "someone else"], *rows[1:]]


def one_class_less(rows):
    return [[image, "benign" if label == "normal" else label, *rest] for image, label, *rest in rows]


@pytest.mark.parametrize("change", [relabelled, other_patient, one_class_less, lambda rows: rows[1:]])
def test_a_corrected_manifest_is_refused_until_extract_has_read_it(study, change):
    before = study.rows()
    study.correct(change)
    for command in ("cv", "fit"):
        said = invoke(command, "--cache", study.cache, code=2)
        assert "manifest.csv changed since extract; run extract again (nothing is described anew)" in said
    assert "all done, skipped" in study.extract()
    assert study.rows() == before
    described = study.images().described
    rows = {line.split(",")[0]: line.split(",")[1:] for line in study.table.read_text().splitlines()[1:]}
    assert {image: [label, patient] for image, label, patient in zip(
        described.images, described.labels, described.patients, strict=True)} == rows  # fmt: skip


def test_nothing_is_said_of_what_is_as_it_was(study):
    images = study.images()
    assert [notice.kind for notice in study.notices if notice.level == "note"] == []
    assert set(images.tables) == {"manifest.csv"} and len(images.tables["manifest.csv"]) == 64


def test_new_images_are_told_apart_from_corrections(study):
    shutil.copy(study.folder / "a.png" if (study.folder / "a.png").exists() else next(study.folder.rglob("*.png")),
                study.folder / "new.png")  # fmt: skip
    study.correct(lambda rows: [*rows, ["new.png", *rows[0][1:]]])
    with pytest.raises(CacheError, match=r"only images under new names are described, 1 of them"):
        study.images()


def test_patients_that_come_go_and_change_beside_class_folders(study):
    labels = {line.split(",")[0]: line.split(",")[1] for line in study.table.read_text().splitlines()[1:]}
    classes = study.folder.parent / "classes"
    for image, label in labels.items():
        (classes / label).mkdir(parents=True, exist_ok=True)
        shutil.copy(study.folder / image, classes / label)
    study.folder, study.cache, study.table = classes, study.cache.parent / "second", classes / "patients.csv"
    study.extract()
    before = study.rows()
    for content in ("image,patient\n{},1\n", "image,patient\n{},2\n", None):
        if content is None:
            study.table.unlink()
        else:
            study.table.write_text(content.format(sorted(before)[0]))
        with pytest.raises(CacheError, match=r"^patients\.csv changed since .* \(nothing is described anew\)$"):
            study.images()
        study.extract()
        assert study.rows() == before
        patients = dict(zip(study.images().described.images, study.images().described.patients, strict=True))
        assert patients[sorted(before)[0]] == ("" if content is None else content[-2])


def test_class_folders_are_labels_too(study):
    labels = {line.split(",")[0]: line.split(",")[1] for line in study.table.read_text().splitlines()[1:]}
    for image, label in labels.items():
        (study.folder / label).mkdir(exist_ok=True)
        (study.folder / image).rename(study.folder / label / image.rpartition("/")[2])
    study.table.unlink()
    study.cache = study.cache.parent / "second"
    study.extract()
    study.images()
    (study.folder / "benign").rename(study.folder / "harmless")
    with pytest.raises(CacheError, match=r"the images in the folders of .*study changed since extract.*new names"):
        study.images()
    study.extract()
    assert "harmless" in study.images().described.classes


def test_a_variant_that_was_not_extracted_again_is_refused_alone_too(study):
    study.extract("48")
    study.correct(relabelled)
    study.extract("48")
    study.images(variants=["*48*"])
    with pytest.raises(CacheError, match=r"manifest\.csv changed since extract"):
        study.images(variants=["*32*"])


def test_data_that_are_gone_are_a_note(study):
    shutil.rmtree(study.folder)
    study.images()
    notes = [notice for notice in study.notices if notice.level == "note"]
    assert [notice.kind for notice in notes] == ["data-not-where-they-were"] * 2
    assert "whether labels or patients were corrected since extract is not known" in notes[0]


def test_a_cache_of_an_older_version_opens_with_a_note(study):
    path = study.cache / "study" / "images.json"
    listed = json.loads(path.read_bytes().partition(b"\n")[2])
    del listed["origins"]
    body = json.dumps(listed).encode()
    path.write_bytes(b"%08x\n" % crc32(body) + body)
    assert read_origins(study.cache / "study") == {}
    study.images()
    assert [notice.kind for notice in study.notices if notice.level == "note"] == ["tables-not-hashed"]
    study.extract()
    study.images()
    assert not [notice for notice in study.notices if notice.level == "note"]


def test_an_image_taken_out_of_the_data_does_not_come_back_by_a_table_of_labels(study, tmp_path):
    labels = tmp_path / "labels.csv"
    labels.write_bytes(study.table.read_bytes())
    before = study.images(labels=labels).described.images
    study.correct(lambda rows: rows[1:])
    study.extract()
    assert set(study.images(labels=labels).described.images) < set(before) and len(before) == 12
    assert "labels.csv: 1 rows name no image, such as" in " ".join(study.notices)
