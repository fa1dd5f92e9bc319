"""`encoders` lists every network, `encoders NAME` tells all about one, and docs/ENCODERS.md has the same table."""

import subprocess
import sys
from pathlib import Path

import pytest

from commands.encoders.encoder_facts import allowed, facts_of
from commands.encoders.encoder_table import for_terminal, in_millions, markdown, resolutions, row_of
from featurize.encoders.registry import ENCODERS

ROOT = Path(__file__).resolve().parents[3]


def test_the_docs_hold_the_table():
    assert markdown() in (ROOT / "docs" / "ENCODERS.md").read_text()


def test_every_network_has_a_row_with_its_facts():
    assert for_terminal().row_count == len(ENCODERS)
    for encoder in ENCODERS.values():
        cells = row_of(encoder)
        assert cells[:2] == (encoder.name, str(encoder.dim)) and all(cells)
        assert f"| {encoder.name} | {encoder.dim} | {encoder.input} | {resolutions(encoder)} |" in markdown()
        assert cells[-1] == in_millions(encoder.parameters)


def test_listing_loads_neither_torch_nor_timm():
    code = "import sys, pipeline\ntry: pipeline.app(['encoders'])\nexcept SystemExit: pass\n"
    code += "print({'torch', 'timm', 'torchvision'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert lines[-1] == "set()" and all(name in done.stdout for name in ENCODERS)
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("name", ENCODERS)
def test_all_is_told_of_each(name):
    encoder = ENCODERS[name]
    facts = dict(facts_of(encoder))
    assert list(facts)[:5] == ["features", "crops", "pixels", "trained at", "parameters"]
    assert str(encoder.dim) in facts["features"] and encoder.licence in facts["licence"]
    assert encoder.built_as in facts["built as"] and encoder.paper == facts["paper"]
    assert "--weights" in facts["weights"] and name in facts["check"]
    if encoder.gated:
        assert encoder.gated in facts["weights"] and encoder.hub in facts["weights"]
    if encoder.fixed_input:
        assert f"{encoder.input} x {encoder.input}" in facts["crops"] and "exact mode alone" in facts["crops"]


def test_what_a_licence_allows():
    assert "also commercial" in allowed(ENCODERS["h_optimus_0"])
    assert "nothing changed" in allowed(ENCODERS["uni"]) and "research" in allowed(ENCODERS["phikon"])
    assert "nothing changed" not in allowed(ENCODERS["phikon"])


def test_the_command_shows_a_network_by_its_name(run):
    assert "1536 numbers, the token of the class" in run("encoders", "uni2_h")
    assert "4 register tokens are left out" in run("encoders", "virchow2")
    assert run("encoders", "--markdown").strip().endswith(markdown().splitlines()[-1])


def test_addresses_are_told_whole(run, monkeypatch):
    monkeypatch.setattr("commands.terminal.console._width", 80)
    for name in ("vgg16", "legacy_xception", "keras_resnet50"):
        told = run("encoders", name)
        address = next(word for word in dict(facts_of(ENCODERS[name]))["weights"].split() if "://" in word)
        assert address in "".join(told.split()) and "…" not in told


def test_the_command_shows_any_network_of_timm(run):
    assert "timm's resnet18.tv_in1k" in run("encoders", "timm:resnet18.tv_in1k")


def test_an_unknown_name_is_told_what_may_have_been_meant(run):
    said = run("encoders", "H-optimus-0", code=2)
    assert "perhaps h_optimus_0" in said and "timm:NAME" in said
