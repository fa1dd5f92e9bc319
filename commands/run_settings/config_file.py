"""A file of settings: TOML with a table for each command, read without trust in who wrote it."""

import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from imaging.errors import HistoboostError, shown
from imaging.files.regular_file import FileTooLargeError, NotAFileError, read_regular

LARGEST = 4 << 20  # bytes; a command line, which is what the settings stand for, has 2 MiB at most
VERSION = "version"  # in a table: of the program that wrote it, for people
MOST_DOTS = 20  # in a line, but for texts and comments
TEXTS = re.compile(r"""'[^']*'|["][^"]*["]""")
ALIKE = 0.5  # of 1; from here on a word may be a slip for another


class ConfigError(HistoboostError):
    """A file of settings that cannot be used."""


def read_config(path: Path) -> dict[str, Any]:
    """All tables of a file, by name; raises ConfigError."""
    try:
        text = read_regular(path, LARGEST).decode("utf-8-sig")
        _require_short_keys(text)
        return tomllib.loads(text)
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file; give --config one like results/NAME/run.toml") from None
    except (NotAFileError, FileTooLargeError) as error:
        raise ConfigError(f"{path} is no file of settings ({error}); give one like results/NAME/run.toml") from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({error.strerror}); allow yourself to, or copy it") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not text in UTF-8 (byte {error.start}); save it as UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(
            f"{path} is not TOML ({error}); see that texts stand in quotes, and that paths have / instead of \\"
        ) from error


def _require_short_keys(text: str) -> None:
    """Raise ValueError for keys like a.a.a..., which Python's reader takes hours for where they have many parts."""
    for number, line in enumerate(text.split("\n"), 1):
        if TEXTS.sub("", line).partition("#")[0].count(".") > MOST_DOTS:
            raise ValueError(f"too many dots in line {number}")


def table_of(path: Path, document: Mapping[str, Any], words: Sequence[str], known: Sequence[Collection[str]]) -> Any:
    """The table of a command, as [cv] or [cache.ls]; raises ConfigError where there is none, or one that is unknown.

    words: the command's on the command line. known: for each of these, all that could stand in its place.
    """
    table: Any = document
    for depth, word in enumerate(words):
        above = words[:depth]
        tables = [key for key, value in table.items() if isinstance(value, dict)]
        for key in tables:
            if key not in known[depth]:
                meant = did_you_mean(key, known[depth]) or "take it out, or see --help"
                raise ConfigError(f"{path}: there is no command for the table {_called(*above, key)}; {meant}")
        if not above:
            _require_tables(path, document, words)
        if word not in tables:
            there = ", ".join(_called(*above, key) for key in tables)
            lacks = f"has no table {_called(*above, word)}, but {there or 'none at all'}"
            raise ConfigError(f"{path} {lacks}; add it, or leave --config out")
        table = table[word]
    return table


def _require_tables(path: Path, document: Mapping[str, Any], words: Sequence[str]) -> None:
    """Raise ConfigError for a setting outside of all tables."""
    for key, value in document.items():
        if not isinstance(value, dict):
            raise ConfigError(f"{path}: {shown(key)} stands in no table; put it below a line {_called(*words)}")


def _called(*words: str) -> str:
    """The heading of a table."""
    return f"[{'.'.join(map(shown, words))}]"


def did_you_mean(word: str, known: Collection[str]) -> str:
    """The word that was probably meant, as the end of a message; nothing where none is like it.

    >>> did_you_mean("crop", ["crops", "views"]), did_you_mean("x", ["crops", "views"])
    ('did you mean crops?', '')
    """
    alike = get_close_matches(word, list(known), 1, ALIKE)
    return f"did you mean {alike[0]}?" if alike else ""
