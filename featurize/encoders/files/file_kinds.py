"""What a file given as weights is, by its content: its ending means nothing."""

from dataclasses import dataclass
from pathlib import Path

from featurize.encoders.files.weights_error import WeightsError, unreadable
from imaging.files.regular_file import open_regular

SAFETENSORS, TORCH_ZIP, TORCH_OLD, HDF5 = "safetensors", "torch zip", "old torch", "HDF5"
INDEX_ENDING = ".index.json"  # beside weights in several files
INDEX = "index"
OLD_TORCH_START = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."  # the pickled number with which such a file begins
MOST_HEADER = 100 << 20  # bytes, of the table at the start of safetensors
HEAD = 1024  # bytes that are looked at
AGAIN = "get the file again"
UNPACK = "unpack it and give the file of weights inside"
LFS_START = b"version https://git-lfs"


@dataclass(frozen=True)
class Stranger:
    """A kind of file that holds no weights which can be read."""

    start: bytes
    what: str
    remedy: str


STRANGERS = (
    Stranger(LFS_START, "is a pointer of Git LFS, a few lines that stand for the file itself",
             "run `git lfs pull` in its folder, or download the file from its page"),
    Stranger(b"\x1f\x8b", "is a packed archive (gzip)", UNPACK),
    Stranger(b"BZh", "is a packed archive (bzip2)", UNPACK),
    Stranger(b"\xfd7zXZ", "is a packed archive (xz)", UNPACK),
    Stranger(b"7z\xbc\xaf", "is a packed archive (7z)", UNPACK),
    Stranger(b"Rar!", "is a packed archive (RAR)", UNPACK),
    Stranger(b"\x28\xb5\x2f\xfd", "is a packed archive (zstd)", UNPACK),
    Stranger(b"GGUF", "is a quantised language model (GGUF)", "give weights in safetensors or of PyTorch"),
    Stranger(b"\x93NUMPY", "is one array of NumPy", "give weights in safetensors or of PyTorch"),
    Stranger(b"\x89PNG", "is a picture", "give the file of weights"),
    Stranger(b"\xff\xd8\xff", "is a picture", "give the file of weights"),
    Stranger(b"%PDF", "is a PDF", "give the file of weights"),
    Stranger(b"\x80", "is a pickle of Python objects, which could run any code as it is read",
             "save the network's state_dict() with torch.save or safetensors"),
)  # fmt: skip


def kind_of(path: Path) -> str:
    """SAFETENSORS, TORCH_ZIP, TORCH_OLD, HDF5 or INDEX; raises WeightsError that says what any other file is."""
    try:
        with open_regular(path) as file:
            head = file.read(HEAD)
            size = file.seek(0, 2)
    except OSError as error:
        raise WeightsError(f"{path} cannot be read ({error}); give a file of weights or its folder") from error
    if not head:
        raise unreadable(path, "is empty", f"{AGAIN}, and see whether the disk is full")
    if path.name.endswith(INDEX_ENDING):
        return INDEX
    if _is_safetensors(head):
        return SAFETENSORS
    if head.startswith(OLD_TORCH_START):
        return TORCH_OLD
    if head.startswith(b"PK\x03\x04"):
        return TORCH_ZIP
    if head.startswith(b"\x89HDF\r\n\x1a\n"):
        return HDF5
    raise _refusal(path, head, size)


def _is_safetensors(head: bytes) -> bool:
    """Whether a file begins as safetensors do: 8 bytes that say how long its table is, then the table, in JSON."""
    length = int.from_bytes(head[:8], "little")
    return head[8:9] == b"{" and 2 <= length <= MOST_HEADER


def _refusal(path: Path, head: bytes, size: int) -> WeightsError:
    for stranger in STRANGERS:
        if head.startswith(stranger.start):
            return unreadable(path, stranger.what, stranger.remedy)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith(b"<"):
        page = "is a web page (HTML), not the file that the page is about"
        return unreadable(path, page, "download the file itself; a page in its place often means: log in, or agree")
    if text.startswith((b"{", b"[")):
        return unreadable(path, "is a text in JSON, as servers answer instead of a file", AGAIN)
    if not head.strip(b"\0"):
        return unreadable(path, "begins with zeros alone, as an interrupted download leaves them", AGAIN)
    if text.decode("utf-8", "replace").replace("\n", " ").replace("\r", " ").isprintable():
        return unreadable(path, f"is a text of {size:,} bytes", "give the file of weights")
    known = "safetensors nor PyTorch's"
    return unreadable(path, f"is damaged or in no known format: its first bytes are neither those of {known}", AGAIN)
