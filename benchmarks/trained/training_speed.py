"""Images a second of training against the network's own rate: does decoding, altering and selecting starve it?

`python -m benchmarks.trained.training_speed [--json FILE] [--rounds N]`: the real loop (decoded memory map, alterations
made ahead, moving average, losses, checks) beside forward, backward and the optimiser's step on one batch that is in
memory, in turn, on the same threads. Both use all cores, so that alterations compete with the network for them: the
share is what is left. A few minutes on two cores. On a machine that others use, the share of processor time is the
better measure (`--threads 1`, for threads that wait for each other spend it too): it stands in the notes.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

import torch
from torch import nn

from benchmarks.command import write
from benchmarks.row import Row, processor, table
from benchmarks.trained.phantom_training import open_pictures, settings_of, training_of, write_pictures
from finetune.networks.dropout import drawing_from
from finetune.training_loop import Training

TARGET = 0.85
ROUNDS = 3
TRAININGS = {  # by row: recipe, batches of an epoch, and whether only the head is trained
    "small (lite0, 224), upper layers": ("small", 4, False),
    "small (lite0, 224), head alone": ("small", 4, True),
    "idc-initial (48)": ("idc-initial", 8, False),
    "idc-cnn (48)": ("idc-cnn", 8, False),
}


def own_work(training: Training, steps: int) -> Callable[[], None]:
    """The work of the network alone: forward, backward and step on the same batch, so many times."""
    settings, network, optimiser = training.settings, training.network, training.optimiser
    pixels = torch.from_numpy(training.images.pictures.pixels[: settings.batch].copy())
    targets = torch.from_numpy(training.images.codes[: settings.batch])

    def work() -> None:
        network.set_trained(settings, training.progress.epochs - 1)
        for step in range(steps):
            optimiser.zero_grad(set_to_none=True)
            with drawing_from(network, "cpu", step):
                loss = nn.functional.cross_entropy(network(pixels), targets)
            loss.backward()
            optimiser.step()

    return work


def times(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the wall and of processors."""
    wall, processors = perf_counter(), process_time()
    work()
    return perf_counter() - wall, process_time() - processors


def measured(name: str, folder: Path, rounds: int) -> Row:
    """One training beside its own network."""
    recipe, steps, is_head_alone = TRAININGS[name]
    plain = settings_of(recipe)
    head_epochs = plain.head_epochs and (1 + rounds if is_head_alone else 0)
    changes = {"validation": 0.0, "patience": 0, "epochs": 1 + rounds, "head_epochs": head_epochs}
    settings = settings_of(recipe, **changes)
    path = folder / f"{settings.input}-{steps * settings.batch}.npy"
    if not path.exists():
        write_pictures(path, steps * settings.batch, settings.input)
    training = training_of(open_pictures(path), settings, 0, None, torch.get_num_threads())
    epochs = training.run()
    next(epochs)  # the first epoch fills memory and caches
    alone = own_work(training, steps)
    images = steps * settings.batch
    rates, own_rates, processor_shares = [], [], []
    for _ in range(rounds):
        seconds, processor_seconds = times(lambda: next(epochs))
        own_seconds, own_processor_seconds = times(alone)
        rates.append(images / seconds)
        own_rates.append(images / own_seconds)
        processor_shares.append(own_processor_seconds / processor_seconds)
    each = 1000 * processor_seconds / images
    note = f"of processor time {median(processor_shares):.3f} ({each:.1f} ms an image)"
    return Row(name, median(rates), median(own_rates), "images/s", TARGET, higher=True, note=note)


def main() -> None:
    """Measure all, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--only", default="")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    rows = []
    with TemporaryDirectory() as folder:
        for name in TRAININGS:
            if asked.only in name:
                rows.append(measured(name, Path(folder), asked.rounds))
                print(table(rows[-1:]).splitlines()[-1], flush=True)
    print(f"\n{processor()}, {torch.get_num_threads()} threads\n\n{table(rows)}")
    if asked.json:
        write(asked.json, rows)


if __name__ == "__main__":
    main()
