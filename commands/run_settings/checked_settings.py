"""The settings of a table, each held against the option of the command line that it stands for."""

import json
from collections.abc import Mapping
from inspect import Parameter
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import typer
from typer.models import ParameterInfo

from commands.run_settings.asked_values import SECRET, parameters_of
from commands.run_settings.config_file import VERSION, ConfigError, did_you_mean
from imaging.errors import shown

SHOWN = 60  # characters of a value in a message
KINDS: dict[type, tuple[type, ...]] = {bool: (bool,), int: (int,), float: (int, float)}  # of TOML; else text
WORDS = {bool: "true or false", int: "a whole number", float: "a number"}


def checked_settings(path: Path, table: Mapping[str, Any], context: typer.Context) -> dict[str, Any]:
    """The values of a table by the names of the command's parameters; raises ConfigError.

    Tables within are those of commands below, and left to them.
    """
    command = " ".join(words_of(context))
    below = getattr(context.command, "commands", {})
    function: Any = context.command.callback
    parameters = parameters_of(function)
    values = {}
    for key, value in table.items():
        if key == VERSION or (key in below and isinstance(value, dict)):
            continue
        if key not in parameters:
            meant = did_you_mean(key, parameters) or f"`{command} --help` lists all"
            raise ConfigError(f"{path}: {command} has no option {shown(key)}; {meant}")
        parameter = parameters[key]
        if not is_good(parameter, value, context):
            got = "something else" if key in SECRET else value_in_words(value)
            must = required_words(parameter)
            raise ConfigError(f"{path}: {key} of {command} must be {must}; got {got}: correct it, or take it out")
        values[parameter.name] = value
    return values


def value_in_words(value: Any) -> str:
    """A value as it stands in the file, its beginning where it is long."""
    text = shown(json.dumps(value, ensure_ascii=False, default=str))
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def is_good(parameter: Parameter, value: Any, context: typer.Context) -> bool:
    """Whether an option can have a value: of its own kind, and as the command line would take it."""
    kind, takes_several = kind_of(parameter)
    if takes_several != isinstance(value, list):
        return False
    for item in value if takes_several else [value]:
        if type(item) not in KINDS.get(kind, (str,)):
            return False
    option = next(one for one in context.command.params if one.name == parameter.name)
    try:
        option.process_value(context, value)
    except typer.BadParameter:
        return False
    return True


def required_words(parameter: Parameter) -> str:
    """What the value of an option must be."""
    kind, takes_several = kind_of(parameter)
    if takes_several:
        return "a list of texts, at least one"
    if get_origin(kind) is Literal:
        return f"one of {', '.join(get_args(kind))}, in quotes"
    limits = ""
    for part in get_args(parameter.annotation):
        if isinstance(part, ParameterInfo):
            least = "" if part.min is None else f" from {part.min:g}"
            limits = least + ("" if part.max is None else f" up to {part.max:g}")
    return WORDS.get(kind, "a text in quotes") + limits


def kind_of(parameter: Parameter) -> tuple[type, bool]:
    """What an option takes, bool, int, float or text of any kind, and whether it takes several."""
    kind = parameter.annotation
    while get_origin(kind) in (Annotated, Union, UnionType):
        kind = get_args(kind)[0]  # None, where it is among them, comes last
    takes_several = get_origin(kind) is list
    return (get_args(kind)[0] if takes_several else kind), takes_several


def words_of(context: typer.Context) -> list[str]:
    """The words of the command line that led to a command."""
    words: list[str] = []
    at: Any = context
    while at.parent is not None:
        words.insert(0, str(at.info_name))
        at = at.parent
    return words
