"""Entries of JSON that may be a stranger's: each is of its kind, or is refused by TypeError."""

from collections.abc import Mapping
from dataclasses import fields
from math import isfinite, nan
from typing import Any, TypeVar

Kind = TypeVar("Kind")


def text_of(value: Any) -> str:
    """A text."""
    if not isinstance(value, str):
        raise TypeError(f"a text is needed, not {type(value).__name__}")
    return value


def whole_number(value: Any) -> int:
    """A whole number."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"a whole number is needed, not {type(value).__name__}")
    return value


def number_or_nan(value: Any) -> float:
    """A number; nan for null, and for what is beyond all numbers."""
    if value is None:
        return nan
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError(f"a number is needed, not {type(value).__name__}")
    return float(value) if isfinite(value) else nan


def truth(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise TypeError(f"true or false is needed, not {type(value).__name__}")
    return value


READ = {str: text_of, int: whole_number, float: number_or_nan, bool: truth}


def checked(kind: type[Kind], facts: Mapping[str, Any]) -> Kind:
    """A dataclass of texts, numbers and truths from its entries; others, which a later version keeps, are left aside.

    Raises TypeError for an entry of another kind, and KeyError for one that is missing.
    """
    own = {entry.name: READ[entry.type](facts[entry.name]) for entry in fields(kind)}  # type: ignore[arg-type, index]
    return kind(**own)
