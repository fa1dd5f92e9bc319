"""docs/AUDIT.md holds: every command and every line of Python on it runs, from top to bottom, on made-up images."""

import csv
import re
import shlex
from pathlib import Path

import pytest
from joblib.externals.loky import get_reusable_executor

from benchmarks.biased_phantoms import write_biased
from report.audited.families import FAMILIES

DOCUMENT = (Path(__file__).resolve().parents[3] / "docs" / "AUDIT.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(sh|python)\n(.*?)^```$", DOCUMENT, re.DOTALL | re.MULTILINE)


def with_centres(manifest):
    """The same images, with a column that says of each patient one of two centres."""
    rows = list(csv.DictReader(manifest.open()))
    patients = sorted(
        {row["patient"] for row in rows}, key=lambda name: [row["label"] for row in rows if row["patient"] == name]
    )
    centre = {patient: "ab"[number % 2] for number, patient in enumerate(patients)}
    lines = [f"{row['image']},{row['label']},{row['patient']},{centre[row['patient']]}" for row in rows]
    manifest.write_text("\n".join(["image,label,patient,centre", *lines]) + "\n")


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """The folders that the document speaks of, with the way there."""
    get_reusable_executor().shutdown()  # workers of an earlier test stay where they began
    monkeypatch.chdir(tmp_path)
    with_centres(write_biased(Path("my_images"), "clipped", patients=12, per_patient=1, side=48))
    for number, name in enumerate(("NCT-CRC-HE-100K", "CRC-VAL-HE-7K")):
        write_biased(Path(name), "stain", patients=8, per_patient=1, side=32, seed=number + 1)


@pytest.mark.slow
@pytest.mark.usefixtures("blank_figures")
def test_everything_on_the_page_runs(folders, run):
    spoken = {}
    for kind, text in BLOCKS:
        if kind == "python":
            exec(compile(text, "docs/AUDIT.md", "exec"), spoken)
            continue
        for line in text.splitlines():
            program, script, *arguments = shlex.split(line)
            assert (program, script) == ("python", "pipeline.py")
            run(*arguments)
    assert len(BLOCKS) >= 7


def test_every_family_stands_on_the_page_as_the_report_has_it():
    for name, family in FAMILIES.items():
        assert f"| {name} | {family.looks_at} | {family.meaning} | {family.next_step} |" in DOCUMENT
