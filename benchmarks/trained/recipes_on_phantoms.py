"""Every NCT recipe on the nine-class phantoms, every PCam recipe on those of tumour in the centre.

`python -m benchmarks.trained.recipes_on_phantoms [--input 64] [--epochs 2] [--only nct-resnet50]` trains each from
random weights on a training set and answers for a test set, both of a few patients each, and prints accuracy, AUC,
parameters and seconds an epoch; and from a few steps at the recipe's own input, the hours and memory that the
document's data would take on this machine. Random weights and two epochs learn next to nothing: it shows that all of
it runs. Reports lie in --keep. Half an hour on two cores.
"""

import argparse
import json
import tempfile
from dataclasses import replace
from pathlib import Path

import pandas as pd
import torch
from joblib import cpu_count
from typer.testing import CliRunner

from cohort.phantom_cohort import write_phantoms
from finetune.networks.build import build_classifier
from finetune.recipes.find import RECIPES
from finetune.recipes.training_recipe import Recipe
from finetune.training_cost import TrainingCost, cost_of_training, measure_step
from imaging.phantoms.centre import TUMOUR, centre_phantoms
from imaging.phantoms.colon import colon_phantoms
from pipeline import app

COLUMNS = ("recipe", "accuracy %", "AUC", "parameters", "s/epoch here", "hours of the document", "GiB")
PER_CLASS = {"nct": (4, 3), "pcam": (12, 6)}  # images of each class to train on, and to test
GIBI = 2**30


def write_sets(folder: Path) -> None:
    """Training and test sets, of other patients."""
    for kind, (training, test) in PER_CLASS.items():
        draw = colon_phantoms if kind == "nct" else centre_phantoms
        write_phantoms(folder / kind / "training", draw(training, 3, seed=0))
        fields = [replace(field, patient=f"test-{field.patient}") for field in draw(test, 3, seed=1)]
        write_phantoms(folder / kind / "test", fields)


def trained(recipe: Recipe, sets: Path, keep: Path, side: int, epochs: int) -> dict:
    """The numbers of a run's report."""
    kind = recipe.name.partition("-")[0]
    asked = ["finetune", "--recipe", recipe.name, "--data", sets / kind / "training", "--test", sets / kind / "test",
             "--weights", "random", "--input", side, "--epochs", epochs, "--validation", 0, "--name", recipe.name,
             "--out", keep / "results", "--cache", keep / "cache"]  # fmt: skip
    if kind == "pcam":
        asked += ["--positive", TUMOUR]
    result = CliRunner().invoke(app, [str(word) for word in asked], catch_exceptions=False)
    if result.exit_code:
        raise RuntimeError(result.output)
    return json.loads((keep / "results" / recipe.name / "numbers.json").read_text())


def full_scale(recipe: Recipe, device: str) -> TrainingCost:
    """What all networks of a recipe take together on the document's images: seconds, and the most memory."""
    seconds, epoch, memory, disk = 0.0, 0.0, 0, 0
    for settings in recipe.trained({}):
        network = build_classifier(settings, recipe.classes)
        network.pretrained = True
        step = measure_step(network, settings, device)
        cost = cost_of_training(step, settings, *recipe.images, folds=0, workers=cpu_count())
        seconds, epoch = seconds + cost.seconds, epoch + cost.epoch_seconds
        memory, disk = max(memory, cost.memory), cost.disk
    return TrainingCost(epoch, seconds, memory, disk)


def main() -> None:
    """Print the table, a row as soon as it is there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--input", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--only", nargs="*", default=[name for name in RECIPES if name.startswith(("nct", "pcam"))])
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    with tempfile.TemporaryDirectory() as temporary:
        keep = asked.keep or Path(temporary)
        write_sets(keep / "sets")
        print(*COLUMNS, sep=" | ", flush=True)
        for name in asked.only:
            recipe = RECIPES[name]
            numbers = trained(recipe, keep / "sets", keep, asked.input, asked.epochs)
            settings = json.loads((keep / "results" / name / "settings.json").read_text())
            cost = full_scale(recipe, device)
            area = (numbers.get("auc") or {}).get("value")
            epochs = pd.read_csv(keep / "results" / name / "training.csv")
            row = (
                name,
                f"{100 * numbers['accuracy']['value']:.1f}",
                "–" if area is None else f"{area:.3f}",
                f"{settings['parameters']['keras']:,}",
                f"{epochs['seconds'].median():.1f}",
                f"{cost.seconds / 3600:,.0f}",
                f"{cost.memory / GIBI:.1f}",
            )
            print(*row, sep=" | ", flush=True)


if __name__ == "__main__":
    main()
