"""Answers for altered images, a file for each image, so that an interrupted run goes on where it was."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from cohort.files.atomic import write_whole
from cohort.samples import Sample
from imaging.files.regular_file import read_regular

METHOD = 1  # counts up when the same alteration would give another image
LARGEST = 1 << 24  # bytes of a file
Votes = dict[str, np.ndarray]  # (class,) by the name of what was rendered


@dataclass(frozen=True)
class KeptAnswers:
    """A folder of one set of models and one number of views; votes of another are never found in it."""

    folder: Path

    @classmethod
    def of(cls, folder: Path, voter_key: str, views: int) -> "KeptAnswers":
        """The folder for these models within `folder`."""
        key = sha256(f"{METHOD} {voter_key} {views}".encode()).hexdigest()
        return cls(Path(folder) / key[:16])

    def read(self, sample: Sample, classes: int) -> Votes:
        """What is kept of an image file; nothing where the file is missing, damaged or another image's."""
        with suppress(OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            kept = json.loads(read_regular(self._path(sample), LARGEST))
            if (kept["image"], kept["sha256"]) != (sample.name, sample.sha256):
                return {}
            votes = {name: np.array(vote, dtype=float) for name, vote in kept["votes"].items()}
            if all(vote.shape == (classes,) and np.isfinite(vote).all() for vote in votes.values()):
                return votes
        return {}

    def write(self, sample: Sample, votes: Mapping[str, np.ndarray]) -> None:
        """Keep the votes on an image file, whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        as_lists = {name: vote.tolist() for name, vote in votes.items()}
        facts = {"image": sample.name, "sha256": sample.sha256, "votes": as_lists}
        write_whole(self._path(sample), (json.dumps(facts) + "\n").encode())

    def _path(self, sample: Sample) -> Path:
        name = sha256(sample.name.encode(errors="surrogatepass")).hexdigest()
        return self.folder / f"{name[:32]}.json"
