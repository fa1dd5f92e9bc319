"""Laws of unpacking: plain files below the folder, all or none of them, whatever the archive says."""

import gzip
import io
import tarfile
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pytest

from cohort.downloads import unpacking
from cohort.downloads.unpacking import UnpackError, gunzip, unpack

FILES = {"SET/ADI/ADI-1.tif": b"one", "SET/BACK/BACK-1.tif": b"two" * 1000}


def zipped(path, files=FILES, **attributes):
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        archive.mkdir("SET")
        for name, content in files.items():
            info = ZipInfo(name)
            info.external_attr = attributes.get("external_attr", 0o644 << 16)
            archive.writestr(info, content)
    return path


def tarred(path, files=FILES, kind=tarfile.REGTYPE, target=""):
    with tarfile.open(path, "w:gz") as archive:
        folder = tarfile.TarInfo("./SET")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for name, content in files.items():
            info = tarfile.TarInfo(f"./{name}")
            info.size, info.type, info.linkname = len(content), kind, target
            archive.addfile(info, io.BytesIO(content))
    return path


def content_of(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.mark.parametrize(("make", "ending"), [(zipped, ".zip"), (tarred, ".tar.gz")])
def test_a_folder_of_the_archives_name_stands_once(make, ending, tmp_path):
    seen = []
    path = make(tmp_path / f"SET{ending}")
    folder = unpack(path, tmp_path / "SET", lambda *now: seen.append(now))
    assert content_of(folder) == {name.removeprefix("SET/"): content for name, content in FILES.items()}
    assert seen == [(1, 2), (2, 2)]
    assert content_of(unpack(path, tmp_path / "other")) == FILES
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(["SET", "other", path.name])


def test_what_is_unpacked_is_left_alone(tmp_path):
    (tmp_path / "SET").mkdir()
    assert content_of(unpack(tmp_path / "gone.zip", tmp_path / "SET")) == {}


def test_what_an_interrupted_run_left_is_written_anew(tmp_path):
    left = tmp_path / ".SET.unpacking" / "ADI"
    left.mkdir(parents=True)
    (left / "ADI-1.tif").write_bytes(b"o")
    (left / "old.tif").write_bytes(b"o")
    folder = unpack(zipped(tmp_path / "SET.zip"), tmp_path / "SET")
    assert list(content_of(folder)) == ["ADI/ADI-1.tif", "BACK/BACK-1.tif"]


BAD = ["../out", "SET/../../out", "/out", "C:/out", "C:out", "SET\\..\\out", "SET//x", "SET/./x", "SET/x.", "SET/x ",
       "SET/a\x1b[31m", "SET/" + "x" * 2000, "SET/" + "x" * 256, "SET/" + "ä" * 128]  # fmt: skip


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize(("make", "ending"), [(zipped, ".zip"), (tarred, ".tar.gz")])
def test_names_that_lead_elsewhere_refuse_the_archive(make, ending, name, tmp_path):
    path = make(tmp_path / f"SET{ending}", {"SET/good.tif": b"1", name: b"2"})
    with pytest.raises(UnpackError, match="no name of a file below"):
        unpack(path, tmp_path / "in" / "SET")
    assert not (tmp_path / "in").exists() and not (tmp_path / "out").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_links_and_devices_refuse_a_tar(kind, tmp_path):
    path = tarred(tmp_path / "SET.tar.gz", {"SET/x": b""}, kind, "/etc/passwd")
    with pytest.raises(UnpackError, match="a link or a device"):
        unpack(path, tmp_path / "SET")


def test_links_refuse_a_zip(tmp_path):
    path = zipped(tmp_path / "SET.zip", {"SET/x": b"/etc/passwd"}, external_attr=0o120777 << 16)
    with pytest.raises(UnpackError, match="a link"):
        unpack(path, tmp_path / "SET")


def test_two_files_of_one_name_refuse_the_archive(tmp_path):
    path = zipped(tmp_path / "SET.zip", {"SET/Ä.tif": b"1", "SET/a\u0308.TIF": b"2"})
    with pytest.raises(UnpackError, match="twice"):
        unpack(path, tmp_path / "SET")


@pytest.mark.parametrize("names", [("SET/a", "SET/A/b"), ("SET/a/b/c", "SET/a")])
@pytest.mark.parametrize(("make", "ending"), [(zipped, ".zip"), (tarred, ".tar.gz")])
def test_a_file_that_is_a_folder_too_refuses_the_archive(make, ending, names, tmp_path):
    path = make(tmp_path / f"SET{ending}", dict.fromkeys(names, b"1"))
    with pytest.raises(UnpackError, match="as a file and as a folder"):
        unpack(path, tmp_path / "in" / "SET")
    assert not (tmp_path / "in").exists()


def test_more_than_a_set_holds_is_refused_before_anything_is_written(tmp_path, monkeypatch):
    path = zipped(tmp_path / "SET.zip")
    for bound, most in (("MOST_BYTES", 1000), ("MOST_FILES", 1)):
        with monkeypatch.context() as less:
            less.setattr(unpacking, bound, most)
            with pytest.raises(UnpackError, match="holds more than"):
                unpack(path, tmp_path / "SET")
    monkeypatch.setattr(unpacking, "SPARE", 1 << 60)
    with pytest.raises(UnpackError, match="no room to unpack"):
        unpack(path, tmp_path / "SET")
    assert [file.name for file in tmp_path.iterdir()] == ["SET.zip"]


@pytest.mark.parametrize(("make", "ending"), [(zipped, ".zip"), (tarred, ".tar.gz")])
def test_a_damaged_archive_is_told_and_no_folder_appears(make, ending, tmp_path):
    path = make(tmp_path / f"SET{ending}", {"SET/x": bytes(range(256)) * 500})
    whole = path.read_bytes()
    for damaged in (whole[: len(whole) // 2], b"no archive", b"", whole[:60] + bytes(40) + whole[100:]):
        path.write_bytes(damaged)
        with pytest.raises(UnpackError, match=r"damaged|holds no file|bytes that its archive says"):
            unpack(path, tmp_path / "SET")
        assert not (tmp_path / "SET").exists()


def test_a_packed_file_is_unpacked_up_to_its_bound(tmp_path):
    path, content = tmp_path / "x.h5.gz", b"pixels" * 1000
    path.write_bytes(gzip.compress(content))
    with pytest.raises(UnpackError, match="more than 5,999 bytes"):
        gunzip(path, tmp_path / "x.h5", 5999)
    assert not (tmp_path / "x.h5").exists()
    assert gunzip(path, tmp_path / "x.h5", 6000).read_bytes() == content
    path.write_bytes(b"other")
    assert gunzip(path, tmp_path / "x.h5", 6000).read_bytes() == content, "what is there is left alone"
    for damaged in (b"other", gzip.compress(content)[:-9]):
        path.write_bytes(damaged)
        with pytest.raises(UnpackError, match="damaged"):
            gunzip(path, tmp_path / "y.h5", 6000)
