"""Laws of the header: it vouches for all that is no row, it is there twice, and nothing in it is believed blindly."""

import json
from dataclasses import asdict, replace
from zlib import crc32

import pytest

from featurize.protocol import Protocol
from featurize.store.file_format import (
    HALF,
    HEADER,
    MAGIC,
    CacheError,
    DamagedError,
    Entry,
    FormatError,
    fixed_checksum,
    make_file,
    read_header,
    row_spans,
)

PROTOCOL = Protocol("net", "digest", crop=64, scale=1.0, crops=2, views=3)
ENTRIES = (Entry("a.png", "x", "p", "0" * 64), Entry("b.png", "y", "", "1" * 64))


@pytest.fixture
def path(tmp_path):
    make_file(tmp_path / "net.h5", PROTOCOL, {"dim": 5, "name": "net"}, ENTRIES)
    return tmp_path / "net.h5"


def test_the_header_says_how_the_file_was_made(path):
    header, block, whole = read_header(path)
    assert (header.protocol, header.encoder, header.images) == (PROTOCOL, {"dim": 5, "name": "net"}, 2)
    assert whole and block == header.to_bytes() == path.read_bytes()[:HEADER]
    assert header.size == path.stat().st_size and header.crc32 == fixed_checksum(path, header)
    assert all(start >= HEADER for start, _ in row_spans(header))


def test_its_beginning_can_be_read_by_a_person(path):
    line, facts = path.read_bytes()[:HALF].split(b"\n")[:2]
    assert line + b"\n" == MAGIC and json.loads(facts)["format"] == 2


def test_every_byte_that_is_no_row_is_vouched_for(path):
    header, good = read_header(path)[0], path.read_bytes()
    rows = {position for start, size in row_spans(header) for position in range(start, start + size)}
    for position in range(HEADER, len(good), 17):
        path.write_bytes(good[:position] + bytes([good[position] ^ 64]) + good[position + 1 :])
        assert (fixed_checksum(path, header) == header.crc32) == (position in rows)


@pytest.mark.parametrize("position", [0, 5, 100, HALF - 9, HALF - 8, HALF - 1])
@pytest.mark.parametrize("copy", [0, 1])
def test_one_damaged_copy_leaves_the_other(path, position, copy):
    expected, good = read_header(path)[0], bytearray(path.read_bytes())
    good[copy * HALF + position] ^= 1
    path.write_bytes(good)
    header, _, whole = read_header(path)
    assert header == expected and not whole
    good[(1 - copy) * HALF + position] ^= 1
    path.write_bytes(good)
    with pytest.raises(DamagedError if position > len(MAGIC) else CacheError):
        read_header(path)


def forge(path, facts):
    """A header whose checksum is right."""
    text = (MAGIC + (facts if isinstance(facts, bytes) else json.dumps(facts).encode())).ljust(HALF - 8)
    path.write_bytes(2 * (text + b"%08x" % crc32(text)) + path.read_bytes()[HEADER:])


@pytest.mark.parametrize("change", [
    {"format": 1}, {"format": 3}, {"format": None}, {"images": 0}, {"images": -1}, {"images": 10**30}, {"images": "2"},
    {"images": 2.0}, {"images": True}, {"size": -1}, {"size": 0}, {"offsets": {}}, {"offsets": []}, {"offsets": None},
    {"widths": {"image": 10**12}}, {"widths": {}}, {"encoder": {}}, {"encoder": None}, {"encoder": {"dim": -5}},
    {"encoder": {"dim": "5"}}, {"encoder": {"dim": 10**30}}, {"protocol": {}}, {"protocol": None}, {"crc32": "0"},
    {"protocol": {"evil": 1}}, {"protocol": asdict(PROTOCOL) | {"views": 10**30}}, {"more": 1},
])  # fmt: skip
def test_what_makes_no_sense_is_refused(path, change):
    good = json.loads(path.read_bytes()[len(MAGIC) : HALF - 8])
    forge(path, good)
    assert read_header(path)[2]
    forge(path, good | change)
    with pytest.raises(FormatError, match=r"net\.h5"):
        read_header(path)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"null", b"[" * 5000, b"\xff", b'{"format": 2}', b"NaN"])
def test_what_is_no_header_is_refused(path, text):
    forge(path, text)
    with pytest.raises(FormatError, match=r"net\.h5"):
        read_header(path)


def test_an_array_outside_the_file_is_refused(path):
    good = json.loads(path.read_bytes()[len(MAGIC) : HALF - 8])
    for name in good["offsets"]:
        for offset in (0, HEADER - 1, good["size"], -5, 10**30):
            forge(path, good | {"offsets": good["offsets"] | {name: offset}})
            with pytest.raises(FormatError):
                read_header(path)


def test_facts_that_do_not_fit_are_an_error_before_a_file_is_there(path):
    header = replace(read_header(path)[0], encoder={"dim": 5, "paper": "x" * HALF})
    with pytest.raises(ValueError, match="have room"):
        header.to_bytes()


def test_a_checksum_of_an_entry_is_over_all_its_texts():
    others = [replace(ENTRIES[0], **{name: "z"}) for name in asdict(ENTRIES[0])]
    assert len({entry.checksum() for entry in (*ENTRIES, *others)}) == 6


@pytest.mark.parametrize("content", [b"", b"short", bytes(HEADER), b"\x89HDF\r\n\x1a\n" + bytes(HEADER)])
def test_another_file_is_refused(tmp_path, content):
    (tmp_path / "other.h5").write_bytes(content)
    with pytest.raises(CacheError, match=r"other\.h5"):
        read_header(tmp_path / "other.h5")
