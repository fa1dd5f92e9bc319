"""docs/FINETUNE.md can be followed: its commands are understood as they stand there, and it names every recipe."""

import re
import shlex
from pathlib import Path

import pytest
from typer.main import get_command

from finetune.recipes.find import RECIPES
from pipeline import app

DOCUMENT = (Path(__file__).resolve().parents[1] / "docs" / "FINETUNE.md").read_text()


def commands():
    """The commands of the document, each as its words without the program."""
    blocks = re.findall(r"```sh\n(.*?)```", DOCUMENT, re.DOTALL)
    lines = [line for block in blocks for line in block.strip().splitlines()]
    return [shlex.split(line, comments=True)[2:] for line in lines]


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_a_command_is_understood(words):
    name, *options = words
    context = get_command(app).commands[name].make_context(name, options)  # raises for an option that is none
    assert context.params


def test_every_recipe_is_named():
    assert [name for name in RECIPES if f"`{name}`" not in DOCUMENT] == []
