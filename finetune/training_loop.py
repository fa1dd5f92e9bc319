"""The training itself: a plain loop over epochs and batches, which goes on to the same bits wherever it was cut off."""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from time import perf_counter

import numpy as np
import torch
from torch import Tensor, nn

from cohort.checks.notices import Notice
from finetune.checkpoint import Progress, load_optimiser, read_checkpoint, write_checkpoint
from finetune.memory import in_parts, least_part, parts_notice, split_evenly
from finetune.network_answers import predict, with_weights
from finetune.networks.batch_norms import YoungNorms
from finetune.networks.classifier import Classifier
from finetune.networks.dropout import drawing_from
from finetune.optimisation import MovingAverage, make_optimiser, set_rates
from finetune.pictures.batches import parts_of, training_batches
from finetune.training_images import TrainingImages, class_weights
from finetune.training_settings import TrainingError, TrainingSettings

LEAST = 1e-15  # probability whose logarithm is taken


class Training:
    """One network in training; `run` goes on until it ends, and `views` are by its selected weights."""

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
        self.young_norms = YoungNorms(network)
        self.best = {name: value.clone() for name, value in network.state_dict().items()}
        self.progress = Progress()
        self.weights = class_weights(images, settings).to(device)
        self.steps = len(parts_of(images.train, settings))  # of an epoch
        self.notices: list[Notice] = []  # what a person should know of it
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

    def training_accuracies(self) -> dict[str, float]:
        """How much of the training images, as they are, the selected weights answer rightly, and the mean by class."""
        rows = self.images.train
        codes = self.images.codes[rows]
        is_right = self._answers(self.best, rows, 1)[:, 0].argmax(axis=1) == codes
        by_class = [is_right[codes == code].mean() for code in np.unique(codes)]
        return {"accuracy": float(is_right.mean()), "balanced accuracy": float(np.mean(by_class))}

    def _epoch(self, epoch: int) -> dict[str, float]:
        """Train on every image once."""
        self.network.set_trained(self.settings, epoch)
        losses, right, count = 0.0, 0, 0
        pictures, train = self.images.pictures, self.images.train
        for rows, pixels in training_batches(pictures, train, self.settings, epoch, self.workers):
            factor = set_rates(self.optimiser, self.settings, self.progress.steps, self.steps * self.settings.epochs)
            targets = torch.from_numpy(self.images.codes[rows]).to(self.device)
            loss, hits = self._step(pixels.to(self.device), targets, epoch)
            losses += loss * len(rows)
            right += hits
            count += len(rows)
        self.progress.epochs += 1
        self._require_numbers(self.average.values.values(), "the weights are")
        return {"epoch": epoch + 1, "rate": factor, "training loss": losses / count, "training accuracy": right / count}

    def _step(self, pixels: Tensor, targets: Tensor, epoch: int) -> tuple[float, int]:
        """Change the weights once; where memory is short, by the sum of the gradients of parts of the batch."""
        self.young_norms.before(self.progress.steps)
        least = least_part(self.network)
        at_once = self.progress.part or len(pixels)

        def gradients(part: int) -> tuple[float, int]:
            return self._gradients(split_evenly(pixels, part, least), split_evenly(targets, part, least), epoch)

        (loss, hits), part = in_parts(gradients, at_once, least)
        if part < at_once:
            self.progress.part = part
            self.notices.append(parts_notice(part, least))
        self.optimiser.step()
        self.average.update(self.network, self.progress.steps)
        self.progress.steps += 1
        return loss, hits

    def _gradients(self, parts: tuple[Tensor, ...], targets: tuple[Tensor, ...], epoch: int) -> tuple[float, int]:
        """The mean loss of a batch and how many answers are right; its gradients are left in the network."""
        self.optimiser.zero_grad(set_to_none=True)
        total, hits = 0.0, 0
        count = sum(map(len, parts))
        for number, (some_pixels, some_targets) in enumerate(zip(parts, targets, strict=True)):
            draws = self.settings.seed, epoch, self.progress.steps, number
            with drawing_from(self.network, self.device, *draws), self._precision():
                logits = self.network(some_pixels)
                losses = nn.functional.cross_entropy(logits.float(), some_targets, reduction="none")
                loss = (losses * self.weights[some_targets]).sum() / count
            loss.backward()
            total += float(loss.detach())
            hits += int((logits.argmax(dim=1) == some_targets).sum())
        made = [parameter.grad for parameter in self.network.parameters() if parameter.grad is not None]
        self._require_numbers([torch.tensor(total)], "the loss is")
        self._require_numbers([nn.utils.get_total_norm(made)], "the gradients are")
        return total, hits

    def _require_numbers(self, values: Iterable[Tensor], what: str) -> None:
        """Raise TrainingError where anything is infinite or no number: from there, training leads nowhere."""
        if not all(bool(torch.isfinite(value).all()) for value in values):
            place = f"epoch {len(self.progress.history) + 1}, at step {self.progress.steps + 1}"
            raise TrainingError(f"{what} not a number in {place}; use a smaller rate")

    def _precision(self) -> torch.autocast:
        """bfloat16 on a GPU that has it, for what bears it, where the settings say so; float32 on a CPU."""
        is_gpu = self.device != "cpu" and torch.cuda.is_bf16_supported(including_emulation=False)
        is_mixed = self.settings.mixed and is_gpu
        return torch.autocast(self.device.partition(":")[0], torch.bfloat16, enabled=is_mixed)

    def _select(self) -> dict[str, float]:
        """Keep these weights if they are the best so far on the images that are selected by."""
        progress, rows = self.progress, self.images.select
        row = {}
        worth = -float(progress.epochs)  # without such images the last are the best
        if len(rows):
            answers = self._answers(self.average.values, rows, 1)[:, 0]
            self._require_numbers([torch.from_numpy(answers)], "the answers for the selection images are")
            given = answers[np.arange(len(rows)), self.images.codes[rows]]
            log_loss = float(-np.log(np.maximum(given, LEAST)).mean())
            accuracy = float((answers.argmax(axis=1) == self.images.codes[rows]).mean())
            row = {"validation loss": log_loss, "validation accuracy": accuracy}
            worth = -accuracy if self.settings.select_on == "test" else log_loss
        if worth < progress.best:
            progress.best, progress.best_epoch = worth, progress.epochs
            self.best = {name: value.clone() for name, value in self.average.values.items()}
        return row

    def _is_over(self) -> bool:
        """Whether all epochs are done, or the last better one is as long ago as patience lasts."""
        waited = self.progress.epochs - self.progress.best_epoch
        has_waited = bool(self.settings.patience) and waited >= self.settings.patience
        return has_waited or self.progress.epochs >= self.settings.epochs

    def _answers(self, weights: dict[str, Tensor], rows: np.ndarray, symmetry_count: int) -> np.ndarray:
        with with_weights(self.network, weights) as network:
            return predict(network, self.images.pictures, rows, symmetry_count, self.device, self.settings.batch)

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


def _digest(network: nn.Module) -> str:
    digest = sha256()
    for name, value in network.state_dict().items():
        digest.update(name.encode() + value.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()
