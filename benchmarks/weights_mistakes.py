"""The commonest mistakes with weights, each made for real, and what `extract` says to it: the table of docs/WEIGHTS.md.

`python -m benchmarks.weights_mistakes` prints the table. No network and no weights are needed: files are made.
"""

import gzip
import os
import zipfile
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import h5py
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torchvision import models
from typer.testing import CliRunner

from cohort.phantom_cohort import write_phantoms
from featurize.encoders.networks import Uninitialised
from imaging.phantom import phantoms
from pipeline import app

EXTRACT = ("extract", "--encoders", "squeezenet1_1", "--scale", "1", "--crops", "32", "--views", "1",
           "--crops-per-view", "1", "--jobs", "1")  # fmt: skip
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 2894768\n"
PAGE = "<!DOCTYPE html>\n<html><head><title>Log in</title></head></html>\n"


def state(name: str = "squeezenet1_1") -> dict[str, Tensor]:
    """Tensors of a network of torchvision, small numbers in them."""
    with Uninitialised():
        tensors = getattr(models, name)().state_dict()
    return {name: torch.full_like(value, 0.01) for name, value in tensors.items()}


def wide(path: Path) -> None:
    tensors = state()
    tensors["features.0.weight"] = torch.full((96, 3, 3, 3), 0.01)
    torch.save(tensors, path)


def quantised(path: Path) -> None:
    tensors = state()
    tensors["features.0.weight"] = tensors["features.0.weight"].to(torch.int8)
    torch.save(tensors, path)


def unpacked(path: Path) -> None:
    path.write_bytes(b"\x80\x02}q\x00.")


def settings_too(path: Path) -> None:
    torch.save({"state_dict": state(), "hyper_parameters": Namespace(rate=0.1)}, path)


def not_a_number(path: Path) -> None:
    tensors = state()
    tensors["features.0.bias"][3] = torch.nan
    torch.save(tensors, path)


def truncated(path: Path) -> None:
    torch.save(state(), path)
    os.truncate(path, path.stat().st_size // 2)


def truncated_safetensors(path: Path) -> None:
    save_file(state(), path)
    os.truncate(path, path.stat().st_size // 2)


def wrong_header(path: Path) -> None:
    save_file(state(), path)
    content = path.read_bytes()
    path.write_bytes(content.replace(b'"dtype":"F32"', b'"dtype":"F99"', 1))


def keras(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["block1_conv1/kernel"] = [1.0]


def whole_module(path: Path) -> None:
    torch.save(nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU()), path)


class Intruder:
    """What a hostile file holds: it is called as the file is read."""

    def __reduce__(self) -> tuple:
        return os.mkdir, ("intruder-was-here",)


def bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02}q\x00.")
        archive.writestr("archive/data/0", bytes(50 << 20))


@dataclass(frozen=True)
class Mistake:
    """A file that is given as weights of SqueezeNet and is none."""

    words: str
    file: str
    make: Callable[[Path], object]
    said: str  # a part of the message


MISTAKES = (
    Mistake("file of another network", "squeezenet1_1.pth", lambda path: torch.save(state("alexnet"), path),
            "another network's weights"),
    Mistake("another width", "squeezenet1_1.pth", wide, "of another width or shape (features.0.weight: (96, 3, 3, 3)"),
    Mistake("a Keras file", "squeezenet1_1.pth", keras, "--weights-style keras"),
    Mistake("a web page saved as .pth", "squeezenet1_1.pth", lambda path: path.write_text(PAGE), "a web page (HTML)"),
    Mistake("half a download (.pth)", "squeezenet1_1.pth", truncated, "cut short"),
    Mistake("half a download (.safetensors)", "squeezenet1_1.safetensors", truncated_safetensors,
            "is cut short: it should have"),
    Mistake("a wrong header", "squeezenet1_1.safetensors", wrong_header, "its header is wrong"),
    Mistake("a pointer of Git LFS", "squeezenet1_1.pth", lambda path: path.write_text(POINTER), "git lfs pull"),
    Mistake("an empty file", "squeezenet1_1.pth", lambda path: path.touch(), "is empty"),
    Mistake("an empty folder", "nothing", lambda path: None, "which is empty: put squeezenet1_1.safetensors or"),
    Mistake("a folder in the file's place", "squeezenet1_1.pth", lambda path: path.mkdir(), "is a folder"),
    Mistake("a link that leads nowhere", "squeezenet1_1.pth", lambda path: path.symlink_to("gone.pth"),
            "a link that leads nowhere"),
    Mistake("a whole network saved with its code", "squeezenet1_1.pth", whole_module, "a whole network with its code"),
    Mistake("a file with code in it", "squeezenet1_1.pth", lambda path: torch.save({"a": Intruder()}, path),
            "could run any code"),
    Mistake("a checkpoint with settings in it", "squeezenet1_1.pth", settings_too, "(argparse.Namespace)"),
    Mistake("a .pth that was unpacked", "data.pkl", unpacked, "a .pth file that was unpacked"),
    Mistake("a quantised network", "squeezenet1_1.pth", quantised, "is quantised"),
    Mistake("numbers that are not finite", "squeezenet1_1.pth", not_a_number, "is not finite"),
    Mistake("a small file that grows", "squeezenet1_1.pth", bomb, "would unpack to"),
    Mistake("an archive", "squeezenet1_1.pth", lambda path: path.write_bytes(gzip.compress(b"weights")), "unpack it"),
    Mistake("zeros of an interrupted download", "squeezenet1_1.pth", lambda path: path.write_bytes(bytes(4096)),
            "begins with zeros alone"),
    Mistake("a server's error in JSON", "squeezenet1_1.pth", lambda path: path.write_text('{"error": "not found"}'),
            "a text in JSON"),
)  # fmt: skip


@dataclass(frozen=True)
class Adapted:
    """A file that is read, with a note of what was done."""

    words: str
    make: Callable[[dict[str, Tensor]], object]
    said: str  # a part of the note


def prefixed(prefix: str) -> Callable[[dict[str, Tensor]], dict[str, Tensor]]:
    return lambda tensors: {prefix + name: value for name, value in tensors.items()}


def halved(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: value.half() for name, value in tensors.items()}


def self_supervised(tensors: dict[str, Tensor]) -> object:
    heads = {"head.mlp.weight": torch.ones(3, 3)}
    backbone = prefixed("backbone.")(tensors)
    return {"teacher": backbone | heads, "student": prefixed("module.")(backbone), "epoch": 7}


def lightning(tensors: dict[str, Tensor]) -> object:
    return {"state_dict": prefixed("model.")(tensors), "epoch": 3, "pytorch-lightning_version": "2.5", "callbacks": {}}


ADAPTED = (
    Adapted("DataParallel's prefix", prefixed("module."), "'module.' is taken off their names"),
    Adapted("torch.compile's prefix", prefixed("_orig_mod."), "'_orig_mod.' is taken off their names"),
    Adapted("half precision", halved, "tensors are float16; they are computed with in float32"),
    Adapted("a checkpoint of Lightning", lightning, "the parameters lie under 'state_dict', 'model.' is taken off"),
    Adapted("self-supervised training", self_supervised, "under 'teacher', 'backbone.' is taken off"),
)


def fields(folder: Path) -> Path:
    """Two images to describe."""
    return write_phantoms(folder / "fields", phantoms(per_class=1, patients=1, height=48, width=48))


def extract(folder: Path, data: Path, code: int) -> str:
    """What extract says with the weights of a folder, on one line."""
    asked = [*EXTRACT, "--data", str(data), "--weights", str(folder), "--cache", str(folder / "cache")]
    result = CliRunner().invoke(app, asked)
    if result.exit_code != code:
        raise AssertionError(f"exit code {result.exit_code}: {result.output}{result.exception}")
    return " ".join(result.output.split())


def refusal(mistake: Mistake, folder: Path, data: Path) -> str:
    """Make a mistake in a folder, and what extract says to it, without the folder."""
    mistake.make(folder / mistake.file)
    message = extract(folder, data, code=2).partition("error: ")[2]
    return message.replace(f"{folder}/", "").replace(str(folder), "the folder")


def note(adapted: Adapted, folder: Path, data: Path) -> str:
    """Make a file that is read with a note, and the note."""
    torch.save(adapted.make(state()), folder / "squeezenet1_1.pth")
    return extract(folder, data, code=0).partition("note: ")[2].partition(" squeezenet1_1-32@1")[0]


def main() -> None:
    """Print both tables."""
    with TemporaryDirectory() as place:
        data = fields(Path(place))
        for title, rows, say in (("refused", MISTAKES, refusal), ("read, with a note", ADAPTED, note)):
            print(f"| {title} | what is said |\n|---|---|")
            for number, row in enumerate(rows):
                folder = Path(place) / title / str(number)
                folder.mkdir(parents=True)
                print(f"| {row.words} | {say(row, folder, data)} |")  # type: ignore[operator]
            print()


if __name__ == "__main__":
    main()
