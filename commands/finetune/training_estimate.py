"""What `finetune --dry-run` tells: parameters, memory, disk and time of a recipe's networks."""

from collections.abc import Sequence
from typing import NamedTuple

from rich.table import Table

from commands.terminal import console, duration
from finetune.networks.build import build_classifier
from finetune.networks.counting import keras_count
from finetune.recipes.training_recipe import Recipe
from finetune.training_cost import StepCost, cost_of_training, measure_step
from finetune.training_settings import TrainingSettings

COLUMNS = ("images", "memory", "decoded", "an epoch", "in all")
GIBI = 2**30


class Amount(NamedTuple):
    """Images that a training would take."""

    whose: str
    training: int
    test: int = 0
    folds: int = 0  # 0: the test is a set of its own

    def __str__(self) -> str:
        division = f"in {self.folds} folds" if self.folds else f"+ {self.test:,} to test"
        return f"{self.whose}: {self.training:,} {division}"


def show_training_estimate(
    members: Sequence[TrainingSettings],
    amounts: Sequence[Amount],
    classes: int,
    pretrained: bool,
    device: str,
    workers: int,
) -> None:
    """Print what each network takes on so many images; pretrained: whether it would begin with weights of a file."""
    for settings in members:
        with console.status(f"measuring {settings.network} on this machine for a few seconds"):
            network = build_classifier(settings, classes)
            network.pretrained = pretrained and bool(network.layers())
            parameters = keras_count(network)
            step = measure_step(network, settings, device)
        console.print(_table(settings, amounts, parameters, step, workers))
    console.print(
        f"estimates from a few steps on synthetic pixels ({workers} workers on {device}), without early stopping; "
        "nothing was written"
    )


def document_amount(recipe: Recipe) -> list[Amount]:
    """The document's own images, where the recipe knows them."""
    training, test = recipe.images
    return [Amount("document", training, test)] if training else []


def _table(
    settings: TrainingSettings, amounts: Sequence[Amount], parameters: int, step: StepCost, workers: int
) -> Table:
    pooled = "" if settings.pooling == "own" else f", {settings.pooling}"
    title = (
        f"{settings.network}{pooled}: {parameters:,} parameters, batches of {settings.batch}, {settings.epochs} epochs"
    )
    table = Table(*COLUMNS, box=None, title=title, title_justify="left")
    for amount in amounts:
        cost = cost_of_training(step, settings, amount.training, amount.test, amount.folds, workers)
        table.add_row(
            str(amount),
            f"{cost.memory / GIBI:.1f} GiB",
            f"{cost.disk / GIBI:.1f} GiB",
            duration(cost.epoch_seconds),
            duration(cost.seconds),
        )
    return table
