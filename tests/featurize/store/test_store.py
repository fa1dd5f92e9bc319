"""Laws of a cache file: its layout is plain HDF5, its structure never moves, and what is damaged is never an answer."""

import json
import os
import shutil
import subprocess
from contextlib import suppress
from dataclasses import replace

import h5py
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from cohort.files.atomic import write_all
from featurize.protocol import Protocol
from featurize.store.file_format import (
    CacheError,
    DamagedError,
    Entry,
    FormatError,
    fixed_checksum,
    read_header,
    row_spans,
)
from featurize.store.open_store import open_store
from featurize.store.row import ROW_FIELDS, Row
from featurize.store.store import Store, versions
from tests.featurize.store.cached_rows import read_row

PROTOCOL = Protocol("net", "digest", crop=64, scale=1.0, crops=2, views=3)
NETWORK = {"dim": 5, "name": "net"}
NAMES = ("a.png", "b c.png", "klasse/Gewebe ä ö 組織 🔬.tif", "d" * 200 + ".png")
ENTRIES = tuple(Entry(name, f"label {n % 2}", f"patient é{n}", f"{n:064d}") for n, name in enumerate(NAMES))
FIRST = NAMES[0]
PROTOCOL_JSON, NETWORK_JSON = PROTOCOL.to_json(), json.dumps(NETWORK)


def row(seed=0):
    rng = np.random.default_rng(seed)
    return Row(
        descriptors=rng.normal(size=(3, 5)).astype(np.float32),
        gains=rng.uniform(0.7, 1.3, (3, 2)),
        boxes=rng.integers(0, 99, (3, 2, 3)).astype(np.int32),
        stain_status=np.array("ok", "S16"),
        stain_matrix=rng.normal(size=(3, 2)),
        stain_scale=rng.uniform(size=2),
    )


def assert_rows_equal(found, expected):
    for name in ROW_FIELDS:
        assert_array_equal(getattr(found, name), getattr(expected, name), strict=True)


def open_entries(path, entries=ENTRIES, protocol=PROTOCOL):
    return open_store(path, protocol, NETWORK, entries)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "set" / "net.h5"


@pytest.fixture
def full(path):
    """A store with a row for every image, the seed being its number."""
    store = open_entries(path)
    for number, name in enumerate(NAMES):
        store.write_rows({name: row(number)})
    return store


def span(path, name):
    """First byte, bytes of one image, and bytes of all images of a dataset."""
    with h5py.File(path) as file:
        dataset = file[name]
        return dataset.id.get_offset(), dataset.nbytes // len(dataset), dataset.nbytes


def flip(path, position, bit=0):
    with path.open("r+b") as file:
        file.seek(position)
        byte = file.read(1)[0]
        file.seek(position)
        file.write(bytes([byte ^ 1 << bit]))


def structure(path):
    """A file's bytes with all numbers blanked, but not the text."""
    content = bytearray(path.read_bytes())
    for name in (*ROW_FIELDS, "versions", "crc32", "done"):
        start, _, size = span(path, name)
        content[start : start + size] = bytes(size)
    return bytes(content)


def test_the_layout_is_plain_hdf5(full):
    n, views, crops, dim = len(NAMES), 3, 2, 5
    wanted = {
        "descriptors": ((n, views, dim), "<f4"), "gains": ((n, views, 2), "<f8"),
        "boxes": ((n, views, crops, 3), "<i4"), "stain_status": ((n,), "S16"),
        "stain_matrix": ((n, 3, 2), "<f8"), "stain_scale": ((n, 2), "<f8"),
        "versions": ((n,), "S512"), "crc32": ((n,), "<u4"), "done": ((n,), "u1"),
    }  # fmt: skip
    with h5py.File(full.path) as file:
        assert set(file) == {*wanted, "image", "label", "patient", "sha256", "entry_crc32"}
        for name, (shape, dtype) in wanted.items():
            assert file[name].shape == shape and file[name].dtype == dtype
            assert_array_equal(file[name][...], full.array(name))
        for dataset in file.values():
            assert dataset.chunks is None and dataset.compression is None and dataset.id.get_offset() is not None
        assert file.attrs["format"] == 2
        assert json.loads(file.attrs["protocol"]) == json.loads(PROTOCOL.to_json())
        assert json.loads(file.attrs["encoder"]) == NETWORK
        assert all({"torch", "numpy", "h5py"} <= set(json.loads(text)) for text in file["versions"][:])
        for field in ("image", "label", "patient", "sha256"):
            assert file[field].asstr()[:].tolist() == [getattr(entry, field) for entry in full.entries]


def test_rows_come_back_to_the_bit_by_name(full):
    assert full.done.all()
    again = Store(full.path)
    assert again.protocol == PROTOCOL and again.encoder == NETWORK and set(again.entries) == set(ENTRIES)
    for number, name in enumerate(NAMES):
        assert_rows_equal(read_row(again, name), row(number))
        assert_array_equal(again.array("descriptors")[again.rows[name]], row(number).descriptors)


def test_the_order_of_writing_does_not_matter(full, tmp_path):
    other = open_entries(tmp_path / "other.h5", ENTRIES[::-1])
    for number, name in reversed(list(enumerate(NAMES))):
        other.write_rows({name: row(number)})
    assert other.path.read_bytes() == full.path.read_bytes()


def test_space_is_there_from_the_start(path):
    protocol = replace(PROTOCOL, views=20_000)
    store = open_entries(path, protocol=protocol)
    information = path.stat()
    assert information.st_size > len(NAMES) * 20_000 * 5 * 4
    assert getattr(information, "st_blocks", 1 << 40) * 512 >= information.st_size
    assert not store.done.any()


def test_writing_never_touches_the_structure(path):
    store = open_entries(path)
    before, size = structure(path), path.stat().st_size
    for number, name in enumerate(NAMES):
        store.write_rows({name: row(number)})
        assert structure(path) == before and path.stat().st_size == size


def test_an_array_is_read_only(full):
    with pytest.raises(ValueError, match="read-only"):
        full.array("descriptors")[0] = 0


def test_a_row_without_its_mark_is_not_done(path, monkeypatch):
    store = open_entries(path)

    def killed(file):
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", killed)  # the row is written, its mark is not
    with pytest.raises(KeyboardInterrupt):
        store.write_rows({FIRST: row()})
    monkeypatch.undo()
    assert not Store(path).done.any()
    with pytest.raises(CacheError, match=r"net\.h5 holds no descriptors of a\.png"):
        read_row(store, FIRST)
    store.write_rows({FIRST: row()})
    assert_rows_equal(read_row(store, FIRST), row())


def test_a_row_that_is_written_again_is_not_done_meanwhile(full, monkeypatch):
    def killed(file):
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", killed)
    with pytest.raises(KeyboardInterrupt):
        full.write_rows({FIRST: row(9)})
    assert full.done.tolist() == [name != FIRST for name in full.rows]


def test_an_unknown_image_has_no_row(full):
    with pytest.raises(CacheError, match=r"no descriptors of z\.png"):
        read_row(full, "z.png")


@pytest.mark.parametrize("field", [*ROW_FIELDS, "versions", "crc32"])
def test_a_flipped_bit_is_an_error_that_names_file_and_image(full, field):
    start, each, _ = span(full.path, field)
    rng = np.random.default_rng(0)
    for _ in range(10):
        position, bit = start + full.rows[FIRST] * each + rng.integers(each), rng.integers(8)
        flip(full.path, position, bit)
        with pytest.raises(CacheError, match=r"net\.h5: the row of a\.png is damaged"):
            read_row(full, FIRST)
        flip(full.path, position, bit)
    for number, name in enumerate(NAMES):
        assert_rows_equal(read_row(full, name), row(number))


def test_a_false_mark_is_not_believed(path):
    store = open_entries(path)
    flip(path, span(path, "done")[0])
    with pytest.raises(DamagedError, match=r"damaged"):
        read_row(store, store.entries[0].image)


@pytest.mark.parametrize("bit", range(8))
def test_done_is_one_and_nothing_else(full, bit):
    flip(full.path, span(full.path, "done")[0] + full.rows[FIRST], bit)
    assert not full.done[full.rows[FIRST]] and full.done.sum() == len(NAMES) - 1
    with pytest.raises(CacheError, match=r"no descriptors of a\.png"):
        read_row(full, FIRST)


def test_a_row_belongs_to_its_image_and_file_alone(full):
    """Rows that change places, or an image that changes its name, are found."""
    row_of, other = (full.rows[name] for name in NAMES[:2])
    content = bytearray(full.path.read_bytes())
    for field in (*ROW_FIELDS, "versions", "crc32"):
        start, each, _ = span(full.path, field)
        one, two = (slice(start + index * each, start + index * each + each) for index in (row_of, other))
        content[one], content[two] = content[two], content[one]
    full.path.write_bytes(content)
    for name in NAMES[:2]:
        with pytest.raises(DamagedError):
            read_row(full, name)
    assert_rows_equal(read_row(full, NAMES[2]), row(2))


def test_every_row_says_which_versions_wrote_it(full, monkeypatch):
    (now,) = full.writers()
    assert now["images"] == len(NAMES) and now["numpy"] == np.__version__
    monkeypatch.setattr("featurize.store.store._written_by", lambda: np.array('{"numpy": "0.1"}', "S512"))
    full.write_rows({FIRST: row(9)})
    assert full.writers() == [now | {"images": len(NAMES) - 1}, {"numpy": "0.1", "images": 1}]
    grown = open_entries(full.path, (*ENTRIES, Entry("zz.png", "label 1", "", "e" * 64)))  # rows are carried over
    assert grown.facts()["versions"] == [now | {"images": len(NAMES) - 1}, {"numpy": "0.1", "images": 1}]


def test_rows_written_together_are_those_written_one_by_one(full, tmp_path):
    together = open_entries(tmp_path / "together.h5")
    together.write_rows({name: row(number) for number, name in enumerate(NAMES)})
    assert together.path.read_bytes() == full.path.read_bytes()


@pytest.mark.parametrize("after", range(40))
def test_a_kill_between_any_two_writes_leaves_whole_rows_or_none(path, monkeypatch, after):
    """Whatever part of three rows got written, what is marked can be read; the next run writes the same file."""
    store, count = open_entries(path), iter(range(1000))

    def write_some(file, position, data):
        if next(count) == after:
            write_all(file, position, data[: len(data) // 2])
            raise KeyboardInterrupt
        write_all(file, position, data)

    rows = {name: row(number) for number, name in enumerate(NAMES[:3])}
    monkeypatch.setattr("featurize.store.store.write_all", write_some)
    with suppress(KeyboardInterrupt):
        store.write_rows(rows)
    monkeypatch.undo()
    again = open_entries(path)
    for name, done in zip(again.rows, again.done, strict=True):
        if done:
            assert_rows_equal(read_row(again, name), rows[name])
    again.write_rows(rows)
    for name in rows:
        assert_rows_equal(read_row(again, name), rows[name])


@pytest.mark.parametrize("change", [
    {"descriptors": np.zeros((3, 5))}, {"descriptors": np.zeros((2, 5), np.float32)}, {"gains": np.zeros((3, 3))},
    {"boxes": np.zeros((3, 2, 3))}, {"stain_status": np.array("ok", "S3")}])  # fmt: skip
def test_a_row_of_another_shape_or_type_is_refused_before_a_byte_is_written(full, change):
    before = full.path.read_bytes()
    with pytest.raises(ValueError, match=next(iter(change))):
        full.write_rows({FIRST: replace(row(), **change)})
    assert full.path.read_bytes() == before


def test_opening_again_changes_nothing(full):
    before, when = full.path.read_bytes(), full.path.stat().st_mtime_ns
    again = open_entries(full.path, ENTRIES[::-1])
    assert again.entries == full.entries and again.done.all()
    assert full.path.read_bytes() == before and full.path.stat().st_mtime_ns == when


def test_new_images_leave_the_rows_as_they_are(full):
    more = (*ENTRIES, Entry("0 first.png", "label 0", "", "f" * 64), Entry("zz.png", "label 1", "", "e" * 64))
    store = open_entries(full.path, more)
    assert {name for name, done in zip(store.rows, store.done, strict=True) if done} == set(NAMES)
    assert set(store.entries) == set(more)
    for number, name in enumerate(NAMES):
        assert_rows_equal(read_row(store, name), row(number))


def test_a_store_grown_in_steps_equals_one_made_at_once(full, path):
    other = path.with_name("steps.h5")
    for count in range(1, len(NAMES) + 1):
        open_entries(other, ENTRIES[:count]).write_rows({NAMES[count - 1]: row(count - 1)})
    assert other.read_bytes() == full.path.read_bytes()


def test_a_changed_image_file_loses_its_row_and_no_other(full):
    store = open_entries(full.path, (replace(ENTRIES[0], sha256="0f" * 32), *ENTRIES[1:]))
    assert [name for name, done in zip(store.rows, store.done, strict=True) if not done] == [FIRST]


def test_labels_and_patients_change_without_loss(full):
    changed = tuple(replace(entry, label="a much longer label ü", patient="") for entry in ENTRIES)
    store = open_entries(full.path, changed)
    assert set(store.entries) == set(changed)
    for number, name in enumerate(NAMES):
        assert_rows_equal(read_row(store, name), row(number))


def test_images_may_leave_and_come_back(full):
    store = open_entries(full.path, ENTRIES[1:])
    gone = store.entries[store.rows[FIRST]]
    assert (gone.label, gone.patient) == ("", "")
    assert_rows_equal(read_row(store, FIRST), row(0))
    before = full.path.read_bytes()
    assert open_entries(full.path, ENTRIES[1:]).path.read_bytes() == before
    back = open_entries(full.path)
    assert set(back.entries) == set(ENTRIES) and back.done.all()
    open_entries(full.path, ENTRIES[1:])
    changed = open_entries(full.path, (replace(ENTRIES[0], sha256="0f" * 32), *ENTRIES[1:]))
    assert not changed.done[changed.rows[FIRST]]


def test_a_damaged_row_is_not_carried_into_a_new_file_and_blocks_nothing(full):
    flip(full.path, span(full.path, "gains")[0])
    broken = next(iter(full.rows))
    store = open_entries(full.path, (*ENTRIES, Entry("zz.png", "label 1", "", "e" * 64)))
    assert store.dropped == (broken,) and Store(full.path).dropped == ()
    assert {name for name, done in zip(store.rows, store.done, strict=True) if done} == set(NAMES) - {broken}
    for number, name in enumerate(NAMES):
        if name != broken:
            assert_rows_equal(read_row(store, name), row(number))


def test_another_data_set_of_the_same_name_is_refused(full):
    others = [Entry(f"other {n}.png", "x", "", f"{n:064d}") for n in range(3)]
    before = full.path.read_bytes()
    for path in (full.path, full.path.with_name("another variant.h5")):
        with pytest.raises(CacheError, match=r"another data set \(.*other 0\.png.*--name"):
            open_entries(path, others)
    assert full.path.read_bytes() == before and len(list(full.path.parent.iterdir())) == 1
    assert set(open_entries(full.path.with_name("another variant.h5"), [*others, ENTRIES[0]]).rows)
    assert set(open_entries(full.path, [*others, ENTRIES[0]]).rows) > set(NAMES)


def test_a_file_put_in_place_meanwhile_is_noticed_and_what_was_mapped_stays(full):
    mapped, expected = full.array("descriptors"), np.array(full.array("descriptors"))
    open_entries(full.path, (Entry("0 first.png", "label 0", "", "f" * 64), *ENTRIES))  # every row moves
    assert_array_equal(mapped, expected)
    for act in (
        lambda: read_row(full, FIRST),
        lambda: full.write_rows({FIRST: row()}),
        lambda: full.done,
        full.require_same,
    ):
        with pytest.raises(CacheError, match="changed by another run"):
            act()
    assert_rows_equal(read_row(Store(full.path), FIRST), row(0))


def test_marks_can_be_taken_away_and_given_back(full):
    full.mark({FIRST: False, NAMES[1]: False})
    full.mark({NAMES[1]: True})
    assert [name for name, done in zip(full.rows, full.done, strict=True) if not done] == [FIRST]
    assert_rows_equal(read_row(full, NAMES[1]), row(1))


@pytest.mark.parametrize("change", [{"seed": 14}, {"views": 4}, {"power": 1.0}, {"weights": "other"}])
def test_another_protocol_is_refused(full, change):
    with pytest.raises(CacheError, match="another protocol"):
        open_entries(full.path, protocol=replace(PROTOCOL, **change))


@pytest.mark.parametrize("content", [b"", b"\x89HDF\r\n\x1a\n", b"killed" * 1000])
def test_a_leftover_of_a_killed_run_does_no_harm(path, content):
    path.parent.mkdir()
    leftover = path.with_name(".net.h5.0123.part")
    leftover.write_bytes(content)
    open_entries(path).write_rows({FIRST: row()})
    store = open_entries(path, ENTRIES[:2])
    assert_rows_equal(read_row(store, FIRST), row())
    assert sorted(file.name for file in path.parent.iterdir()) == [leftover.name, "net.h5"]
    assert leftover.read_bytes() == content


def test_a_killed_rebuild_leaves_the_old_file(full, monkeypatch):
    before = full.path.read_bytes()

    def killed(old, new):
        raise KeyboardInterrupt

    monkeypatch.setattr("featurize.store.store.Store.copy_rows", killed)
    with pytest.raises(KeyboardInterrupt):
        open_entries(full.path, ENTRIES[1:])
    assert full.path.read_bytes() == before


def test_a_full_disk_is_an_error_at_once_and_not_the_end(full):
    resource = pytest.importorskip("resource")
    before = full.path.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    more = tuple(Entry(f"{n}.png", "label 0", "", f"{n:064d}") for n in range(5000))
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 18, limits[1]))
        with pytest.raises(CacheError, match=r"net\.h5 cannot be made .*make room"):
            open_entries(full.path, (*ENTRIES, *more))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert full.path.read_bytes() == before and len(list(full.path.parent.iterdir())) == 1
    assert len(open_entries(full.path, (*ENTRIES, *more)).done) == 5004


@pytest.mark.parametrize("field", [*ROW_FIELDS, "versions", "crc32", "done"])
def test_a_disk_that_fills_up_within_a_row_costs_that_row_alone(full, field):
    """As on a file system that reserves nothing: the end of the file cannot be written."""
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    again = {name: row(number + 10) for number, name in enumerate(NAMES)}
    start, each, _ = span(full.path, field)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (start + 2 * each + each // 2, limits[1]))  # two rows and a half
        with pytest.raises(CacheError, match=r"net\.h5 cannot be written \(File too large\).*run extract again"):
            full.write_rows(again)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    store = Store(full.path)
    for name, done in zip(store.rows, store.done, strict=True):
        if done:
            assert_rows_equal(read_row(store, name), row(NAMES.index(name)))
    store.write_rows(again)
    for name, expected in again.items():
        assert_rows_equal(read_row(store, name), expected)


@pytest.fixture
def small_disk(tmp_path):
    """A disk of one MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if not hasattr(os, "geteuid") or os.geteuid() or not shutil.which("mount"):
        pytest.skip("only root can mount a small disk")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True).returncode:
        pytest.skip("no disk can be mounted here")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_says_so_and_the_run_goes_on_once_there_is_room(small_disk):
    filler, path = small_disk / "filler", small_disk / "set" / "net.h5"
    more = tuple(Entry(f"{n}.png", "label 0", "", f"{n:064d}") for n in range(300))
    store = open_entries(path)
    filler.write_bytes(bytes(shutil.disk_usage(small_disk).free))
    with pytest.raises(CacheError, match=r"net\.h5 cannot be made \(No space left on device\); make room"):
        open_entries(path, (*ENTRIES, *more))
    assert [file.name for file in path.parent.iterdir()] == ["net.h5"]
    store.write_rows({FIRST: row()})  # its room was taken when the file was made
    filler.unlink()
    assert_rows_equal(read_row(open_entries(path, (*ENTRIES, *more)), FIRST), row())


def test_a_place_that_cannot_be_written_is_an_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CacheError, match="cannot be made"):
        open_entries(tmp_path / "file" / "net.h5")
    store = open_entries(tmp_path / "net.h5")
    store.path.unlink()
    store.path.mkdir()
    with pytest.raises(CacheError, match="cannot be written"):
        store.write_rows({FIRST: row()})


@pytest.mark.parametrize("content", [b"", b"not HDF5", b"\x89HDF\r\n\x1a\n", b"\x00" * 9999])
def test_what_is_not_hdf5_is_refused(path, content):
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(CacheError, match=r"net\.h5"):
        Store(path)


def test_a_missing_file_or_a_folder_is_refused(tmp_path):
    for path in (tmp_path / "nothing.h5", tmp_path):
        with pytest.raises(CacheError):
            Store(path)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_refused(full, share):
    full.path.write_bytes(full.path.read_bytes()[: int(share * full.path.stat().st_size)])
    with pytest.raises(CacheError):
        Store(full.path)


def test_a_file_of_an_older_format_says_so(tmp_path):
    with h5py.File(tmp_path / "old.h5", "w") as file:
        file.attrs["format"] = 1
        file.create_dataset("descriptors", (400, 50), "<f4")
        file["descriptors"][...] = 1
    with pytest.raises(FormatError, match=r"not a cache file of format 2.*extract again"):
        Store(tmp_path / "old.h5")


FOREIGN = {
    "nothing": lambda file: None,
    "groups": lambda file: [file.create_group(name) for name in ("image", "label", "patient", "sha256")],
    "numbers for names": lambda file: [
        file.create_dataset(name, data=np.arange(2)) for name in ("image", "label", "patient", "sha256")
    ],
    "scalars": lambda file: [file.create_dataset(name, data="x") for name in ("image", "label", "patient", "sha256")],
}


@pytest.mark.parametrize("kind", FOREIGN)
@pytest.mark.parametrize("attributes", [
    {}, {"format": 2}, {"format": [2, 2]}, {"format": 2, "protocol": "{", "encoder": "{}"},
    {"format": 2, "protocol": "[]", "encoder": "{}"}, {"format": 2, "protocol": PROTOCOL_JSON, "encoder": NETWORK_JSON},
    {"format": 2, "protocol": '{"evil": 1}', "encoder": NETWORK_JSON},
    {"format": 2, "protocol": "[" * 9999, "encoder": "{}"},
])  # fmt: skip
def test_somebody_elses_hdf5_is_refused(tmp_path, kind, attributes):
    with h5py.File(tmp_path / "foreign.h5", "w") as file:
        file.attrs.update(attributes)
        FOREIGN[kind](file)
    with pytest.raises(CacheError, match=r"foreign\.h5"):
        Store(tmp_path / "foreign.h5")


def replace_dataset(path, name, how):
    """Put something else in a dataset's place."""
    secret = path.with_name("secret.h5")
    with h5py.File(path) as file, h5py.File(secret, "w") as other:
        file.copy(name, other)
        shape, dtype = file[name].shape, file[name].dtype
    (path.parent / "secret.raw").write_bytes(bytes(10_000))
    with h5py.File(path, "r+") as file:
        content = file[name][...]
        del file[name]
        if how == "external link":
            file[name] = h5py.ExternalLink("secret.h5", name)
        elif how == "soft link":
            file[f"true {name}"] = content
            file[name] = h5py.SoftLink(f"/true {name}")
        elif how == "external data":
            size = h5py.h5f.UNLIMITED
            file.create_dataset(name, shape, dtype, external=[(str(path.parent / "secret.raw"), 0, size)])
        elif how == "virtual":
            layout = h5py.VirtualLayout(shape, dtype)
            layout[...] = h5py.VirtualSource("secret.h5", name, shape)
            file.create_virtual_dataset(name, layout)
        elif how == "chunked":
            file.create_dataset(name, data=content, chunks=True, compression="gzip")
        elif how == "group":
            file.create_group(name)
        elif how == "another type":
            file[name] = content.astype("S40") if dtype.kind == "S" else content.astype("<i8")
        elif how == "another shape":
            file[name] = content[:-1]


HOWS = ["external link", "soft link", "external data", "virtual", "chunked", "group", "another shape", "missing"]


def reseal(path):
    """What a stranger does who knows the format: checksums that fit what was changed."""
    header, _, _ = read_header(path)
    header = replace(header, size=path.stat().st_size)
    content = replace(header, crc32=fixed_checksum(path, header)).to_bytes()
    path.write_bytes(content + path.read_bytes()[len(content) :])


@pytest.mark.parametrize("name", ["descriptors", "gains", "done", "crc32", "image", "sha256"])
@pytest.mark.parametrize("how", [*HOWS, "another type"])
def test_a_changed_structure_is_refused(full, name, how):
    replace_dataset(full.path, name, how)
    with pytest.raises(CacheError, match=r"net\.h5"):
        Store(full.path)


@pytest.mark.parametrize("name", ["descriptors", "gains", "done", "crc32", "image", "sha256"])
@pytest.mark.parametrize("how", [*HOWS, "another type"])
def test_nothing_outside_the_file_is_followed(full, name, how):
    """With checksums that fit: HDF5 is never asked, so there is no link to follow and no heap to hang in."""
    replace_dataset(full.path, name, how)
    reseal(full.path)
    (full.path.parent / "secret.raw").unlink()
    (full.path.parent / "secret.h5").unlink()
    assert_whole_or_refused(full.path)


def test_text_of_variable_length_is_not_read(full):
    with h5py.File(full.path, "r+") as file:
        content = file["image"].asstr()[:]
        del file["image"]
        file["image"] = content
        file.attrs["protocol"] = file.attrs["protocol"]
    with pytest.raises(DamagedError):
        Store(full.path)
    reseal(full.path)
    assert_whole_or_refused(full.path)


def test_an_image_named_twice_is_refused(full):
    with h5py.File(full.path, "r+") as file:
        for name in ("image", "label", "patient", "sha256", "entry_crc32"):
            file[name][1] = file[name][0]
    with pytest.raises(DamagedError):
        Store(full.path)
    reseal(full.path)
    with pytest.raises(CacheError, match="twice"):
        Store(full.path)


def assert_whole_or_refused(path):
    """Every row is the one that was written, or an error; a row may also be missing."""
    expected = {name: row(number) for number, name in enumerate(NAMES)}
    with suppress(CacheError):
        store = Store(path)
        assert set(store.rows) <= set(expected)
        for name in store.rows:
            with suppress(CacheError):
                assert_rows_equal(read_row(store, name), expected[name])


def test_any_flipped_bit_is_found_or_harmless(full):
    good, rng = full.path.read_bytes(), np.random.default_rng(0)
    rows = [range(start, start + size) for start, size in row_spans(read_header(full.path)[0])]
    for _ in range(400):
        position = int(rng.integers(len(good)))
        full.path.write_bytes(good)
        flip(full.path, position, rng.integers(8))
        if any(position in span for span in rows):
            assert_whole_or_refused(full.path)
        else:
            with pytest.raises(CacheError):
                Store(full.path)


@pytest.mark.parametrize("text", ["a\ud800.png", "ends in zero\0"])
def test_text_that_cannot_be_kept_is_refused(path, text):
    with pytest.raises(CacheError, match="rename it"):
        open_entries(path, [Entry(text, "x", "", "0" * 64)])
    assert not list(path.parent.iterdir())


@pytest.mark.parametrize(
    "text", ["two\nlines", " spaces ", "\"quotes'", "e\u0301 and \xe9", "\0inside", "\t", "\u202e"]
)
def test_any_other_text_comes_back(path, text):
    store = open_entries(path, [Entry(text, text, text, "0" * 64)])
    store.write_rows({text: row()})
    (entry,) = Store(path).entries
    assert (entry.image, entry.label, entry.patient) == (text, text, text)
    assert_rows_equal(read_row(Store(path), text), row())


def test_versions_never_fail():
    assert versions(["numpy", "no-such-library"]) == {"numpy": np.__version__, "no-such-library": "not installed"}
