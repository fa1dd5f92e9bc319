"""Images by the names that people write: with all of their folders, or with more or fewer."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from unicodedata import normalize

from cohort.files.offenders import refuse, some
from cohort.names.spelling import clean
from imaging.errors import HistoboostError


class ImageNames:
    """The names of a data set's images, indexed so that no look-up goes through all of them."""

    def __init__(self, images: Iterable[str]) -> None:
        self._by_name = {normalize("NFC", image): image for image in images}
        self._by_ending: dict[str, list[str]] = defaultdict(list)
        for name, image in self._by_name.items():
            for ending in endings(name):
                self._by_ending[ending].append(image)

    def meant_by(self, written: str) -> Sequence[str]:
        """The images that a written name may mean: the one of that name, else all that differ only in leading folders.

        Accents may be stored either way (Unicode NFC, NFD). Where that fits none, backslashes are slashes, and
        characters that nobody sees are no part of the name.
        """
        name = normalize("NFC", Path(written).as_posix())
        if name in self._by_name:
            return [self._by_name[name]]
        longer = self._by_ending.get(name, [])
        shorter = [self._by_name[ending] for ending in endings(name) if ending in self._by_name]
        if not longer and not shorter:
            plain = clean(name.replace("\\", "/"))
            return self.meant_by(plain) if plain != name else []
        return longer + shorter if shorter else longer  # longer may be all images, too many to copy for each row


def endings(name: str) -> list[str]:
    """What is left of a name without its first folder, its first two, and so on.

    >>> endings("a/b/c.png")
    ['b/c.png', 'c.png']
    """
    return [name[position + 1 :] for position, character in enumerate(name) if character == "/"]


def match_images(
    table: Path, written: Sequence[str], images: Sequence[str], error: type[HistoboostError]
) -> list[str | None]:
    """The image that each row of a table means by the name it has written, (row,); None for one of another data set.

    Raises the error for names that fit several images.
    """
    names = ImageNames(images)
    matches: list[str | None] = []
    unclear = []
    for name in written:
        candidates = names.meant_by(name)
        if len(candidates) > 1:
            unclear.append(f"{name}: {some(candidates, shown=3)}")
        matches.append(candidates[0] if candidates else None)
    refuse(error, unclear, f"rows of {table} fit several images; write their folders too")
    return matches
