"""A file of the web, what its publisher says of it, and the words for what may go wrong with it."""

import shutil
from dataclasses import dataclass
from hashlib import md5, sha256
from pathlib import Path

from imaging.errors import HistoboostError, shown
from imaging.files.regular_file import BLOCK, open_regular

SPARE = 1 << 28  # bytes of the disk that a download leaves free


class DownloadError(HistoboostError):
    """A file that could not be fetched, or is not what was published."""


@dataclass(frozen=True)
class Remote:
    """A file of the web; what its publisher does not say is not checked."""

    url: str
    name: str  # of the file here
    size: int | None = None  # bytes
    sha256: str = ""  # or the first digits of it
    md5: str = ""
    way_out: str = ""  # what a person does where it cannot be had; default: gets it by hand

    @property
    def is_checked(self) -> bool:
        """Whether a checksum would tell a file that was pieced together wrongly."""
        return bool(self.sha256 or self.md5)

    def require_published(self, path: Path, way_out: str) -> None:
        """Hold a file against the size and the checksum that were published; raises DownloadError."""
        with open_regular(path) as file:
            size = file.seek(0, 2)
            file.seek(0)
            if self.size is not None and size != self.size:
                raise DownloadError(f"{shown(path)} has {size:,} bytes, and {self.size:,} were published; {way_out}")
            algorithm, kind, published = (sha256, "SHA-256", self.sha256) if self.sha256 else (md5, "MD5", self.md5)
            digest = algorithm(usedforsecurity=False)
            while self.is_checked and (block := file.read(BLOCK)):
                digest.update(block)
        if self.is_checked and not digest.hexdigest().startswith(published):
            raise DownloadError(
                f"{shown(path)} is damaged or another file: its {kind} does not begin with {published}; {way_out}"
            )

    def require_room(self, folder: Path, needed: int | None) -> None:
        """Refuse to begin what the disk cannot hold; needed: the bytes that are to come, None where nobody says it."""
        if needed is not None and needed + SPARE > shutil.disk_usage(folder).free:
            raise self.no_room(folder, f"{needed / 1e9:.1f} GB are to come, and ")

    def no_room(self, folder: Path, needed: str = "") -> DownloadError:
        """That the disk is full."""
        free = shutil.disk_usage(folder).free
        return DownloadError(
            f"no room to download {self.name}: {needed}{free / 1e9:.1f} GB are free in {shown(folder)}; make room, and "
            "the same command goes on"
        )

    def refused(self, why: str, kept: str = "") -> DownloadError:
        """That it could not be had, and how a person gets it."""
        return DownloadError(f"{self.name} could not be downloaded ({why}); {self.by_hand()}{kept}")

    def by_hand(self, folder: Path | None = None) -> str:
        """How to get it without this program."""
        if self.way_out:
            return self.way_out
        place = f" and put it at {shown(folder / self.name)}" if folder is not None else ""
        return f"on a machine that is online get {self.url}{place}"
