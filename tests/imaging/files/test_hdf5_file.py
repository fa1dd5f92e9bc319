"""Laws of strangers' HDF5: plain numbers of the file itself, within bounds, and a message for everything else."""

import h5py
import numpy as np
import pytest

from imaging.files import hdf5_file
from imaging.files.hdf5_file import H5Error, member, open_hdf5, plain_dataset, read_array, read_names


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["group/pixels"] = np.arange(6, dtype=np.uint8).reshape(2, 3)
        file["group/weights"] = np.ones(3, np.float32)
        file.create_dataset("packed", data=np.zeros(100, np.uint8), chunks=(50,), compression="gzip")
        file.create_dataset("odd", data=np.zeros(100, np.uint8), chunks=(50,), compression="lzf")
        file["link"] = h5py.SoftLink("/group/pixels")
        file["outside"] = h5py.ExternalLink("other.h5", "/x")
        file.attrs["names0"], file.attrs["names1"] = np.array([b"a", b"b"]), np.array([b"c"])
    return path


def opened(path, most=1 << 20):
    return open_hdf5(path, most, "pixels of a test")


def test_plain_numbers_and_names_are_read(path):
    with opened(path) as file:
        assert plain_dataset(member(file, "group/pixels"), "u", "pixels")[()].tolist() == [[0, 1, 2], [3, 4, 5]]
        assert read_array(member(file, "group/weights"), (3,)).tolist() == [1, 1, 1]
        assert plain_dataset(member(file, "packed"), "u", "pixels").shape == (100,)
        assert read_names(file, "names") == ["a", "b", "c"] and read_names(file, "none") == []


@pytest.mark.parametrize("name", ["link", "outside", "nothing", "group/nothing", "packed/x"])
def test_links_and_what_is_missing_are_refused(path, name):
    with pytest.raises(H5Error, match=r"missing, or a link|holds no"), opened(path) as file:
        member(file, name)


@pytest.mark.parametrize(
    ("name", "why"), [("group", "a group"), ("group/weights", "where pixels are wanted"), ("odd", "something else")]
)
def test_other_arrays_are_refused(path, name, why):
    with pytest.raises(H5Error, match=why), opened(path) as file:
        plain_dataset(member(file, name), "u", "pixels")


def test_bounds_hold(path, monkeypatch):
    with pytest.raises(H5Error, match=r"no pixels of a test have more than 99"), opened(path, 99):
        pass
    monkeypatch.setattr(hdf5_file, "MOST_CHUNK", 49)
    with pytest.raises(H5Error, match="in pieces of more than 49"), opened(path) as file:
        plain_dataset(member(file, "packed"), "u", "pixels")
    with pytest.raises(H5Error, match=r"where \(4,\) is wanted"), opened(path) as file:
        read_array(member(file, "group/weights"), (4,))


@pytest.mark.parametrize("content", [b"", b"text", b"\x89HDF\r\n\x1a\n" + bytes(100)])
def test_what_is_no_hdf5_is_told(tmp_path, content):
    (tmp_path / "x.h5").write_bytes(content)
    with pytest.raises(H5Error, match=r"no HDF5 file|damaged"), opened(tmp_path / "x.h5"):
        pass
