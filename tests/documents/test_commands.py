"""Every command in README.md and docs/ is run as it stands there, document by document, on small synthetic fields.

Nothing that a document says is changed but the sizes of crops in names of variants; options that make the work small
are added where the document does not name them. What cannot be run here stands in one list, with the reason, and is
parsed.
"""

import contextlib
import io
import re
import shlex
import shutil
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest
from matplotlib.figure import Figure
from PIL import Image
from typer.main import get_command
from typer.testing import CliRunner

from featurize.encoders.weights import WeightsError
from imaging.phantom import draw_field
from pipeline import app
from report import write
from report.audited import audit_page
from report.page import figures
from report.robust import robust_page
from report.where import map_picture
from tests.documents.parts import NAMES, ROOT, blocks, without_comment
from tests.trained_place import NETWORK, tiny_known
from workflow.audit import shortcut_test
from workflow.robustness import altered_answers
from workflow.trained import frozen_beside

RUN_ELSEWHERE = {  # documents whose every command a test of their own runs, on data of their own
    "docs/AUDIT.md": "tests/commands/audit/test_audit_document.py",
    "docs/REPRODUCE.md": "tests/test_reproduce.py",
}
NOT_RUN = {  # what is parsed only: the beginning of the line, and why
    "python3 -m venv": "makes an environment",
    "source ": "is the shell's own",
    "python -m pip": "installs from the network",
    "make ": "makes an environment",
    "python -c": "is not a command of ours",
    "dask ": "starts a cluster of several machines",
    "CUDA_VISIBLE_DEVICES": "starts a cluster of several machines",
    "python pipeline.py extract --data my_images --cluster": "needs that cluster; tests/commands/cluster has one",
    "python pipeline.py cv --name my_images --cluster": "needs that cluster; tests/commands/cluster has one",
    "python pipeline.py app": "shows a page until Ctrl-C; tests/app runs it",
    "HISTOBOOST_TOKEN": "shows a page until Ctrl-C; tests/app runs it",
    "python pipeline.py fit --name demo": "needs the demo; tests/test_pipeline.py runs it",
    "python pipeline.py data nct-crc --to": "downloads; tests/cohort/downloads has a server",
    "python pipeline.py extract --data my_images --preset fast --crops auto --dry-run": "test_pipeline.py has one",
    "python pipeline.py finetune --recipe nct-resnet50 --dry-run": "measures a large network; test_nine_classes.py",
    "python pipeline.py finetune --data NCT-CRC-HE-100K": "needs Keras' weights",
    "python pipeline.py finetune --data pcam --recipe pcam-vgg16 --balanced": "needs Keras' weights",
}
CROPS = {"400@0.5": "48@1", "650@0.5": "40@1"}  # in names of variants: the small fields have no room for those
ADDED = {  # options of each command that make the work small, where the document does not name them
    "extract": "--encoders squeezenet1_1 --weights random --crops 40,48 --scale 1 --views 6 --crops-per-view 1 "
    "--jobs 1",
    "cv": "--folds 4 --seeds 1 --preset draft --heads trees --jobs 1",
    "fit": "--folds 4 --seeds 1 --preset draft --heads trees --jobs 1",
    "fit --run": "",
    "predict": "--jobs 1",
    "evaluate": "--jobs 1",
    "audit": "--jobs 1",
    "robustness": "--jobs 1",
    "finetune": f"--network {NETWORK} --weights random --input 48 --epochs 1 --batch 16 --validation 0 --jobs 1",
    "finetune --describe": "",
}
CODES = {"doctor": (0, 1)}  # that weights are missing is a problem that it tells
ANSWERS = {"cache gc": "n\n"}


def write_fields(folder, kinds, patients, seed, ending="png"):
    """A small field of each kind of each patient in a folder of its class; its rows as a table."""
    rows = []
    for kind in kinds:
        (folder / kind).mkdir(parents=True, exist_ok=True)
        for number in range(patients):
            name = f"{kind}/{number}.{ending}"
            Image.fromarray(draw_field(kind, f"p{number}", seed, 64, 64, seed=seed + number).image).save(folder / name)
            rows.append((name, kind, f"p{number}"))
    return rows


def write_my_images(folder, kinds=("benign", "invasive"), patients=10, seed=0):
    """Class folders with a patients.csv beside them."""
    rows = write_fields(folder, kinds, patients, seed)
    lines = [f"{image},{patient}" for image, _, patient in rows]
    (folder / "patients.csv").write_text("\n".join(["image,patient", *lines]) + "\n")


def write_other_hospital(folder):
    """A table of images of other patients, with the scanner of each."""
    rows = write_fields(folder / "other_hospital", ("benign", "invasive"), 4, 50)
    lines = [f"other_hospital/{image},{label},q{patient},{'ab'[len(label) % 2]}" for image, label, patient in rows]
    (folder / "other_hospital.csv").write_text("\n".join(["image,label,patient,scanner", *lines]) + "\n")


def blank_figures(sections):
    """A figure for each section that has one, with nothing in it."""
    return {section.picture.name: Figure() for section in sections if section.picture is not None}


@pytest.fixture(scope="module", autouse=True)
def quick():
    """Inside, figures are blank, labels are exchanged few times, and robustness looks at little."""

    def nowhere(*_, **__):
        raise WeightsError("none here")

    small = {name: replace(how, images=2, views=1, few=True) for name, how in altered_answers.PRESETS.items()}
    with contextlib.ExitStack() as stack:
        stack.enter_context(tiny_known())
        stack.enter_context(patch.object(frozen_beside, "start_weights", nowhere))
        stack.enter_context(patch.dict(altered_answers.PRESETS, small))
        stack.enter_context(patch.object(shortcut_test, "round_sizes", lambda _: [9]))
        for module in (figures, write, robust_page, map_picture):
            stack.enter_context(patch.object(module, "figure_bytes", lambda *_, **__: b"<svg/>"))
        for module in (write, robust_page, audit_page):
            stack.enter_context(patch.object(module, "drawn_figures", blank_figures))
        yield


@pytest.fixture(scope="module")
def finished(tmp_path_factory, quick):
    """A folder with all that documents speak of: images, described, cross-validated and fitted."""
    folder = tmp_path_factory.mktemp("documents")
    with contextlib.chdir(folder):
        write_my_images(Path("my_images"))
        write_my_images(Path("other_images"), patients=5, seed=70)
        for name, seed in (("FOLDER/NCT-CRC-HE-100K", 80), ("FOLDER/CRC-VAL-HE-7K", 90)):
            write_my_images(Path(name), patients=3, seed=seed)
        write_other_hospital(Path())
        Path("weights").mkdir()
        Path("new").mkdir()
        for number, image in enumerate(sorted(Path("other_hospital/benign").glob("*.png"))[:2], start=1):
            Image.open(image).save(f"new/{number}.tif")
        shutil.copytree("new", "new_images")
        for name in ("pcam-train", "pcam-test", "tiles", "pcam"):
            shutil.copytree("other_images", Path("FOLDER") / name if "-" in name else name)
        for command in ("extract --data my_images", "cv --name my_images --heads blend", "fit --name my_images"):
            run(command.split())
        shutil.copytree("results/my_images", "results/other_run")
    return folder


@pytest.fixture
def place(finished, tmp_path, monkeypatch):
    """A copy of it for one document, where we are."""
    shutil.copytree(finished, tmp_path / "at_work")
    monkeypatch.chdir(tmp_path / "at_work")


def reason_not_to_run(line):
    """Why a line is parsed only; empty where it is run."""
    return next((reason for beginning, reason in NOT_RUN.items() if line.startswith(beginning)), "")


def words_of(line):
    """The words of a command line of ours, without the program; None where the line is another program's."""
    words = shlex.split(without_comment(line))
    if "pipeline.py" not in words:
        return None
    return words[words.index("pipeline.py") + 1 :]


def parse(words):
    """Raise for a command or an option that is none."""
    command, context, rest = get_command(app), None, ["pipeline.py", *words]
    while hasattr(command, "commands"):
        context = command.context_class(command, parent=context, info_name=rest.pop(0))
        if not rest or rest[0] not in command.commands:  # a group that does something itself, as encoders
            return
        command = command.commands[rest[0]]
    command.make_context(rest[0], rest[1:], parent=context)


def on_small_fields(words):
    """The words with the options added that make the work small, and files for their patterns."""
    text = "\0".join(words)
    for large, small in CROPS.items():
        text = text.replace(large, small)
    words = text.split("\0")
    usual = words[0]
    for name in ADDED:
        if name.split()[0] == words[0] and name.split()[-1] in words:
            usual = name
    added = shlex.split(ADDED.get(usual, ""))
    for option, value in zip(added[::2], added[1::2], strict=True):
        if option not in words:
            words += [option, value]
    expanded = []
    for word in words:
        files = sorted(str(path) for path in Path().glob(word)) if "*" in word else [word]
        assert files, f"no file is called {word}"
        expanded += files
    return expanded


def run(words):
    """Run a command of a document on the small fields."""
    stdin = ANSWERS.get(" ".join(words[:2]))
    result = CliRunner().invoke(app, on_small_fields(words), catch_exceptions=False, input=stdin)
    assert result.exit_code in CODES.get(words[0], (0,)), result.output


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in NAMES if name not in RUN_ELSEWHERE])
def test_every_command_of_the_document_runs(name, place):
    spoken = {}
    for block in blocks(name):
        if block.kind == "python" and "dask_jobqueue" not in block.text:  # Slurm's package is not here
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(block.text, name, "exec"), spoken)
        if block.kind != "sh":
            continue
        for line in block.lines:
            words = words_of(line)
            if words is not None:
                parse(words)
            if not reason_not_to_run(line):
                assert words is not None, f"neither run nor in the list of what is not: {line}"
                run(words)


def test_what_is_not_run_still_stands_in_a_document():
    lines = [line for name in NAMES for block in blocks(name) if block.kind == "sh" for line in block.lines]
    assert [beginning for beginning in NOT_RUN if not any(line.startswith(beginning) for line in lines)] == []


def test_commands_stand_in_blocks_that_are_run():
    for name in NAMES:
        others = [block for block in blocks(name) if block.kind not in ("sh", "python")]
        assert [block.text for block in others if re.search(r"^ *(\$ )?python pipeline\.py", block.text, re.M)] == []


def test_a_document_that_another_test_runs_is_named_there():
    for name, test in RUN_ELSEWHERE.items():
        assert Path(name).name in (ROOT / test).read_text()
