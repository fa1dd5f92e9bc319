"""All images are measured once, whatever ends a run in between."""

import json
from dataclasses import replace
from zlib import crc32

import numpy as np
import pytest

from cohort.audit import measuring
from cohort.audit.kept_measures import BEGINNING, KeptMeasures, is_measures_file, read_measures
from cohort.audit.measure_image import ImageMeasures
from cohort.audit.measuring import measure_images
from cohort.audit.probe_list import AuditError
from cohort.phantom_cohort import write_phantoms
from cohort.read_dataset import read_dataset
from imaging.phantom import phantoms


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    manifest = write_phantoms(tmp_path_factory.mktemp("data"), phantoms(2, 2, 40, 40))
    return read_dataset(manifest).samples


def alike(one, other):
    """Whether two runs gave the same."""
    assert one.keys() == other.keys()
    for name, measures in one.items():
        np.testing.assert_array_equal(measures.numbers, other[name].numbers)
        assert (measures.words, measures.broken, measures.phash) == (
            other[name].words,
            other[name].broken,
            other[name].phash,
        )


@pytest.fixture
def counted(monkeypatch):
    """The paths that are measured, rather than known."""
    paths = []

    def measure(path, content):
        paths.append(path)
        return original(path, content)

    original = measuring.measure_image
    monkeypatch.setattr(measuring, "measure_image", measure)
    return paths


def test_every_image_comes_once_however_many_jobs(samples):
    one, four = dict(measure_images(samples, jobs=1)), dict(measure_images(samples, jobs=4))
    assert set(one) == {sample.name for sample in samples}
    alike(one, four)


def test_what_was_measured_is_not_measured_again(samples, tmp_path, counted):
    kept = tmp_path / "new" / "audit.measures"
    running = measure_images(samples, jobs=1, kept=kept)
    for _ in range(3):
        next(running)
    running.close()  # as when the run is killed
    before = len(counted)
    whole = dict(measure_images(samples, jobs=1, kept=kept))
    assert len(counted) <= before + len(samples) - 3
    done = len(counted)
    alike(whole, dict(measure_images(samples, jobs=2, kept=kept)))
    assert len(counted) == done
    alike(whole, dict(measure_images(samples)))


def test_a_line_that_was_cut_off_is_measured_again_and_the_others_are_not(samples, tmp_path, counted):
    kept = tmp_path / "m"
    whole = dict(measure_images(samples, kept=kept))
    content = kept.read_bytes()
    kept.write_bytes(content[:-20])
    counted.clear()
    alike(whole, dict(measure_images(samples, kept=kept)))
    assert len(counted) == 1
    counted.clear()
    dict(measure_images(samples, kept=kept))
    assert counted == []


def test_a_changed_line_is_not_believed(samples, tmp_path):
    kept = tmp_path / "m"
    dict(measure_images(samples, kept=kept))
    lines = kept.read_bytes().splitlines(keepends=True)
    lines[1] = lines[1].replace(b"1", b"2")
    lines[2] = b"\xff\0garbage\n"
    lines[3] = b"00000000 [1]\n"
    kept.write_bytes(b"".join(lines))
    assert len(KeptMeasures(kept)) == len(samples) - 3


def test_measures_of_another_version_are_begun_anew_and_a_strangers_file_is_left_alone(samples, tmp_path):
    kept = tmp_path / "m"
    kept.write_bytes(BEGINNING + b"0000\nanything\n")
    assert len(KeptMeasures(kept)) == 0
    dict(measure_images(samples[:1], kept=kept))
    assert len(KeptMeasures(kept)) == 1
    stranger = tmp_path / "thesis.txt"
    stranger.write_text("my thesis")
    with pytest.raises(AuditError, match="no file of measures"):
        KeptMeasures(stranger)
    assert stranger.read_text() == "my thesis"
    with pytest.raises(AuditError, match="cannot be used"):
        KeptMeasures(tmp_path)


def line_of(row):
    """A line that a stranger wrote, with the right checksum."""
    body = json.dumps(row).encode()
    return b"%08x %s\n" % (crc32(body), body)


FORGED = {
    "no digest": lambda row: [[], *row[1:]],
    "numbers beyond all numbers": lambda row: [row[0], [10**400, *row[1][1:]], *row[2:]],
    "tables for numbers": lambda row: [row[0], [[1, 2]] * len(row[1]), *row[2:]],
    "words for numbers": lambda row: [row[0], ["1"] * len(row[1]), *row[2:]],
    "numbers for words": lambda row: [*row[:2], [1] * len(row[2]), *row[3:]],
    "half a character": lambda row: [*row[:3], "\ud800", row[4]],
    "no look": lambda row: [*row[:4], "../../x"],
    "nothing": lambda row: None,
}


@pytest.mark.parametrize("forged", FORGED)
def test_a_strangers_line_is_measures_or_is_not_believed(forged, samples, tmp_path):
    kept = tmp_path / "m"
    dict(measure_images(samples[:2], kept=kept))
    header, first, second = kept.read_bytes().splitlines(keepends=True)
    row = json.loads(first.partition(b" ")[2])
    kept.write_bytes(header + line_of(FORGED[forged](row)) + second)
    assert len(read_measures(kept)) == len(KeptMeasures(kept)) == 1


def test_reading_measures_writes_nothing_whatever_the_file(samples, tmp_path):
    kept = tmp_path / "m"
    dict(measure_images(samples[:2], kept=kept))
    whole = kept.read_bytes()
    contents = {whole: 2, whole[:-20]: 1, BEGINNING + b"0000\nanything\n": 0, b"my thesis": 0, b"": 0}
    for content, known in contents.items():
        kept.write_bytes(content)
        assert len(read_measures(kept)) == known
        assert kept.read_bytes() == content
        assert is_measures_file(kept) == content.startswith(BEGINNING)
    assert len(read_measures(tmp_path)) == len(read_measures(tmp_path / "not there")) == 0


def test_what_cannot_be_read_is_said_and_is_no_end(samples, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no image")
    outcomes = dict(measure_images([replace(samples[0], name="broken", path=broken), samples[1]], kept=tmp_path / "m"))
    assert "not a readable image" in outcomes["broken"]
    assert isinstance(outcomes[samples[1].name], ImageMeasures)
