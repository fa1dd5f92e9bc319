"""The workflow that others see runs what pyproject.toml says, and what CONTRIBUTING.md asks of a change."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
yaml = pytest.importorskip("yaml")  # of pre-commit
WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "tests.yml").read_text("utf-8"))
JOBS = WORKFLOW["jobs"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
SYSTEMS = {"ubuntu": "POSIX :: Linux", "macos": "MacOS", "windows": "Microsoft :: Windows"}


def named(prefix):
    """What the classifiers say under a heading."""
    return {name.removeprefix(prefix) for name in PROJECT["classifiers"] if name.startswith(prefix)}


def commands_of(job):
    return [step["run"].strip() for step in JOBS[job]["steps"] if "run" in step]


def test_every_system_and_version_that_the_project_names_is_tested():
    matrix = JOBS["tests"]["strategy"]["matrix"]
    assert set(matrix["python-version"]) == named("Programming Language :: Python :: ")
    assert min(matrix["python-version"]) == PROJECT["requires-python"].removeprefix(">=")
    systems = {SYSTEMS[os.removesuffix("-latest")] for os in matrix["os"]}
    assert systems == named("Operating System :: ") and matrix["os"] == JOBS["wheel"]["strategy"]["matrix"]["os"]
    assert JOBS["tests"]["strategy"]["fail-fast"] is False


def test_it_runs_what_a_change_must_pass():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    asked = [line.strip().removeprefix("$(VENV)/bin/") for line in makefile.splitlines() if "$(VENV)/bin/" in line]
    wanted = [line for line in asked if line.startswith(("ruff", "mypy", "python -m pytest"))]
    assert len(wanted) == 4 and set(wanted) <= set(commands_of("lint") + commands_of("tests"))
    assert "histoboost" in PROJECT["scripts"] and any("histoboost --help" in run for run in commands_of("wheel"))


@pytest.mark.parametrize("job", JOBS)
def test_a_job_may_read_alone_ends_and_installs_what_the_suite_passed_with(job):
    assert WORKFLOW["permissions"] == {"contents": "read"} and "permissions" not in JOBS[job]
    assert WORKFLOW["concurrency"]["cancel-in-progress"] is True and JOBS[job]["timeout-minutes"] <= 60
    for step in JOBS[job]["steps"]:
        assert re.fullmatch(r"actions/[a-z-]+@v\d+", step.get("uses", "actions/checkout@v6"))
        assert "secrets." not in str(step)
        if "pip install" in step.get("run", ""):
            assert "-c constraints.txt" in step["run"] and "CPU_BUILDS" in step["env"]["PIP_EXTRA_INDEX_URL"]
