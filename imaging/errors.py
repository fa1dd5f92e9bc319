"""The base of all errors that are messages to the user, on the ground floor, where every room can reach it.

Messages hold names that others have chosen: of files, classes, patients, models. A terminal obeys some characters
instead of showing them, so there is one way to show such text, and every message of ours goes through it.
"""

from unicodedata import category

OBEYED = ("Cc", "Cf", "Cs", "Zl", "Zp")  # Unicode's controls, invisible marks, halves of characters and ends of lines


class HistoboostError(ValueError):
    """An input, a file or a setting that cannot be used; the message states the rule, the value and the way out.

    Commands show it as one message and end with exit code 2. Any other exception is a bug and shows its traceback.
    """

    def __str__(self) -> str:
        """The message, in which nothing is left that a terminal would obey but the ends of its lines."""
        return shown_lines(super().__str__())


def shown(text: object) -> str:
    r"""A name as it can be printed on one line of any terminal or page: in escapes where it holds what would be obeyed.

    >>> print(shown("red \x1b[31m"), shown("two\nlines"), shown("\u202eturned"), shown("näive 日本"))
    'red \x1b[31m' 'two\nlines' '\u202eturned' näive 日本
    """
    name = str(text)
    return ascii(name) if any(map(_is_obeyed, name)) else name


def shown_lines(text: object) -> str:
    """A text of several lines, which stay lines, with escapes for the other characters that would be obeyed."""
    lines = str(text)
    if lines.isprintable():
        return lines
    return "".join(_escaped(character) if _is_obeyed(character) else character for character in lines)


def _is_obeyed(character: str) -> bool:
    return not character.isprintable() and category(character) in OBEYED


def _escaped(character: str) -> str:
    return character if character == "\n" else character.encode("unicode_escape").decode("ascii")
