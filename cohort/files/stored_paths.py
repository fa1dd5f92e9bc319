"""Paths as the file system spells them, whatever way a person wrote them."""

from pathlib import Path
from unicodedata import normalize


def is_file_name(name: str) -> bool:
    """Whether a file or folder can be called so where it is put: no path, and not the folder itself or the one above.

    >>> is_file_name("fields 2"), is_file_name("a/b"), is_file_name("..")
    (True, False, False)
    """
    return name not in ("", ".", "..") and Path(name).name == name


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
