"""What breaks a rule, named in a message: the first few, and how many more there are."""

from collections.abc import Sequence

from imaging.errors import HistoboostError
from imaging.errors import shown as on_one_line


def some(values: Sequence[object], shown: int = 5) -> str:
    """The first few in a sentence.

    >>> some(["a", "b", "c"], shown=2)
    'a, b and 1 more'
    """
    first = ", ".join(on_one_line(value) for value in values[:shown])
    left = len(values) - shown
    return f"{first} and {left} more" if left > 0 else first


def listed(offenders: Sequence[str], rule: str, shown: int = 10) -> str:
    """How many break a rule, what the rule is, and the first of them, a line each."""
    lines = [f"{len(offenders)} {rule}:", *map(on_one_line, offenders[:shown])]
    left = len(offenders) - shown
    if left > 0:
        lines.append(f"... and {left} more")
    return "\n  ".join(lines)


def refuse(error: type[HistoboostError], offenders: Sequence[str], rule: str, shown: int = 10) -> None:
    """Raise the error where anything breaks the rule, which also says what to do."""
    if offenders:
        raise error(listed(offenders, rule, shown))
