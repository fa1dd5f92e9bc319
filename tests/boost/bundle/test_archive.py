"""Laws of the file: what was written is read or refused, whatever happened to its bytes."""

import json
import os
from hashlib import sha256
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_LZMA, ZIP_STORED, ZipFile

import numpy as np
import pytest

from boost.bundle.archive import LARGEST_MEMBER, LIST, Archive, BundleError, write_archive

FACTS = {"classes": ["a", "b"], "n": 3}
MEMBERS = {"card.md": b"text " * 50, "m/1-0.txt": bytes(range(16)), "empty": b""}


@pytest.fixture
def path(tmp_path):
    write_archive(tmp_path / "some.zip", FACTS, MEMBERS.items())
    return tmp_path / "some.zip"


def crafted(path, members, listed=None, facts=FACTS, kind=ZIP_DEFLATED):
    """An archive as somebody else would make it, with a right seal under whatever it says."""
    known = {name: (len(content), sha256(content).hexdigest()) for name, content in members.items()}
    text = json.dumps({"facts": facts, "members": known} if listed is None else listed).encode()
    with ZipFile(path, "w", kind) as file:
        for name, content in members.items():
            file.writestr(name, content)
        file.writestr(LIST, text)
        file.comment = f"histoboost 1 sha256 {sha256(text).hexdigest()}".encode()
    return path


def everything(path):
    archive = Archive(path)
    return archive.facts, dict(zip(archive.members, archive.read(archive.members), strict=True))


def test_what_is_written_is_read(path):
    assert everything(path) == (FACTS, MEMBERS)
    assert list(Archive(path).read(["empty", "card.md"])) == [b"", MEMBERS["card.md"]]


def test_the_same_members_are_the_same_file_and_nothing_else_is_left(path, tmp_path):
    write_archive(tmp_path / "again.zip", FACTS, MEMBERS.items())
    assert (tmp_path / "again.zip").read_bytes() == path.read_bytes()
    assert {file.name for file in tmp_path.iterdir()} == {"some.zip", "again.zip"}


def test_facts_may_be_added_to_while_members_are_written(tmp_path):
    seen = []
    write_archive(tmp_path / "a.zip", {"seen": seen}, ((name, seen.append(name) or b"x") for name in "ab"))
    assert Archive(tmp_path / "a.zip").facts == {"seen": ["a", "b"]}


def test_any_changed_byte_is_refused_or_changes_nothing(path):
    whole = path.read_bytes()
    refused = 0
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        try:
            assert everything(path) == (FACTS, MEMBERS), place
        except BundleError as error:
            refused += 1
            assert "again" in str(error) or "fit it" in str(error)
    assert refused > len(whole) / 2


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.9, 0.999])
def test_a_file_that_is_cut_off_is_refused(path, share):
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(BundleError, match="again"):
        Archive(path)


def test_random_bytes_are_refused(tmp_path):
    rng = np.random.default_rng(0)
    for number in range(0, 200, 3):
        (tmp_path / "x").write_bytes((b"PK\5\6" if number % 2 else b"") + rng.bytes(number))
        with pytest.raises(BundleError):
            Archive(tmp_path / "x")


@pytest.mark.parametrize("name", ["../../evil", "/tmp/evil", "..\\evil"])
def test_a_name_that_leads_elsewhere_is_only_a_name(tmp_path, name):
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    archive = Archive(crafted(inside / "x.zip", {name: b"evil"}))
    assert list(archive.read([name])) == [b"evil"]
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [inside / "x.zip"]


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    zeros = bytes(5_000_000)
    with pytest.raises(BundleError, match="more than any bundle"):
        Archive(crafted(tmp_path / "x.zip", {"a": zeros}))
    understated = {"facts": {}, "members": {"a": (10, "")}}
    with pytest.raises(BundleError, match="larger than the 10 bytes"):
        list(Archive(crafted(tmp_path / "x.zip", {"a": zeros}, understated)).read("a"))
    overstated = {"facts": {}, "members": {"a": (LARGEST_MEMBER + 1, "")}}
    with pytest.raises(BundleError, match="more than any bundle"):
        Archive(crafted(tmp_path / "x.zip", {"a": b"x"}, overstated))


def test_a_member_that_is_not_listed_is_refused_and_so_is_one_that_is_lacking(tmp_path):
    pickled = {"models/0.pkl": b"cos\nsystem\n(S'echo evil'\ntR."}
    with pytest.raises(BundleError, match="does not hold what its"):
        Archive(crafted(tmp_path / "x.zip", MEMBERS | pickled, {"facts": {}, "members": {}}))
    with pytest.raises(BundleError, match="does not hold what its"):
        Archive(crafted(tmp_path / "x.zip", {}, {"facts": {}, "members": {"a": (1, "")}}))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_a_name_are_refused(path):
    with ZipFile(path, "a") as file:
        file.writestr("card.md", b"other")
    with pytest.raises(BundleError):
        Archive(path)


@pytest.mark.parametrize(
    "listed",
    [
        [],
        "text",
        None,
        {},
        {"facts": {}},
        {"facts": [], "members": {}},
        {"facts": {}, "members": []},
        {"facts": {}, "members": {"a": 1}},
        {"facts": {}, "members": {"a": (-5, "")}},
        {"facts": {}, "members": {"a": ("many", "")}},
    ],
)
def test_a_list_of_another_kind_is_refused(tmp_path, listed):
    with pytest.raises(BundleError):
        Archive(crafted(tmp_path / "x.zip", {"a": b"x"}, [listed] if listed is None else listed))


def test_a_list_of_depth_without_end_is_refused(tmp_path):
    text = b"[" * 100_000
    with ZipFile(tmp_path / "x.zip", "w", ZIP_STORED) as file:
        file.writestr(LIST, text)
        file.comment = f"histoboost 1 sha256 {sha256(text).hexdigest()}".encode()
    with pytest.raises(BundleError, match="no such list"):
        Archive(tmp_path / "x.zip")


def test_other_zips_other_formats_folders_and_nothing_are_refused(tmp_path, path):
    with ZipFile(tmp_path / "x.zip", "w") as file:
        file.writestr("a", b"x")
    with pytest.raises(BundleError, match="not a bundle that fit wrote"):
        Archive(tmp_path / "x.zip")
    path.write_bytes(path.read_bytes().replace(b"histoboost 1 ", b"histoboost 9 "))
    with pytest.raises(BundleError, match="another format than 1"):
        Archive(path)
    for missing in (tmp_path, tmp_path / "none.zip", path / "x.zip"):
        with pytest.raises(BundleError, match="cannot be opened"):
            Archive(missing)


def test_an_unknown_member_is_refused(path):
    with pytest.raises(BundleError, match="holds no secret"):
        list(Archive(path).read(["secret"]))


def test_what_cannot_be_written_leaves_what_was_there(path, tmp_path):
    before = path.read_bytes()

    def broken():
        yield "a", b"x"
        raise OSError(28, "No space left on device")

    with pytest.raises(BundleError, match="make room"):
        write_archive(path, {}, broken())
    assert path.read_bytes() == before and [file.name for file in tmp_path.iterdir()] == ["some.zip"]
    with pytest.raises(BundleError, match="cannot be written"):
        write_archive(path / "below.zip", {}, [])


@pytest.mark.parametrize("kind", [ZIP_BZIP2, ZIP_LZMA])
def test_members_that_unpack_without_a_limit_are_refused(kind, tmp_path):
    with pytest.raises(BundleError, match="packed in another way"):
        everything(crafted(tmp_path / "x.zip", MEMBERS, kind=kind))


@pytest.mark.parametrize("size", [float("inf"), float("nan"), 1e400, -1, 2.5, "5", None, True, 10**400, [1]])
def test_a_size_is_a_whole_number(size, tmp_path):
    listed = {"facts": {}, "members": {"a": (size, "")}}
    with pytest.raises(BundleError):
        Archive(crafted(tmp_path / "x.zip", {"a": b"x"}, listed))


def test_what_all_members_unpack_to_is_bounded_too(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    whole = crafted(tmp_path / "x.zip", {str(number): rng.bytes(1000) for number in range(9)})
    assert len(everything(whole)[1]) == 9
    monkeypatch.setattr("boost.bundle.archive.LARGEST_TOTAL", 8999)
    with pytest.raises(BundleError, match="unpacks to 9,000 bytes, more than any bundle of its size"):
        Archive(whole)
    with pytest.raises(BundleError, match=r"would hold 9,000 bytes.* use fewer variants"):
        write_archive(tmp_path / "y.zip", {}, [(str(number), bytes(1000)) for number in range(9)])
    assert not (tmp_path / "y.zip").exists()


def test_a_zip_of_too_many_members_is_refused_by_the_record_at_its_end(path, monkeypatch):
    monkeypatch.setattr("boost.bundle.archive.LARGEST_DIRECTORY", 100)
    with pytest.raises(BundleError, match="4 members, which is more than any bundle has"):
        Archive(path)


def test_a_list_that_is_packed_too_well_is_refused(tmp_path):
    with pytest.raises(BundleError, match="larger than the"):
        Archive(crafted(tmp_path / "x.zip", {}, {"facts": {"a": " " * 4_000_000}, "members": {}}))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such pipes")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "x.zip")
    with pytest.raises(BundleError, match="it is a pipe"):
        Archive(tmp_path / "x.zip")


@pytest.mark.parametrize(("there", "named"), [(0, ""), (1, "has b0)"), (7, "has b0, b1, b2, b3, b4 and 2 more)")])
def test_a_bundle_that_is_not_there_is_told_beside_those_that_are(tmp_path, there, named):
    for number in range(there):
        (tmp_path / f"b{number}.zip").touch()
    with pytest.raises(BundleError, match="fit it, or give its path") as error:
        Archive(tmp_path / "other.zip")
    assert str(error.value).endswith(named or "give its path")
