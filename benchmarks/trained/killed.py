"""Kill a training at random moments, go on, and hold the selected weights against those of an undisturbed one.

`python -m benchmarks.trained.killed [--kills 20] [--only tiny]`: a tiny network (idc-initial, 48 pixels) and
EfficientNet-Lite0 (96 pixels), each trained in a process of its own that is cut by `kill -9` at a moment drawn from the
length of a few epochs, again and again, then left alone to the end. Weights must be the same to the bit, and no kill
may lose more than the epoch in work. Some minutes. A life is the fork of a server that has imported the large packages,
so that kills meet the work.
"""

import argparse
import multiprocessing
import os
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from safetensors import safe_open

from benchmarks.trained.phantom_training import open_pictures, settings_of, training_of, write_pictures

PROCESSES = multiprocessing.get_context("forkserver")
PRELOADED = ["torch", "torchvision", "timm", "benchmarks.trained.phantom_training"]
TRAININGS = {  # by name: recipe, images, images selected by, settings
    "tiny": ("idc-initial", 96, 24, {"batch": 12, "epochs": 24, "patience": 0}),
    "lite0": ("small", 48, 16, {"batch": 8, "epochs": 12, "patience": 0, "input": 96, "head_epochs": 2}),
}
EPOCHS_OF_A_LIFE = 2.5  # at most, on average half of that


@dataclass
class Tally:
    """What came of one training's lives."""

    kills: int = 0
    lost_seconds: list[float] = field(default_factory=list)  # of each kill: since the last state that was kept
    lost_epochs: int = 0  # epochs that had been reported as done and were not there


def live(folder: Path, name: str, checkpoint: Path) -> None:
    """Train to the end from wherever the checkpoint stands, writing down each epoch that is done."""
    import torch

    torch.set_num_threads(1)
    recipe, _, selected, changes = TRAININGS[name]
    training = training_of(
        open_pictures(folder / f"{name}.npy"), settings_of(recipe, **changes), selected, checkpoint, 1
    )
    (folder / f"{checkpoint.stem}.began").touch()
    with (folder / f"{checkpoint.stem}.done").open("a") as done:
        for row in training.run():
            print(int(row["epoch"]), file=done, flush=True)


def born(folder: Path, name: str, checkpoint: Path) -> multiprocessing.process.BaseProcess:
    """A process that trains; returns when it is at work."""
    began = folder / f"{checkpoint.stem}.began"
    began.unlink(missing_ok=True)
    life = PROCESSES.Process(target=live, args=(folder, name, checkpoint))
    life.start()
    while not began.exists() and life.is_alive():
        time.sleep(0.005)
    return life


def epochs_kept(checkpoint: Path) -> int:
    """How many epochs a checkpoint has."""
    import json

    if not checkpoint.exists():
        return 0
    with safe_open(checkpoint, "numpy") as file:
        return int(json.loads(file.metadata()["progress"])["epochs"])


def selected_weights(checkpoint: Path) -> dict[str, bytes]:
    """The bits of the weights that answer, and what they were selected by."""
    with safe_open(checkpoint, "numpy") as file:
        return {key: file.get_tensor(key).tobytes() for key in file.keys() if key.startswith("best/")}  # noqa: SIM118


def killed_again_and_again(folder: Path, name: str, kills: int, epoch: float) -> tuple[Tally, Path]:
    """Cut a training so often, then let it end; where it ended before, begin another."""
    rng = np.random.default_rng(len(name))
    tally, number = Tally(), 0
    checkpoint = folder / f"killed-{number}.safetensors"
    while tally.kills < kills:
        life = born(folder, name, checkpoint)
        started = time.time()
        life.join(rng.uniform(0, EPOCHS_OF_A_LIFE * epoch))
        if not life.is_alive():  # it came to its end: its weights are looked at too
            number += 1
            checkpoint = folder / f"killed-{number}.safetensors"
            continue
        os.kill(life.pid, signal.SIGKILL)  # type: ignore[arg-type]  # it is alive
        life.join()
        kept_at = checkpoint.stat().st_mtime if checkpoint.exists() else started
        tally.kills += 1
        tally.lost_seconds.append(time.time() - max(kept_at, started))
        done = (folder / f"{checkpoint.stem}.done").read_text().split() if checkpoint.exists() else []
        tally.lost_epochs += max(0, int(done[-1]) - epochs_kept(checkpoint)) if done else 0
    born(folder, name, checkpoint).join()
    return tally, checkpoint


def main() -> None:
    """Print a line for each training; exit with 1 where weights differ or an epoch was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    PROCESSES.set_forkserver_preload(PRELOADED)
    failed = False
    print(
        "| training | kills | same weights | an epoch | lost: mean | most | whole epochs lost |\n"
        "|---|--:|---|--:|--:|--:|--:|"
    )
    for name, (recipe, count, _, changes) in TRAININGS.items():
        if asked.only not in name:
            continue
        with TemporaryDirectory() as place:
            folder = Path(place)
            write_pictures(folder / f"{name}.npy", count, settings_of(recipe, **changes).input)
            undisturbed = folder / "undisturbed.safetensors"
            life = born(folder, name, undisturbed)
            started = time.time()
            life.join()
            epoch = (time.time() - started) / changes["epochs"]
            tally, _ = killed_again_and_again(folder, name, asked.kills, epoch)
            ended = sorted(folder.glob("killed-*.safetensors"))
            wanted = selected_weights(undisturbed)
            same = [bool(wanted) and selected_weights(path) == wanted for path in ended]
        failed |= not all(same) or bool(tally.lost_epochs)
        lost = tally.lost_seconds
        print(
            f"| {name} | {tally.kills} | {sum(same)} of {len(same)} | {epoch:.2f} s | {np.mean(lost):.2f} s | "
            f"{max(lost):.2f} s | {tally.lost_epochs} |",
            flush=True,
        )
    sys.exit(failed)


if __name__ == "__main__":
    main()
