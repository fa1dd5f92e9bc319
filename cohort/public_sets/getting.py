"""A public set comes to a folder: its files, then the folders of images that every command reads."""

from collections.abc import Callable
from pathlib import Path

from cohort.downloads.download import fetch
from cohort.downloads.remote import DownloadError, Remote
from cohort.downloads.unpacking import unpack
from cohort.layouts.found import Choice
from cohort.public_sets.breakhis_divisions import division_tables
from cohort.public_sets.known_sets import PCAM_PARTS, TEST
from cohort.public_sets.pcam_arrays import images_of_part
from cohort.public_sets.public_set import PublicSet
from imaging.errors import shown

PCAM, BREAKHIS = "pcam", "breakhis"
ENDINGS = (".zip", ".tar.gz")
Progress = Callable[[int, int | None], None]
Tell = Callable[[str], Progress]  # is told what begins, and gives what follows it


def get(known: PublicSet, folder: Path, offline: bool, tell: Tell) -> list[Path]:
    """Download what is not in a folder yet, and unpack it; the folders of images, in the order of the set's parts.

    Files stay where they are, and may be deleted when the images are there. Raises DownloadError, UnpackError and what
    reads the files; OSError where the disk is full.
    """
    if not known.files:
        raise DownloadError(f"{known.name} cannot be downloaded by itself. {known.by_hand} ({known.page})")
    for remote in known.files:
        if not any(path.exists() for path in made_of(known, remote, folder)):
            fetch(remote, folder, offline, tell(f"downloading {remote.name}"))
    if known.name == PCAM:
        return [images_of_part(folder, _pcam_part(part.name), tell(f"images of {part.name}")) for part in known.parts]
    folders = []
    for remote in known.files:
        [images] = made_of(known, remote, folder)
        folders.append(unpack(folder / remote.name, images, tell(f"unpacking {remote.name}")))
    if known.name == BREAKHIS:
        division_tables(folder, folders[0])
    return folders


def made_of(known: PublicSet, remote: Remote, folder: Path) -> list[Path]:
    """What a file becomes in a folder; where one of these is there, the file is not needed."""
    if known.name == PCAM:
        part = next(part for part in PCAM_PARTS if f"_{part}_" in remote.name)
        unpacked = [folder / remote.name.removesuffix(".gz")] if remote.name.endswith(".gz") else []
        return [folder / f"{PCAM}-{part}", *unpacked]
    name = remote.name
    for ending in ENDINGS:
        name = name.removesuffix(ending)
    return [folder / name]


def _pcam_part(name: str) -> str:
    return name.removeprefix(f"{PCAM}-")


def choice_of(known: PublicSet) -> Choice:
    """How a set's folder is read as a whole, to count what is there."""
    return Choice(magnification="all") if known.name == BREAKHIS else Choice()


def words_on_use(known: PublicSet, folders: list[Path]) -> list[str]:
    """The commands that the published split means, a line each."""
    places = [shown(folder) for folder in folders]
    if known.name == BREAKHIS:
        words = [f"python pipeline.py extract --data {places[0]} --magnification 40"]
        learn, test = (folders[0].with_name(f"breakhis-fold1-40x-{side}.csv") for side in ("train", "test"))
        if learn.exists() and test.exists():
            words.append(f"python pipeline.py finetune --data {shown(learn)} --test {shown(test)}")
        return words
    if known.parts[0].words == TEST:
        return [f"python pipeline.py finetune --data WHAT_TO_LEARN_FROM --test {places[0]}"]
    if len(places) == 1:
        return [f"python pipeline.py finetune --data {places[0]}"]
    return [f"python pipeline.py finetune --data {places[0]} --test {places[-1]}"]
