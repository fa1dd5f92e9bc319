"""Commands that take their settings from a file too: what the command line says wins over it, and it over defaults."""

import sys
from collections.abc import Callable
from functools import wraps
from inspect import Parameter, signature
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from cohort.checks.notices import Notice
from commands.run_settings.checked_settings import checked_settings, words_of
from commands.run_settings.config_file import VERSION, read_config, table_of
from commands.terminal import tell, warn
from featurize.store.store import versions
from imaging.errors import HistoboostError, shown

Command = Callable[..., None]


def take_config(context: typer.Context, path: Path | None) -> None:
    """Let the settings of a file be the defaults of the command, before any other option is looked at."""
    if path is None:
        return
    try:
        words = words_of(context)
        table = table_of(path, read_config(path), words, _known(context))
        context.default_map = checked_settings(path, table, context)
        _warn_of_version(path, table.get(VERSION))
    except (HistoboostError, OSError) as error:
        tell(f"error: {error}")
        raise typer.Exit(2) from error


def _warn_of_version(path: Path, written: Any) -> None:
    """Say that another version of the program wrote a file: a preset may mean other numbers here."""
    ours = versions(["histoboost"])["histoboost"]
    if isinstance(written, str) and written != ours:
        words = f"{path} was written by histoboost {shown(written)}, and this is {ours}"
        warn(
            [Notice("settings-version", f"{words}: what follows from a preset, or is left to the program, may differ")]
        )


def _known(context: typer.Context) -> list[list[str]]:
    """For each word of a command, all words that could stand in its place."""
    known: list[list[str]] = []
    at: Any = context.parent
    while at is not None:
        known.insert(0, list(at.command.commands))
        at = at.parent
    return known


Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        is_eager=True,
        callback=take_config,
        show_default=False,
        help="Settings from a TOML file, as results/NAME/run.toml; what is given here wins (--no-FLAG undoes one).",
    ),
]


def with_config(command: Command) -> Command:
    """A command as a command line calls it: with an option for the file, of which the command itself needs nothing."""

    @wraps(command)
    def called(*args: Any, config: Path | None = None, **kwargs: Any) -> None:
        command(*args, **kwargs)

    takes = signature(command)
    option = Parameter("config", Parameter.KEYWORD_ONLY, default=None, annotation=Config)
    called.__signature__ = takes.replace(parameters=[*takes.parameters.values(), option])  # type: ignore[attr-defined]
    called.__annotations__ = {**command.__annotations__, "config": Config}
    return called


class _TakesBack:
    """What parses the command line of a command whose defaults may come from a file."""

    def make_parser(self, context: Any) -> Any:
        """The parser, to which --no-FLAG is known for each flag, and --FLAG for --no-FLAG."""
        parser = super().make_parser(context)  # type: ignore[misc]
        for parameter in self.params:  # type: ignore[attr-defined]
            if getattr(parameter, "is_flag", False) and not parameter.secondary_opts and parameter.name != "help":
                words = [opposite(word) for word in parameter.opts]
                parser.add_option(parameter, words, parameter.name, action="store_const", const=False)
        parse = parser.parse_args
        parser.parse_args = lambda args: _without_empty(*parse(args))
        return parser


def opposite(flag: str) -> str:
    """The word that takes a flag back.

    >>> opposite("--offline"), opposite("--no-lock")
    ('--no-offline', '--lock')
    """
    return f"--{flag.removeprefix('--no-')}" if flag.startswith("--no-") else f"--no-{flag.removeprefix('--')}"


def _without_empty(
    given: dict[str, Any], rest: list[str], order: list[Any]
) -> tuple[dict[str, Any], list[str], list[Any]]:
    """What was given, without arguments of which there may be many and there were none: they are the file's."""
    return {name: value for name, value in given.items() if value != ()}, rest, order


class ConfiguredCommand(_TakesBack, TyperCommand):
    """A command that may have settings from a file."""


class ConfiguredGroup(_TakesBack, TyperGroup):
    """A group that is a command by itself, and may have settings from a file."""


class Commands(typer.Typer):
    """A program, or a part of one, whose commands all take --config."""

    def __call__(self, *args: Any, **how: Any) -> Any:
        """Run the program, to the end also where the terminal, or the file behind >, has not all characters."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        return super().__call__(*args, **how)

    def command(self, name: str | None = None, **how: Any) -> Callable[[Command], Command]:  # type: ignore[override]
        """Register a command; what is returned is the function as it was."""
        return _registers(super().command(name, **{"cls": ConfiguredCommand, **how}))

    def callback(self, **how: Any) -> Callable[[Command], Command]:  # type: ignore[override]
        """Register what a group does by itself."""
        return _registers(super().callback(**how))


def _registers(register: Callable[[Command], Any]) -> Callable[[Command], Command]:
    def decorate(command: Command) -> Command:
        register(with_config(command))
        return command

    return decorate
