"""What the command that runs now was asked, option by option, as it goes into a file of settings.

A setting is called as its option on the command line, without the dashes: crops-per-view. What belongs to a machine,
and what is secret, is no setting: a file of settings must do on another machine, in other hands. So paths are
written as from the folder in which the command runs, which names neither the user's home nor the disk.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from inspect import Parameter, signature
from pathlib import Path
from typing import Any, get_args

import typer
from typer.models import OptionInfo

MACHINE = ("jobs", "device", "cache", "out", "models", "results", "max-memory", "cluster", "offline", "no-lock")
WEIGHTS, RANDOM = "weights", "random"  # where weights lie belongs to a machine; that they are random does not
SECRET = ("token",)
CONFIG = "config"  # which names the file, and is not named in it


@dataclass(frozen=True)
class AskedValues:
    """A command by name, and the value of each of its options and arguments; None where nothing was asked."""

    command: str
    values: dict[str, Any]

    @property
    def settings(self) -> dict[str, Any]:
        """What goes into a file: truth values, numbers, texts and lists of texts."""
        settings = {}
        for key, value in self.values.items():
            is_left_out = key in MACHINE or key in SECRET or (key == WEIGHTS and value != RANDOM)
            if value is not None and not is_left_out:
                settings[key] = in_toml(value)
        return settings


_RUNNING: ContextVar[AskedValues] = ContextVar("running")


@contextmanager
def running(command: Callable[..., None], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterator[None]:
    """While this lasts, `asked_now` is what a command is called with, from a command line or from Python."""
    token = _RUNNING.set(asked_of(command, args, kwargs))
    try:
        yield
    finally:
        _RUNNING.reset(token)


def asked_now() -> AskedValues:
    """What the innermost command that runs now was asked."""
    return _RUNNING.get()


def asked_of(command: Callable[..., None], args: tuple[Any, ...], kwargs: dict[str, Any]) -> AskedValues:
    """What a command is asked by a call: its defaults, and what the call says otherwise."""
    call = signature(command).bind_partial(*args, **kwargs)
    call.apply_defaults()
    values = {key: call.arguments.get(parameter.name) for key, parameter in parameters_of(command).items()}
    return AskedValues(command.__name__.removesuffix("_command"), values)


def parameters_of(command: Callable[..., Any]) -> dict[str, Parameter]:
    """The options and arguments of a command by the keys of their settings."""
    parameters = {}
    for name, parameter in signature(command).parameters.items():
        if name != CONFIG and parameter.annotation is not typer.Context:
            parameters[key_of(parameter)] = parameter
    return parameters


def key_of(parameter: Parameter) -> str:
    """What a parameter of a command is called in a file of settings."""
    for part in get_args(parameter.annotation):
        if isinstance(part, OptionInfo):
            words = [word for word in (part.default, *(part.param_decls or ())) if isinstance(word, str)]
            return key_of_words(words, parameter.name)
    return key_of_words([], parameter.name)


def key_of_words(words: list[str], name: str) -> str:
    """The setting's key: the option's long word on the command line, or the name of the parameter where it has none.

    >>> key_of_words(["-r", "--raw-csv"], "raw"), key_of_words([], "crops_per_view")
    ('raw-csv', 'crops-per-view')
    """
    long = [word.removeprefix("--") for word in words if word.startswith("--")]
    return long[0] if long else name.replace("_", "-")


def in_toml(value: Any) -> Any:
    """A value as TOML has it; a path, or a text that is one, as from here and with the slashes that every system takes.

    >>> in_toml([Path("my_images"), Path.cwd() / "my_images", "/resnet50"])
    ['my_images', 'my_images', '/resnet50']
    """
    if isinstance(value, list | tuple):
        return [in_toml(item) for item in value]
    if isinstance(value, Path):
        return _as_from_here(value).as_posix()
    is_absolute = isinstance(value, str) and Path(value).is_absolute()
    return _as_from_here(Path(value)).as_posix() if is_absolute and os.path.lexists(value) else value


def _as_from_here(path: Path) -> Path:
    """A path relative to the folder in which the command runs; as it is on another drive of Windows."""
    try:
        return Path(os.path.relpath(path)) if path.is_absolute() else path
    except (ValueError, OSError):  # of another drive; the folder is gone
        return path
