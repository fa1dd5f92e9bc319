"""The error of everything that reads weights."""

from pathlib import Path

from imaging.errors import HistoboostError


class WeightsError(HistoboostError):
    """Weights that are missing, damaged or of another network."""


def unreadable(path: Path, what: str, remedy: str) -> WeightsError:
    """The error for a file that holds no weights that can be read: what it is, and what to do."""
    return WeightsError(f"{path} cannot be read as weights: it {what}; {remedy}")
