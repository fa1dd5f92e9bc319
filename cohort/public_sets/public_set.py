"""What is published of a public data set: its parts with their counts, its split, its files."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from cohort.downloads.remote import Remote


@dataclass(frozen=True)
class Part:
    """Images of a set that are published together, as one side of its split."""

    name: str  # of its folder
    counts: Mapping[str, int]  # images by what their names tell of the class; "" where they tell nothing
    words: str  # what it is for

    @property
    def images(self) -> int:
        """All of them."""
        return sum(self.counts.values())


@dataclass(frozen=True)
class PublicSet:
    """A public data set, as its publishers describe it."""

    name: str  # by which `data` knows it
    title: str
    parts: tuple[Part, ...]
    counted_in: str  # where the counts come from
    told: str  # what tells the patients, in a word or two
    patients: str  # what is known of them
    split: str  # that is published
    licence: str
    citation: str
    page: str  # where people read about it
    files: tuple[Remote, ...] = ()  # none where its publisher wants an account
    gigabytes: float = 0.0  # to download
    by_hand: str = ""  # what a person does where nothing can be downloaded

    @property
    def images(self) -> int:
        """All of them."""
        return sum(part.images for part in self.parts)

    def only(self, number: int) -> "PublicSet":
        """One of the parts with its files alone; the whole set where its parts share a file."""
        each = len(self.files) // len(self.parts)
        if not each:
            return self
        files = self.files[number * each : (number + 1) * each]
        size = sum(file.size or 0 for file in files) / 1e9
        return replace(self, parts=(self.parts[number],), files=files, gigabytes=round(size, 1) or self.gigabytes)
