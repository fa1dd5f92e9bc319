"""The training itself: a plain loop over epochs and batches, which goes on to the same bits wherever it was cut off."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from time import perf_counter

import numpy as np
import torch
from torch import Tensor, nn

from finetune.checkpoint import Progress, load_optimiser, read_checkpoint, write_checkpoint
from finetune.networks.classifier import Classifier
from finetune.networks.dropout import drawing_from
from finetune.optimisation import MovingAverage, make_optimiser, set_rates
from finetune.pictures.batches import parts_of, plain_batches, symmetries, training_batches
from finetune.pictures.decoded import Pictures
from finetune.training_settings import TrainingError, TrainingSettings


@dataclass(frozen=True, eq=False)
class TrainingImages:
    """What one network is trained on and selected by: rows of the pictures, and the class of each picture."""

    pictures: Pictures
    codes: np.ndarray  # (picture,) int
    classes: int
    train: np.ndarray  # rows
    select: np.ndarray  # rows; none: the last epoch is taken

    def __post_init__(self) -> None:
        lacking = sorted(set(range(self.classes)) - set(self.codes[self.train].tolist()))
        if lacking:
            raise TrainingError(
                f"no training image is of class number {lacking[0] + 1} of {self.classes}; use fewer folds, a smaller "
                "--validation, or leave the class out"
            )

    @property
    def digest(self) -> str:
        """Of the images and their labels, in words that a checkpoint can be held against."""
        text = repr((self.pictures.names, self.codes.tolist(), sorted(self.train), sorted(self.select)))
        return sha256(text.encode()).hexdigest()


class Training:
    """One network in training; `run` goes on until it ends, and `answer` is by its selected weights."""

    def __init__(
        self,
        network: Classifier,
        images: TrainingImages,
        settings: TrainingSettings,
        checkpoint: Path | None = None,
        device: str = "cpu",
        workers: int = 1,
    ):
        """checkpoint: where its state is kept after each epoch, and found again; None: nowhere."""
        self.images, self.settings, self.path = images, settings, checkpoint
        self.device, self.workers = device, workers
        self.digest = sha256((settings.to_json() + images.digest + _digest(network)).encode()).hexdigest()
        self.network = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimiser = make_optimiser(network, settings)
        self.average = MovingAverage(network, settings.average_decay)
        self.best = {name: value.clone() for name, value in network.state_dict().items()}
        self.progress = Progress(part=settings.batch)
        self.weights = class_weights(images, settings).to(device)
        self.steps = len(parts_of(images.train, settings))  # of an epoch
        self._go_on()

    def run(self) -> Iterator[dict[str, float]]:
        """Train to the end; yields each epoch's row: losses, accuracies, seconds. Raises TrainingError."""
        while not self.progress.ended:
            started = perf_counter()
            row = self._epoch(self.progress.epochs)
            row |= self._select()
            row["seconds"] = perf_counter() - started
            self.progress.history.append(row)
            self.progress.ended = self._is_over()
            self._keep()
            yield row

    def views(self, rows: np.ndarray) -> np.ndarray:
        """Probabilities (row, symmetry, class) float64 of some pictures, by the selected weights."""
        return self._answers(self.best, rows, self.settings.symmetries)

    def _epoch(self, epoch: int) -> dict[str, float]:
        """Train on every image once."""
        self.network.set_trained(self.settings, epoch)
        losses, right, count = 0.0, 0, 0
        for rows, pixels in training_batches(
            self.images.pictures, self.images.train, self.settings, epoch, self.workers
        ):
            step = self.progress.steps
            factor = set_rates(self.optimiser, self.settings, step, self.steps * self.settings.epochs)
            targets = torch.from_numpy(self.images.codes[rows]).to(self.device)
            loss, hits = self._step(pixels.to(self.device), targets, epoch, step)
            if not math.isfinite(loss):
                raise TrainingError(
                    f"the loss is not a number in epoch {epoch + 1}, at step {step + 1}; use a smaller --rate"
                )
            self.average.update(self.network, step)
            self.progress.steps += 1
            losses += loss * len(rows)
            right += hits
            count += len(rows)
        self.progress.epochs += 1
        return {"epoch": epoch + 1, "rate": factor, "training loss": losses / count, "training accuracy": right / count}

    def _step(self, pixels: Tensor, targets: Tensor, epoch: int, step: int) -> tuple[float, int]:
        """One change of the weights; where the memory is short, the gradients of parts of the batch are summed."""
        while True:
            try:
                loss, hits = self._gradients(pixels, targets, epoch, step)
                break
            except (torch.OutOfMemoryError, MemoryError):
                if self.progress.part == 1:
                    raise TrainingError("one image is too much for this memory; use a smaller --input") from None
                self.progress.part = math.ceil(self.progress.part / 2)
        if math.isfinite(loss):
            self.optimiser.step()
        return loss, hits

    def _gradients(self, pixels: Tensor, targets: Tensor, epoch: int, step: int) -> tuple[float, int]:
        """The mean loss of a batch and how many answers are right; its gradients are left in the network."""
        self.optimiser.zero_grad(set_to_none=True)
        total, hits = 0.0, 0
        parts = zip(pixels.split(self.progress.part), targets.split(self.progress.part), strict=True)
        for number, (some_pixels, some_targets) in enumerate(parts):
            with drawing_from(self.network, self.device, self.settings.seed, epoch, step, number), self._precision():
                logits = self.network(some_pixels)
                losses = nn.functional.cross_entropy(logits.float(), some_targets, reduction="none")
                loss = (losses * self.weights[some_targets]).sum() / len(pixels)
            loss.backward()
            total += float(loss.detach())
            hits += int((logits.argmax(dim=1) == some_targets).sum())
        return total, hits

    def _precision(self) -> torch.autocast:
        """bfloat16 on a GPU, for what bears it, where the settings say so; float32 on a CPU."""
        is_mixed = self.settings.mixed and self.device != "cpu"
        return torch.autocast(self.device.partition(":")[0], torch.bfloat16, enabled=is_mixed)

    def _select(self) -> dict[str, float]:
        """Keep these weights if they are the best so far on the images that are selected by."""
        progress, rows = self.progress, self.images.select
        row = {}
        worth = -float(progress.epochs)  # without such images the last are the best
        if len(rows):
            answers = self._answers(self.average.values, rows, 1)[:, 0]
            given = answers[np.arange(len(rows)), self.images.codes[rows]]
            log_loss = float(-np.log(np.maximum(given, 1e-15)).mean())
            accuracy = float((answers.argmax(axis=1) == self.images.codes[rows]).mean())
            row = {"validation loss": log_loss, "validation accuracy": accuracy}
            worth = -accuracy if self.settings.select_on == "test" else log_loss
        if worth < progress.best:
            progress.best, progress.best_epoch = worth, progress.epochs
            self.best = {name: value.clone() for name, value in self.average.values.items()}
        return row

    def _is_over(self) -> bool:
        waited = self.progress.epochs - self.progress.best_epoch
        has_waited = bool(self.settings.patience) and waited >= self.settings.patience
        return has_waited or self.progress.epochs >= self.settings.epochs

    @torch.no_grad()
    def _answers(self, weights: dict[str, Tensor], rows: np.ndarray, symmetry_count: int) -> np.ndarray:
        present = {name: value.clone() for name, value in self.network.state_dict().items()}
        self.network.load_state_dict(weights)
        self.network.eval()
        try:
            return predict(self.network, self.images.pictures, rows, symmetry_count, self.device, self.settings.batch)
        finally:
            self.network.load_state_dict(present)

    def _keep(self) -> None:
        if self.path is not None:
            tensors = {"network": self.network.state_dict(), "average": self.average.values, "best": self.best}
            write_checkpoint(self.path, self.digest, self.progress, tensors, self.optimiser)

    def _go_on(self) -> None:
        """Take up what an earlier run left."""
        kept = read_checkpoint(self.path, self.digest) if self.path is not None else None
        if kept is None:
            return
        self.progress, tensors = kept
        self.network.load_state_dict(tensors["network"])
        self.average.load(tensors["average"])
        self.best = {name: value.to(self.device) for name, value in tensors["best"].items()}
        load_optimiser(self.optimiser, tensors.get("optimiser", {}))


@torch.no_grad()
def predict(
    network: Classifier, pictures: Pictures, rows: np.ndarray, symmetry_count: int, device: str, batch: int
) -> np.ndarray:
    """Probabilities (row, symmetry, class) float64 of a network in evaluation mode: the softmax of its logits."""
    answers = []
    for pixels in plain_batches(pictures, rows, batch):
        looks = [network(turned.to(device)).double().softmax(dim=1) for turned in symmetries(pixels, symmetry_count)]
        answers.append(torch.stack(looks, dim=1).cpu().numpy())
    return np.concatenate(answers)


def class_weights(images: TrainingImages, settings: TrainingSettings) -> Tensor:
    """The weight of each class's loss, (class,) float32.

    balanced: images / (classes * those of the class); largest: those of the largest class / those of the class.
    """
    counts = np.bincount(images.codes[images.train], minlength=images.classes)
    weights = {
        "balanced": counts.sum() / (images.classes * counts),
        "largest": counts.max() / counts,
        "none": np.ones(images.classes),
    }
    return torch.tensor(weights[settings.class_weights], dtype=torch.float32)


def _digest(network: nn.Module) -> str:
    digest = sha256()
    for name, value in network.state_dict().items():
        digest.update(name.encode() + value.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()
