"""What the intervention found of a model, as a file in the folder of its run."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cohort.audit.used_by import UsedBy, used_by_from
from cohort.files.atomic import write_whole
from imaging.errors import HistoboostError
from imaging.files.regular_file import FileTooLargeError, read_regular

USED_BY = "used_by.json"
LARGEST = 1 << 20  # bytes


class UsedByError(HistoboostError):
    """A file that is not what robustness writes."""


def write_used_by(folder: Path, use: UsedBy) -> None:
    """Write it into the folder of a run, whole or not at all; what is not known is null."""
    facts = _without_nan(asdict(use))
    write_whole(folder / USED_BY, (json.dumps(facts, indent=1, sort_keys=True) + "\n").encode())


def read_used_by(folder: Path) -> UsedBy | None:
    """What `write_used_by` wrote; None where nothing was. The folder may be a stranger's: raises UsedByError."""
    path = folder / USED_BY
    if not path.is_file():
        return None
    try:
        return used_by_from(json.loads(read_regular(path, LARGEST)))
    except (
        FileTooLargeError,
        LookupError,
        TypeError,
        ValueError,
        AttributeError,
        ArithmeticError,
        RecursionError,
    ) as error:
        way_out = "run robustness --intervene again, or delete it"
        raise UsedByError(f"{path} is not what robustness writes ({error!r}); {way_out}") from error


def _without_nan(value: Any) -> Any:
    """The same with null for NaN."""
    if isinstance(value, dict):
        return {name: _without_nan(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(one) for one in value]
    return None if isinstance(value, float) and value != value else value
