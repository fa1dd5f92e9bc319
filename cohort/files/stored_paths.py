"""Paths as the file system spells them, whatever way a person wrote them."""

import re
from pathlib import Path
from unicodedata import category, normalize

NO_TEXT = ("Cc", "Cs", "Zl", "Zp")  # Unicode's control characters, halves of characters, ends of lines and paragraphs
DIRECTIONS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")  # characters that turn the order of others
DEVICES = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9\u00b9\u00b2\u00b3]) *(\..*)?", re.IGNORECASE)


def is_file_name(name: str) -> bool:
    """Whether a file or folder can be called so where it is put, on Windows too.

    It is no path, not the folder itself or the one above, and not a drive or a device; it ends in no dot or space, and
    holds no character that is none: no end of a line, and none that turns the order of others.

    >>> is_file_name("fields 2"), is_file_name("a/b"), is_file_name(".."), is_file_name("NUL.txt")
    (True, False, False, False)
    """
    if name in ("", ".", "..") or Path(name).name != name or re.search(r"[/\\:]", name):
        return False
    if any(category(character) in NO_TEXT for character in name) or DIRECTIONS.search(name):
        return False
    stem = name.rstrip(". ")
    is_whole = stem == name or set(name) == {"."}
    return is_whole and DEVICES.fullmatch(stem.lstrip(" ")) is None


class StoredPaths:
    """What lies in a folder and below, found with accents stored either way and with backslashes.

    The names in each folder on the way are read once.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._names: dict[Path, dict[str, str]] = {}  # what each folder holds, by name in NFC

    def find(self, written: Path) -> Path:
        """The path from the folder on where it lies in there, so that both may be moved together, else as it is.

        What does not exist keeps the spelling in which it is written.
        """
        stored = self._spelled(written)
        if stored.is_absolute() and stored.is_relative_to(self.folder):
            return stored.relative_to(self.folder)
        return stored

    def _spelled(self, written: Path) -> Path:
        if exists(self.folder / written):
            return written
        stored = Path(written.anchor)
        for step in steps(written.relative_to(written.anchor)):
            if exists(self.folder / stored / step):
                stored /= step
            else:
                names = self._names_in(self.folder / stored)
                stored /= names.get(normalize("NFC", step), step)
        return stored

    def _names_in(self, folder: Path) -> dict[str, str]:
        """The names in a folder by their NFC; none where it cannot be listed."""
        if folder not in self._names:
            try:
                paths = sorted(folder.iterdir())
            except OSError:
                paths = []
            self._names[folder] = {normalize("NFC", path.name): path.name for path in paths}
        return self._names[folder]


def exists(path: Path) -> bool:
    """True for whatever has this path, a broken link too."""
    try:
        return path.exists() or path.is_symlink()
    except (OSError, ValueError):  # a name that is too long
        return False


def steps(path: Path) -> tuple[str, ...]:
    """The folders of a path and its last name, with slashes of either kind."""
    return Path(path.as_posix().replace("\\", "/")).parts
