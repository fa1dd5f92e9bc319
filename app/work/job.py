"""One order of images, as files: whoever looks, after a rerun, from another tab or after a crash, sees the same.

order.json     which images, of which bundle; written once, by the page
uploads/       images from the browser under names of our own, each deleted once it is answered
begun.json     what the worker is at
answers.jsonl  a line for each image that is answered
pictures/      small copies, and evidence maps
stop           somebody wants no more
end.json       how it ended
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from time import time
from typing import Any, NamedTuple

from app.work.answer_record import AnswerRecord
from cohort.files.atomic import write_whole

UPLOADS, PICTURES = "uploads", "pictures"
DONE, STOPPED, FAILED = "done", "stopped", "failed"


class Ordered(NamedTuple):
    """An image of an order."""

    name: str  # as it is shown
    file: str  # below the job's folder, or the path of a file of the server's
    uploaded: bool = True


@dataclass(frozen=True)
class Job:
    """An order and what became of it."""

    folder: Path

    @property
    def id(self) -> str:
        """What nobody guesses."""
        return self.folder.name

    @cached_property
    def order(self) -> Mapping[str, Any]:
        """What was asked: bundle, images, ordered (seconds), and whatever else the page wants to know again."""
        return json.loads((self.folder / "order.json").read_bytes())

    @cached_property
    def images(self) -> list[Ordered]:
        """Those that were asked about."""
        return [Ordered(**image) for image in self.order["images"]]

    def path_of(self, number: int) -> Path:
        """The file of an image."""
        return self.folder / self.images[number].file  # a path of the server's own is absolute

    @property
    def answers(self) -> list[AnswerRecord]:
        """Of the images that are answered, in the order in which they were."""
        lines = []
        with suppress(FileNotFoundError):
            lines = (self.folder / "answers.jsonl").read_bytes().split(b"\n")
        return [AnswerRecord.from_line(line) for line in lines[:-1]]  # the last has no end yet, or is empty

    @property
    def end(self) -> Mapping[str, Any]:
        """How it ended: state, error, at (seconds); empty until then."""
        return self._read("end.json")

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will become of it."""
        return (self.folder / "end.json").exists()

    @property
    def begun(self) -> Mapping[str, Any]:
        """What the worker knows of it: numbers of the images that it is at, seconds of work, the bundle's digest."""
        return self._read("begun.json")

    @property
    def is_stopped(self) -> bool:
        """Whether somebody wants no more."""
        return (self.folder / "stop").exists()

    def stop(self) -> None:
        """Ask for no more images; the one that is being looked at is answered still."""
        (self.folder / "stop").touch()

    def seconds_left(self, answered: int) -> float | None:
        """At the pace so far; None where there is none yet."""
        worked = self.begun.get("seconds", 0.0)
        return worked / answered * (len(self.images) - answered) if answered and worked else None

    # what the worker alone does

    def begin(self, numbers: Sequence[int], seconds: float, digest: str) -> None:
        """Note the images that are worked on from now on."""
        write_whole(
            self.folder / "begun.json",
            json.dumps({"numbers": list(numbers), "seconds": seconds, "bundle": digest}).encode(),
        )

    def add(self, record: AnswerRecord) -> None:
        """Keep an answer, and delete the upload that it is about."""
        with (self.folder / "answers.jsonl").open("ab") as file:
            file.write(record.to_line())
        self._delete_upload(record.number)

    def mend(self) -> None:
        """Take away half a line that a worker left when it died."""
        path = self.folder / "answers.jsonl"
        if path.exists():
            content = path.read_bytes()
            write_whole(path, content[: content.rfind(b"\n") + 1])

    def finish(self, state: str, error: str = "") -> None:
        """Say how it ended, and delete the uploads that are left."""
        for number in range(len(self.images)):
            self._delete_upload(number)
        write_whole(self.folder / "end.json", json.dumps({"state": state, "error": error, "at": time()}).encode())

    def _delete_upload(self, number: int) -> None:
        if self.images[number].uploaded:
            self.path_of(number).unlink(missing_ok=True)

    def _read(self, name: str) -> Mapping[str, Any]:
        with suppress(FileNotFoundError):
            return json.loads((self.folder / name).read_bytes())
        return {}
