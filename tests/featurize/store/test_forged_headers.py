"""Laws of headers that lie: what a file's own size cannot hold is refused by all readers, in little memory and time."""

import json
import os
import subprocess
import sys
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest

from featurize.store.file_format import HALF, HEADER, MAGIC, MOST_IMAGES, CacheError, arrays, read_header
from featurize.store.gather import find_stores
from featurize.store.integrity import repair, verify
from featurize.store.store import Store
from tests.featurize.store.test_integrity import NAMES, assert_rows_are_right, fill, opened

ROOT = Path(__file__).resolve().parents[3]
READ = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (1500 << 20,) * 2)
from contextlib import suppress
from pathlib import Path
from featurize.store.cleanup import delete, gc, ls
from featurize.store.file_format import CacheError
from featurize.store.gather import find_stores, gather
from featurize.store.integrity import repair, verify
cache = Path(sys.argv[1])
print(ls(cache)[0].problem)
print(verify(cache)[0].what)
try:
    gather(find_stores(cache)[1])
except CacheError as error:
    print(error)
print(repair(cache)[0].what)
with suppress(CacheError):  # nothing is left
    delete(gc(cache))
"""


def facts_of(path):
    """What the header of a file says."""
    return json.loads(path.read_bytes()[len(MAGIC) : HALF - 8])


def forge(path, facts, size=None):
    """Put a header in front that says so, its checksum right; and make the file, sparse, of another size."""
    text = (MAGIC + json.dumps(facts).encode()).ljust(HALF - 8)
    with path.open("r+b") as file:
        file.write(2 * (text + b"%08x" % crc32(text)))
        if size is not None:
            file.truncate(size)


def arranged(facts, images):
    """Facts of so many images, every array behind the other."""
    header = facts | {"images": images}
    at, offsets = HEADER, {}
    protocol = read_header_protocol(facts)
    for name, (shape, kind) in arrays(protocol, facts["encoder"]["dim"], images, facts["widths"]).items():
        offsets[name] = at
        at += int(np.prod(shape, dtype=object)) * np.dtype(kind).itemsize
    return header | {"offsets": offsets, "size": at}


def read_header_protocol(facts):
    from featurize.protocol import Protocol

    return Protocol(**facts["protocol"])


@pytest.fixture
def path(tmp_path):
    return fill(tmp_path).path


def test_a_header_as_it_is_written_is_read(path):
    forge(path, facts_of(path))
    assert assert_rows_are_right(Store(path)) == set(NAMES)


@pytest.mark.parametrize("images", [10**9, MOST_IMAGES, 1000])
@pytest.mark.parametrize("size", [HEADER, 16384 + 5000, None])
def test_a_small_file_that_promises_much_is_refused_by_all_in_little_memory_and_time(images, size, path, tmp_path):
    if sys.platform != "linux":
        pytest.skip("only Linux holds a process to a limit of memory")
    forge(path, arranged(facts_of(path), images), size)
    before = path.stat().st_size
    listed, verified, gathered, repaired = run_all(tmp_path)
    assert listed == verified == gathered
    assert ("a part is missing" if images <= MOST_IMAGES else f"1000000000 is none of 1 to {MOST_IMAGES}") in listed
    assert "moved aside" in repaired or "left as it is" in repaired
    left = [file.stat().st_size for file in path.parent.iterdir() if file.suffix in (".h5", ".damaged")]
    assert all(size <= before for size in left), "nothing is extended"


def run_all(cache, seconds=30):
    """What the readers say, in a process with little memory and time."""
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-c", READ, cache]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=seconds, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.splitlines()


@pytest.mark.parametrize("images", [10**9, MOST_IMAGES])
def test_a_sparse_file_of_the_size_it_promises_is_refused_in_little_memory_and_time(images, path, tmp_path):
    """It takes no room on the disk, and reading it whole would take hours."""
    if sys.platform != "linux":
        pytest.skip("only Linux holds a process to a limit of memory")
    facts = arranged(facts_of(path), images)
    forge(path, facts | {"crc32": 0}, facts["size"])
    assert path.stat().st_blocks * 512 < 1 << 20
    run_all(tmp_path)


def gap(facts):
    return facts | {"size": facts["size"] + (1 << 30)}


def overlapping(facts):
    return facts | {"offsets": dict.fromkeys(facts["offsets"], HEADER)}


def one_on_the_other(facts):
    offsets = facts["offsets"]
    return facts | {"offsets": offsets | {"gains": offsets["descriptors"]}}


def with_dim(dim):
    return lambda facts: facts | {"encoder": facts["encoder"] | {"dim": dim}}


def with_protocol(**settings):
    return lambda facts: facts | {"protocol": facts["protocol"] | settings}


def with_width(width):
    return lambda facts: facts | {"widths": facts["widths"] | {"image": width}}


@pytest.mark.parametrize("lie", [
    gap, overlapping, one_on_the_other, with_dim(0), with_dim(3.0), with_dim("3"), with_dim(True), with_dim(10**12),
    with_dim(None), with_dim(float("inf")), with_protocol(views=10**9), with_protocol(views=float("inf")),
    with_protocol(crops=10**9), with_protocol(scale=400), with_protocol(seed=float("inf")), with_protocol(seed="x"),
    with_width(0), with_width(10**9), with_width(-1), with_width(2.0), lambda facts: facts | {"images": -1},
    lambda facts: facts | {"images": True}, lambda facts: facts | {"size": 10**30},
    lambda facts: facts | {"size": 1e400}, lambda facts: facts | {"offsets": {}},
    lambda facts: facts | {"widths": []}])  # fmt: skip
def test_a_lie_is_refused_in_words_and_the_rest_of_the_cache_goes_on(lie, path, tmp_path):
    forge(path, lie(facts_of(path)))
    before = path.read_bytes()
    with pytest.raises(CacheError, match=r"cannot be read as a cache file|a part is missing"):
        Store(path)
    with pytest.raises(CacheError):
        find_stores(tmp_path)
    assert [finding.file for finding in verify(tmp_path)] == [path]
    repair(tmp_path)
    after = path if path.exists() else path.with_suffix(".damaged")
    assert after.stat().st_size <= len(before)


@pytest.mark.parametrize("share", [0.999, 0.9, 0.5])
def test_a_cut_file_is_not_extended_and_its_whole_rows_are_kept(share, path, tmp_path):
    """Rows lie array by array, and an image whose mark is lost is marked in no file that is left."""
    size = int(share * path.stat().st_size)
    os.truncate(path, size)
    salvaged = Store(path, salvage=True)
    assert_rows_are_right(salvaged)
    assert path.stat().st_size == size, "looking does not change it"
    repair(tmp_path)
    assert len(opened(tmp_path).entries) == len(NAMES) and verify(tmp_path) == []


def test_a_longer_file_keeps_its_rows(path, tmp_path):
    with path.open("ab") as file:
        file.write(bytes(1000))
    assert "4 of 4 images" in repair(tmp_path)[0].what and verify(tmp_path) == []
    assert assert_rows_are_right(Store(path)) == set(NAMES) and read_header(path)[2]
