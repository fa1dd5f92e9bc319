"""An answer as a line of JSON, with what the page shows beside it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from boost.bundle.references import Neighbour, Reference
from workflow.answers_csv import Answer


@dataclass(frozen=True)
class AnswerRecord:
    """The answer to an image of a job."""

    number: int  # of the image in its job
    answer: Answer
    height: int = 0  # pixels; 0 where the image could not be read
    width: int = 0
    where: Mapping[str, Any] = field(default_factory=dict)  # see app/work/where_of.py

    def to_line(self) -> bytes:
        """A line, its end included."""
        return json.dumps(asdict(self), default=_plain).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> "AnswerRecord":
        """What `to_line` made; floats are the same to the bit."""
        values = json.loads(line)
        known = {entry.name for entry in fields(Answer)}
        answer = {name: value for name, value in values.pop("answer").items() if name in known}
        answer["members"] = tuple(answer["members"])
        answer["nearest"] = tuple(_neighbour(near) for near in answer["nearest"])
        return cls(answer=Answer(**answer), **values)

    @property
    def certainty(self) -> float:
        """The calibrated probability of the class; 0 where there is none."""
        return self.answer.calibrated.get(self.answer.label, 0.0)

    @property
    def doubt(self) -> tuple[bool, bool, int, float, int]:
        """What the most doubtful images have the most of: errors, then what is unlike the training images, then sets
        of several classes or of none, then low probabilities.
        """
        answer = self.answer
        undecided = abs(len(answer.members) - 1)
        return bool(answer.error), answer.is_outlier, undecided, -self.certainty, -self.number


def _neighbour(values: Mapping[str, Any]) -> Neighbour:
    return Neighbour(Reference(**values["reference"]), values["distance"])


def _plain(value: Any) -> Any:
    """A number of NumPy as Python's own."""
    return value.item()
