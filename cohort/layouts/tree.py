"""What lies in a folder and below: every folder is listed once, and what is hidden or left by systems passed over."""

import os
from collections import defaultdict, deque
from dataclasses import dataclass
from pathlib import Path, PurePath

from cohort.samples import DatasetError
from imaging.formats.endings import SUFFIXES, looks_like_image
from imaging.read_errors import shown

Parts = tuple[str, ...]  # names on the way from the data set's folder to a folder or file in it

LEFT_BEHIND = (  # by Windows, Macs and disk stations, in lower case
    "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "__macosx", "@eadir", "$recycle.bin", "lost+found",
    "system volume information",
)  # fmt: skip
OWN_FOLDERS = ("cache", "results", "models")  # where the commands write, among the images if they are run there
OWN_FILES = ("*/.*.lock", "*/images.json", "*/skipped.csv", "*/settings.json", "*/evaluate.json", "*.zip")
MOST_FOLDERS = 100_000


@dataclass(frozen=True)
class Listing:
    """The names in a folder, sorted."""

    images: tuple[str, ...]  # names of images that are read here, whatever bears them
    others: tuple[str, ...]  # further files
    folders: tuple[str, ...]


class Tree:
    """All that can be seen in a folder and below."""

    def __init__(self, root: Path) -> None:
        """List the folders breadth first; a link to a folder that was seen before is not followed again.

        Raises DatasetError for a folder that cannot be listed, and for more folders than a data set has.
        """
        self.root = root
        self.listings: dict[Parts, Listing] = {}  # by folder, those above first
        self._below: dict[Parts, list[Parts]] = defaultdict(list)  # by folder, itself and all in it
        seen = {_identity(root)}
        ahead: deque[Parts] = deque([()])
        while ahead:
            folder = ahead.popleft()
            self.listings[folder] = listing = _list(self.path(folder))
            for length in range(len(folder) + 1):
                self._below[folder[:length]].append(folder)
            for name in listing.folders:
                identity = _identity(self.path((*folder, name)))
                if identity not in seen:
                    seen.add(identity)
                    ahead.append((*folder, name))
            if len(seen) > MOST_FOLDERS:
                raise DatasetError(
                    f"{shown(root)} holds more than {MOST_FOLDERS:,} folders; give --data the folder of the images "
                    "alone, or a CSV table"
                )

    def path(self, parts: Parts) -> Path:
        """Where a folder or file lies."""
        return self.root.joinpath(*parts)

    def images(self, below: Parts = ()) -> list[Parts]:
        """The images in a folder and below, those in it first."""
        return [(*folder, name) for folder in self.below(below) for name in self.listings[folder].images]

    def others(self, below: Parts = ()) -> list[Parts]:
        """The files in a folder and below that are no images."""
        return [(*folder, name) for folder in self.below(below) for name in self.listings[folder].others]

    def folders(self, of: Parts = ()) -> list[Parts]:
        """The folders in a folder."""
        return [(*of, name) for name in self.listings[of].folders]

    def below(self, folder: Parts) -> list[Parts]:
        """A folder and all in it, those above first; none for a link that was not followed."""
        return self._below.get(folder, [])


def files_like_images(root: Path) -> list[Path]:
    """All files in a folder and below that look like images, sorted; those that cannot be read too."""
    tree = Tree(root)
    others = [parts for parts in tree.others() if looks_like_image(PurePath(parts[-1]))]
    return sorted(tree.path(parts) for parts in [*tree.images(), *others])


def _list(folder: Path) -> Listing:
    images, others, folders = [], [], []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                name = entry.name
                if name.startswith(".") or name.lower() in LEFT_BEHIND:
                    continue
                if name.lower().endswith(SUFFIXES):
                    images.append(name)
                elif not (Path(entry.path).is_dir() if entry.is_symlink() else entry.is_dir()):
                    others.append(name)
                elif not _is_our_own(folder / name):
                    folders.append(name)
    except OSError as error:
        raise DatasetError(f"{shown(folder)} cannot be listed ({error.strerror}); allow it or move it away") from error
    return Listing(tuple(sorted(images)), tuple(sorted(others)), tuple(sorted(folders)))


def _is_our_own(folder: Path) -> bool:
    """Whether earlier runs wrote their caches, results or bundles there."""
    return folder.name in OWN_FOLDERS and any(any(folder.glob(pattern)) for pattern in OWN_FILES)


def _identity(folder: Path) -> tuple[int, int]:
    """What a folder is, whatever path leads to it."""
    status = folder.stat()
    return status.st_dev, status.st_ino
