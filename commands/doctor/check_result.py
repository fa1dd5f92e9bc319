"""One thing that doctor looked at."""

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "note", "problem"]


@dataclass(frozen=True)
class Check:
    """One thing that was looked at; a problem keeps the run that was asked for from starting."""

    what: str
    state: State
    found: str
    remedy: str = ""
