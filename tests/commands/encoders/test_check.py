"""`encoders check` and `extract` say what is wrong with weights in one message, and what they are when nothing is."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from benchmarks.weights_mistakes import ADAPTED, MISTAKES, fields, note, refusal, state
from featurize.encoders import encoder_pool
from featurize.encoders.files import hub
from featurize.encoders.registry import ENCODERS

ROOT = Path(__file__).resolve().parents[3]
PAGE = " ".join((ROOT / "docs" / "WEIGHTS.md").read_text().split())
COMMONEST = ("file of another network", "another width", "a Keras file", "a web page saved as .pth",
             "half a download (.pth)", "a file with code in it")  # fmt: skip
WITH_A_NOTE = ("DataParallel's prefix", "half precision")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return fields(tmp_path_factory.mktemp("data"))


@pytest.mark.parametrize("words", COMMONEST)
def test_extract_refuses_the_commonest_mistakes_in_one_message(words, data, tmp_path):
    (mistake,) = (mistake for mistake in MISTAKES if mistake.words == words)
    assert mistake.said in refusal(mistake, tmp_path, data)


@pytest.mark.parametrize("words", WITH_A_NOTE)
def test_extract_tells_what_it_took_off_once(words, data, tmp_path):
    (adapted,) = (adapted for adapted in ADAPTED if adapted.words == words)
    said = note(adapted, tmp_path, data)
    assert adapted.said in said and "note:" not in said


def test_every_mistake_stands_in_the_docs():
    for row in (*MISTAKES, *ADAPTED):
        assert f"| {row.words} |" in PAGE and row.said in PAGE, row.words


def test_check_tells_what_a_network_is_and_does(run, tmp_path):
    torch.save(state(), tmp_path / "mine.pth")
    said = run("encoders", "check", "squeezenet1_1", "--weights", tmp_path / "mine.pth", "--device", "cpu")
    for words in ("squeezenet1_1 of torchvision", "width 512", "trained as unknown", "MiB of parameters (722,496)"):
        assert words in said
    assert "24 x 224 pixels on cpu, float32" in said and "every tensor has the name and shape" in said


def test_check_of_random_weights_says_so(run):
    assert "none: random weights" in run("encoders", "check", "squeezenet1_1", "--weights", "random", "--device", "cpu")


def test_check_ends_with_the_message_of_a_mistake(run, tmp_path):
    (tmp_path / "squeezenet1_1.pth").write_text("<html>")
    assert "a web page" in run("encoders", "check", "squeezenet1_1", "--weights", tmp_path, code=2)
    assert "MahmoodLab/UNI" in run("encoders", "check", "uni", "--weights", tmp_path / "", "--offline", code=2)


def test_check_offline_tells_how_to_get_gated_weights(run, tmp_path, monkeypatch):
    monkeypatch.setattr(hub, "hub_cache", lambda: tmp_path)
    said = run("encoders", "check", "uni", "--offline", code=2)
    assert "must not be downloaded" in said and "https://huggingface.co/MahmoodLab/UNI" in said


def test_another_width_than_is_known_is_refused(run, monkeypatch):
    wrong = replace(ENCODERS["squeezenet1_1"], dim=513)
    monkeypatch.setattr("commands.encoders.check.find_encoder", lambda _: wrong)
    monkeypatch.setattr(encoder_pool, "find_encoder", lambda _: wrong)
    said = run("encoders", "check", "squeezenet1_1", "--weights", "random", "--device", "cpu", code=2)
    assert "gives 512 numbers for a crop, and 513 are known of it" in said
