"""docs/PAGE.md can be followed, and the container holds all that the page needs."""

import re
import shlex
from pathlib import Path

import typer

from app.app_settings import LARGEST_UPLOAD
from app.work.spool import KEPT_SECONDS, MOST_JOBS
from app.work.turn import SMALL_SIDE
from pipeline import app

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "PAGE.md").read_text()
CONTAINER = (ROOT / "Containerfile").read_text()


def commands():
    """The commands of histoboost in the document, each as its words."""
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL):
        for line in block.splitlines():
            words = shlex.split(line, comments=True)
            if "pipeline.py" in words:
                yield words[words.index("pipeline.py") + 1 :]


def test_its_commands_are_understood():
    group = typer.main.get_command(app)
    names = []
    for name, *arguments in commands():
        with group.commands[name].make_context(name, arguments):  # raises for an option that is not there
            names.append(name)
    assert names == ["fit", "app", "app", "app", "app"]


def test_it_says_what_the_program_does():
    for words in (
        f"more than {LARGEST_UPLOAD} MiB is not taken",
        f"small copies ({SMALL_SIDE} pixels)",
        f"{KEPT_SECONDS // 3600} hours after the order's end, {MOST_JOBS} later orders",
    ):
        assert words in " ".join(PAGE.split())


def test_the_container_holds_every_room_and_starts_the_page():
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks"}
    assert rooms and all(f"COPY {room} {room}\n" in CONTAINER for room in rooms)
    (start,) = re.findall(r"ENTRYPOINT \[(.*)\]", CONTAINER)
    words = re.findall(r'"([^"]*)"', start)
    with typer.main.get_command(app).commands["app"].make_context("app", words[3:]) as context:
        assert context.params["host"] == "0.0.0.0" and context.params["token"] == ""
