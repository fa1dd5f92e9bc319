"""What a training will take, from a few steps of the real network on synthetic pixels."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter

import numpy as np
import torch
from torch import Tensor, nn

from finetune.networks.classifier import Classifier
from finetune.networks.dropout import drawing_from
from finetune.optimisation import make_optimiser
from finetune.pictures.augmentation import AUGMENTATIONS
from finetune.training_settings import TrainingSettings

MOST_AT_ONCE = 8 * 224**2  # pixels of a step that is measured on a CPU
KEPT = 3  # copies of all weights beside the network: the moving average, the best, and one on its way to the disk
BASE_BYTES = 800 * 2**20  # of the process, PyTorch in it
PIXEL_BYTES = 3  # of a decoded pixel


@dataclass(frozen=True)
class StepCost:
    """Of one image: seconds of training, answering and altering, and bytes; and the bytes that all images share."""

    training: float
    answering: float
    altering: float  # of one worker
    bytes_shared: int
    bytes_each: int  # of an image in a batch


@dataclass(frozen=True)
class TrainingCost:
    """Of training one network on all folds."""

    epoch_seconds: float
    seconds: float
    memory: int  # bytes
    disk: int  # bytes of the decoded images


def measure_step(network: Classifier, settings: TrainingSettings, device: str, seconds: float = 4.0) -> StepCost:
    """Measure for about so long how a network trains and answers at its real input; its weights change."""
    network = network.to(device)
    few = max(2, MOST_AT_ONCE // settings.input**2)
    count = settings.batch if device != "cpu" else min(settings.batch, few)
    rng = np.random.default_rng(0)
    pixels = torch.from_numpy(rng.integers(0, 256, (count, settings.input, settings.input, 3), np.uint8))
    targets = torch.arange(count, device=device) % 2
    optimiser = make_optimiser(network, settings)
    on_device = pixels.to(device)
    network.set_trained(settings, settings.head_epochs)

    def train() -> None:
        optimiser.zero_grad(set_to_none=True)
        with drawing_from(network, device, settings.seed):
            nn.functional.cross_entropy(network(on_device), targets).backward()
        optimiser.step()

    saved = saved_bytes(network, on_device, settings, device)
    training = timed(train, seconds / 2) / count
    network.eval()
    with torch.no_grad():
        answering = timed(lambda: network(on_device), seconds / 4) / count
    alter = AUGMENTATIONS[settings.augmentation]
    altering = timed(lambda: alter(pixels[0].numpy(), np.random.default_rng(0)), seconds / 4)
    return StepCost(training, answering, altering, shared_bytes(network, optimiser), saved // count)


def saved_bytes(network: Classifier, pixels: Tensor, settings: TrainingSettings, device: str) -> int:
    """What a step keeps of a batch until its gradients are there, without the weights."""
    weights = {parameter.untyped_storage().data_ptr() for parameter in network.parameters()}
    kept: dict[int, int] = {}
    alive = []  # so that no storage is given to another tensor

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage.nbytes()
            alive.append(tensor)
        return tensor

    with (
        torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor),
        drawing_from(network, device, settings.seed),
    ):
        network(pixels).sum()
    return sum(kept.values()) + pixels.numel() * pixels.element_size()


def shared_bytes(network: Classifier, optimiser: torch.optim.Optimizer) -> int:
    """The process, the weights and their copies, gradients and the optimiser's state after a step."""
    weights = sum(value.numel() * value.element_size() for value in network.state_dict().values())
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    gradients = sum(parameter.numel() * parameter.element_size() for parameter in trained)
    state = 0
    for of_parameter in optimiser.state_dict()["state"].values():
        for value in of_parameter.values():
            state += value.numel() * value.element_size()
    return BASE_BYTES + weights * (1 + KEPT) + gradients + state


def timed(work: Callable[[], object], seconds: float) -> float:
    """Median seconds of a call, after one that is not counted, for about so long and twice at least."""
    times: list[float] = []
    work()
    while sum(times) < seconds or len(times) < 2:
        started = perf_counter()
        work()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        times.append(perf_counter() - started)
    return median(times)


def cost_of_training(
    step: StepCost, settings: TrainingSettings, training: int, test: int, folds: int, workers: int
) -> TrainingCost:
    """Of so many images; folds: 0 where `test` images are a set of their own, else all are trained on and held out."""
    rounds = folds or 1
    learned = training * (folds - 1) // folds if folds else training
    held_out = training if folds else test
    selecting = held_out // rounds if settings.select_on == "test" else round(settings.validation * learned)
    is_inner = settings.select_on == "inner"
    trained_on = learned - selecting if is_inner else learned
    each = max(step.training, step.altering / workers)
    epoch = trained_on * each + selecting * step.answering
    answering = held_out * settings.symmetries * step.answering
    seconds = rounds * settings.epochs * epoch + answering
    memory = step.bytes_shared + settings.batch * step.bytes_each
    return TrainingCost(epoch, seconds, memory, (training + test) * PIXEL_BYTES * settings.input**2)
