"""Laws of --config, for every command: what a file says is a default, and what is written gives back what was asked."""

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, get_args, get_origin

import pytest
import tomli_w
import typer
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from typer.main import get_command
from typer.models import OptionInfo, ParameterInfo

import commands.terminal
from commands.run_settings.asked_values import MACHINE, SECRET, asked_now, asked_of, parameters_of, running
from commands.run_settings.checked_settings import kind_of
from commands.run_settings.configured import Commands, ConfiguredCommand, ConfiguredGroup, opposite
from commands.run_settings.written_settings import keep_settings_beside
from featurize.store.store import versions
from pipeline import app

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = get_command(app)
FEW = settings(max_examples=3, deadline=None, phases=[Phase.generate], database=None,
               suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip


def commands_below(group, words=()):
    """All commands, by their words; a group that works by itself is one."""
    for name, command in group.commands.items():
        if command.callback is not None:
            yield (*words, name), command
        if hasattr(command, "commands"):
            yield from commands_below(command, (*words, name))


COMMANDS = dict(commands_below(PROGRAM))
EVERY = pytest.mark.parametrize("words", COMMANDS, ids=" ".join)


def parameters(words):
    """The options and arguments of a command by key."""
    return parameters_of(COMMANDS[words].callback)


@pytest.fixture
def ask(monkeypatch):
    """What a command is asked by a command line, without its work being done."""
    calls = []

    @contextmanager
    def recorded(command, args, kwargs):
        context = kwargs.get("context")
        if context is None or context.invoked_subcommand is None:
            calls.append((command, args, kwargs))
            raise typer.Exit(0)
        yield

    monkeypatch.setattr(commands.terminal, "running", recorded)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.delenv("HISTOBOOST_TOKEN", raising=False)

    def asked(words, *line):
        calls.clear()
        assert PROGRAM([*words, *line], standalone_mode=False) == 0
        (call,) = calls
        asked.call = call
        return asked_of(*call).values

    return asked


def strategy(parameter):
    """Values that an option may have."""
    kind, takes_several = kind_of(parameter)
    info = next(iter(part for part in get_args(parameter.annotation) if isinstance(part, ParameterInfo)), None)
    text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=9)
    if kind is bool:
        return st.booleans()
    if kind is int:
        return st.integers(int(info.min or 0), int(info.max or 10**6))
    if kind is float:
        return st.floats(info.min, info.max if info.max is not None else 1e6, allow_nan=False)
    if get_origin(kind) is Literal:
        return st.sampled_from(get_args(kind))
    if kind is Path:
        return text.map(Path).filter(lambda path: not path.is_absolute())
    return st.lists(text, min_size=1, max_size=3) if takes_several else text


def values_of(words):
    """Values for all options and arguments of a command, by key."""
    return st.fixed_dictionaries({key: strategy(one) for key, one in parameters(words).items()})


def line_of(words, values):
    """The command line that asks for these."""
    options, arguments = [], []
    for key, parameter in parameters(words).items():  # arguments in their order
        if key not in values:
            continue
        value = values[key]
        several = [str(item) for item in (value if isinstance(value, list) else [value])]
        if not any(isinstance(part, OptionInfo) for part in get_args(parameter.annotation)):
            arguments += several
        elif isinstance(value, bool):
            options.append(f"--{key}" if value else opposite(f"--{key}"))
        else:
            options += [f"--{key}={item}" for item in several]
    return [*options, "--", *arguments]


def in_file(path, words, values):
    """A file of settings with all of these."""
    table = {key: [*value] if isinstance(value, list) else value for key, value in values.items()}
    table = {key: str(value) if isinstance(value, Path) else value for key, value in table.items()}
    for word in reversed(words):
        table = {word: table}
    path.write_text(tomli_w.dumps(table), "utf-8", newline="\n")
    return f"--config={path}"


def test_all_commands_are_looked_at():
    assert {"extract", "cv", "report", "compare", "fit", "fuse", "predict", "evaluate", "data", "doctor", "finetune",
            "app", "audit", "robustness", "encoders", "cache", "demo"} == {words[0] for words in COMMANDS}  # fmt: skip
    assert {("cache", "gc"), ("cache", "ls"), ("encoders",), ("encoders", "check")} <= set(COMMANDS)


@EVERY
@FEW
@given(data=st.data())
def test_a_file_asks_as_the_command_line_and_the_command_line_wins(words, data, ask, tmp_path):
    file, line = data.draw(values_of(words)), data.draw(values_of(words))
    config = in_file(tmp_path / "run.toml", words, file)
    assert ask(words, config) == file
    assert ask(words, config, *line_of(words, line)) == line == ask(words, *line_of(words, line))


@EVERY
@FEW
@given(data=st.data())
def test_an_option_given_with_its_default_wins_too(words, data, ask, tmp_path):
    config = in_file(tmp_path / "run.toml", words, file := data.draw(values_of(words)))
    for key, one in parameters(words).items():
        if one.default not in (None, one.empty) and kind_of(one)[1] is False:
            assert ask(words, config, *line_of(words, {key: one.default})) == file | {key: one.default}


@EVERY
@FEW
@given(data=st.data())
def test_what_is_written_asks_for_the_same_elsewhere(words, data, ask, tmp_path):
    """But for what belongs to the machine, and for secrets, which are not in the file."""
    asked = ask(words, *line_of(words, data.draw(values_of(words))))
    with running(*ask.call):
        keep_settings_beside(tmp_path / "made.csv")
        heading = f"[{asked_now().command}]"
    written = (tmp_path / "made-run.toml").read_bytes().decode()
    assert heading in (f"[{words[0]}]", f"[{words[-1]}]", "[table]") and written.count(f"\n{heading}\n") == 1
    shipped = written.replace(f"\n{heading}\n", f"\n[{'.'.join(words)}]\n")  # those below a group write none
    (tmp_path / "shipped.toml").write_bytes(shipped.encode())
    again = ask(words, f"--config={tmp_path / 'shipped.toml'}")
    for key, one in parameters(words).items():
        is_left_out = key in (*MACHINE, *SECRET) or (key == "weights" and asked[key] != "random")
        assert again[key] == (one.default if is_left_out else asked[key]), key


@pytest.mark.parametrize("words", [words for words in COMMANDS if len(words) == 1 and words != ("encoders",)])
def test_a_command_writes_the_table_that_it_reads(words, ask):
    ask(words, *line_of(words, {key: "x" for key, one in parameters(words).items() if one.default is one.empty}))
    assert asked_of(*ask.call).command == words[0]


@pytest.fixture
def refused(tmp_path, capsys):
    """What is said of a file of settings that a command does not take: one sentence, and exit code 2."""

    def said(words, content):
        path = tmp_path / "run.toml"
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            in_file(path, words, content)
        assert PROGRAM([*words, f"--config={path}"], standalone_mode=False) == 2, content
        message = capsys.readouterr().err
        assert message.startswith("error: ") and message.count("\n") == 1
        return message

    return said


@EVERY
def test_a_setting_that_is_no_option_is_refused_with_the_nearest(words, refused):
    for key in parameters(words):
        slip = f"{key}x"
        assert f"{' '.join(words)} has no option {slip}; did you mean " in refused(words, {slip: 1})
    for key in ("config", "help", "xyzzy-42"):
        assert f"has no option {key}; " in refused(words, {key: 1})


@EVERY
def test_a_setting_of_another_kind_is_refused_for_every_option(words, refused):
    for key, one in parameters(words).items():
        kind, several = kind_of(one)
        for value in [1979, "1", {"a": 1}, [["x"]]] if several or kind is bool else [True, ["1"], {"a": 1}]:
            message = refused(words, {key: value})
            assert f"run.toml: {key} of {' '.join(words)} must be " in message and "take it out" in message


def test_help_shows_the_option_of_every_command_and_loads_neither_networks_nor_trees():
    lines = [[*words, "--help"] for words in COMMANDS]
    code = f"""
import sys
from typer.testing import CliRunner
from pipeline import app
for line in {lines!r}:
    result = CliRunner().invoke(app, line, terminal_width=200)
    assert result.exit_code == 0 and "--config" in result.output, line
print(sorted({{"torch", "lightgbm", "matplotlib"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.strip() == "[]"


def test_every_command_is_registered_as_one_that_takes_settings():
    assert isinstance(app, Commands)
    assert all(isinstance(command, ConfiguredCommand | ConfiguredGroup) for command in COMMANDS.values())


def test_a_group_and_a_command_below_it_have_tables_of_their_own(ask, tmp_path):
    path = tmp_path / "run.toml"
    path.write_text("[encoders]\nmarkdown = true\n[encoders.check]\nname = 'vgg16'\n", "utf-8")
    assert ask(("encoders", "check"), f"--config={path}")["name"] == "vgg16"
    assert ask(("encoders",), f"--config={path}")["markdown"] is True


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("[extract]\nviews = 0", "views of extract must be a whole number from 1; got 0: correct it, or take it out"),
        ("[extract]\nviews = 2.5", "views of extract must be a whole number from 1; got 2.5"),
        ("[extract]\nscale = true", "scale of extract must be a number; got true"),
        ("[extract]\nmode = 'dens'", 'mode of extract must be one of exact, dense, in quotes; got "dens"'),
        ("[extract]\ncrops = 400", "crops of extract must be a text in quotes; got 400"),
        ("[extract]\noffline = 1", "offline of extract must be true or false; got 1"),
        ("[extract]\ncrops_per_view = 1", "extract has no option crops_per_view; did you mean crops-per-view?"),
        ("[extract]\nname = 1979-05-27", 'name of extract must be a text in quotes; got "1979-05-27"'),
        ("[extract]\n'\u202e' = 1", "extract has no option '\\u202e'; `extract --help` lists all"),
        ("views = 3", "views stands in no table; put it below a line [extract]"),
        ("extract = 3", "extract stands in no table; put it below a line [extract]"),
        ("[[extract]]\nviews = 3", "extract stands in no table; put it below a line [extract]"),
        ("[extrct]\nviews = 3", "there is no command for the table [extrct]; did you mean extract?"),
        ("[cv]\nfolds = 3\n[fit]", "has no table [extract], but [cv], [fit]; add it, or leave --config out"),
        ("", "has no table [extract], but none at all; add it, or leave --config out"),
        ("[extract]\ndata = 'x", "is not TOML ("),
        ('[extract]\ndata = "C:\\Users\\x"', "and that paths have / instead of \\"),
        ("x = " + "[" * 9999, "is not TOML ("),
        ("x = " + "1" * 9999, "is not TOML ("),
        ("[extract]\na" + ".a" * 99999 + " = 1", "is not TOML (too many dots in line 2)"),
        ("[extract" + ' . "a"' * 99999 + "]", "is not TOML (too many dots in line 1)"),
        ("[extract]\nx = {" + "'\u2028'.a." * 9999 + "a = 1}", "is not TOML (too many dots in line 2)"),
        ("[extract]\ndata = '\udcff'", "is not text in UTF-8 (byte 18); save it as UTF-8"),
        ("#" * (1 << 23), "is no file of settings ("),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_sentence(line, said, refused):
    assert said in refused(["extract"], line.encode("utf-8", "surrogateescape"))


def test_what_is_no_file_is_refused(tmp_path, capsys):
    for path, said in [(tmp_path, "is no file of settings ("), (tmp_path / "none.toml", "there is no such file")]:
        assert PROGRAM(["cv", "--config", str(path)], standalone_mode=False) == 2
        message = capsys.readouterr().err
        assert said in message and "results/NAME/run.toml" in message


def test_a_secret_is_not_printed(refused):
    assert "got something else" in (said := refused(["app"], {"token": ["a very secret word"]})) and "word" not in said


def test_dots_of_texts_and_comments_are_no_parts_of_keys(ask, tmp_path):
    path = tmp_path / "run.toml"
    dots, names = "." * 99, '"a.png", ' * 99
    path.write_text(f"# {dots}\n[predict] # {dots}\nname = 'b'\nimages = [{names}'{dots}']\n", "utf-8")
    assert len(ask(("predict",), f"--config={path}")["images"]) == 100


def test_a_file_of_another_version_says_so_and_is_taken(ask, tmp_path, capsys):
    path = tmp_path / "run.toml"
    ours = versions(["histoboost"])["histoboost"]
    for written, is_told in [("0.0.7", True), ("\u202e", True), (ours, False)]:
        path.write_text(f"[cv]\nversion = '{written}'\nfolds = 3\n", "utf-8")
        assert ask(("cv",), f"--config={path}")["folds"] == 3
        said = capsys.readouterr().out
        assert ("was written by histoboost" in " ".join(said.split())) is is_told and "\u202e" not in said


def test_a_file_of_windows_editors_is_read(ask, tmp_path):
    (tmp_path / "run.toml").write_bytes(b"\xef\xbb\xbf[cv]\r\nfolds = 3\r\n")
    assert ask(("cv",), f"--config={tmp_path / 'run.toml'}")["folds"] == 3


def test_a_terminal_that_has_not_all_characters_ends_no_program():
    """As on Windows, where the output goes to a file or another program."""
    code = """
from commands.run_settings.configured import Commands
from commands.terminal import console, plainly
app = Commands()
@app.command()
@plainly
def tell():
    console.print("kappa ≥ 0.5 日本")
app([])
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=os.environ | {"PYTHONIOENCODING": "cp1252"},
                          capture_output=True, check=True)  # fmt: skip
    assert done.stdout.decode("cp1252").strip() == r"kappa \u2265 0.5 \u65e5\u672c"
