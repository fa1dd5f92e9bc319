"""The command finetune: networks trained end to end, on the frame that cv has."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from joblib import cpu_count

from boost.settings import FOLD_SEED
from cohort.files.lock import writing
from cohort.read_dataset import read_dataset
from commands import options
from commands.options import names, takes
from commands.terminal import console, duration, plainly, show_report, tell_skipped, track, warn

if TYPE_CHECKING:
    from finetune.fold_training import FoldTraining
    from finetune.recipes.recipe import Recipe
    from finetune.training_settings import TrainingSettings
    from workflow.trained.labelled_images import LabelledImages
    from workflow.trained.network_run import NetworkRun


@dataclass(frozen=True)
class FinetuneOptions:
    """What `finetune` is asked; what is left open is the recipe's."""

    data: Annotated[
        Path | None, typer.Option(help="Labelled images, as for extract: a folder of class folders, or a CSV table.")
    ] = None
    test: Annotated[
        Path | None, typer.Option(help="Labelled images that are looked at once, at the end; without: folds of --data.")
    ] = None
    recipe: Annotated[str, typer.Option(help="small, idc-initial, idc-cnn, idc-cnn-weighted or idc-xception.")] = (
        "small"
    )
    describe: Annotated[
        bool, typer.Option("--describe", help="Print layers, parameters, settings and sources of the recipe, and end.")
    ] = False
    network: Annotated[str | None, typer.Option(help="Another network than the recipe's, see `encoders`.")] = None
    weights: Annotated[
        str | None,
        typer.Option(
            help="Of a pretrained network: a folder or file, auto (download) or random. Default: the recipe's."
        ),
    ] = None
    folds: Annotated[int, typer.Option(min=2, help="Parts that are held out in turn, where there is no --test.")] = 5
    groups: Annotated[
        Literal["patient", "none"], typer.Option(help="Keep a patient's images in one fold, or ignore patients.")
    ] = "patient"
    validation: Annotated[
        float | None,
        typer.Option(help="Share of the training images by which an epoch is selected; 0: the last epoch."),
    ] = None
    select_on: Annotated[
        Literal["inner", "test"],
        typer.Option(help="test: select epochs by the test images, as documents did; every number is then optimistic."),
    ] = "inner"
    epochs: Annotated[int | None, typer.Option(min=1, help="At most so many; default: the recipe's.")] = None
    batch: Annotated[int | None, typer.Option(min=1, help="Images of a step; default: the recipe's.")] = None
    input: Annotated[int | None, typer.Option(min=16, help="Side of what the network sees, in pixels.")] = None
    seed: Annotated[int, typer.Option(min=0, help="Of first weights, order, alterations, dropout and folds.")] = (
        FOLD_SEED
    )
    positive: options.Positive = None
    two_class: options.TwoClass = None
    device: options.Device = "auto"
    offline: options.Offline = False
    name: Annotated[str | None, typer.Option(help="Of the results; default: DATA-RECIPE.")] = None
    on_error: Annotated[
        Literal["stop", "skip"], typer.Option(help="Images that cannot be used: stop before any work, or skip them.")
    ] = "stop"
    patients_as_written: options.PatientsAsWritten = False
    figures: options.Figures = "png"
    raw_csv: options.RawCsv = False
    cache: options.Cache = Path("cache")
    out: options.Results = Path("results")
    jobs: options.Jobs = 0
    no_lock: options.NoLock = False

    @property
    def changes(self) -> dict[str, Any]:
        """The settings that were asked for otherwise than the recipe has them."""
        asked = {
            "network": self.network,
            "validation": self.validation,
            "epochs": self.epochs,
            "batch": self.batch,
            "input": self.input,
        }
        given = {name: value for name, value in asked.items() if value is not None}
        if self.validation == 0:
            given["patience"] = 0
        return given | {"seed": self.seed, "select_on": self.select_on}


@plainly
@takes(FinetuneOptions)
def finetune(asked: FinetuneOptions) -> None:
    """Train networks end to end, tested as cv tests: by patient, once, with intervals. Interrupt at any time."""
    from finetune.recipes.find import find_recipe
    from workflow.trained.describe_recipe import recipe_lines
    from workflow.trained.labelled_images import against_test, in_folds
    from workflow.trained.start_weights import start_weights

    recipe = find_recipe(asked.recipe)
    settings = replace(recipe.settings, **asked.changes)
    if asked.describe:
        for line in recipe_lines(recipe, asked.changes):
            console.print(line, soft_wrap=True)
        return
    if asked.data is None:
        raise typer.BadParameter("--data is needed: a folder of class folders, or a CSV table")
    dataset = read_dataset(asked.data, asked.patients_as_written)
    skip = asked.on_error == "skip"
    with console.status(f"checking {len(dataset.samples)} images"):
        if asked.test is None:
            images = in_folds(dataset, asked.folds, asked.groups == "patient", asked.seed, skip)
        else:
            images = against_test(dataset, read_dataset(asked.test, asked.patients_as_written), skip)
    console.print(dataset.summary())
    warn(images.notices)
    weights, words = start_weights(settings, asked.weights, asked.offline)
    console.print(words)
    name = asked.name or f"{images.name}-{recipe.name}"
    folder = asked.out / name
    with writing(folder, lock=not asked.no_lock), writing(asked.cache / name, lock=not asked.no_lock):
        run = _prepared(asked, images, settings, weights, asked.cache / name)
        _report(asked, recipe, run, list(_trained(run)), folder)
    tell_skipped(folder / "skipped.csv", images.refused, dataset.not_taken, asked.raw_csv)


def _prepared(
    asked: FinetuneOptions,
    images: "LabelledImages",
    settings: "TrainingSettings",
    weights: tuple[Path, ...],
    folder: Path,
) -> "NetworkRun":
    """The images decoded, and all that their training needs."""
    from featurize.plan import choose_device
    from finetune.pictures.decoded import decode, open_pictures
    from workflow.trained.network_run import NetworkRun

    jobs = asked.jobs or cpu_count()
    count = len(images.samples)
    decoded = decode(images.samples, settings, folder / "pictures", jobs)
    for _ in track("decoding", decoded, count):
        pass
    pictures = open_pictures(images.samples, settings, folder / "pictures")
    checkpoints = folder / f"training-{settings.key}"
    return NetworkRun(images, pictures, settings, weights, checkpoints, choose_device(asked.device), jobs)


def _trained(run: "NetworkRun") -> Iterator["FoldTraining"]:
    """Train, saying how it goes: a line an epoch; gives each fold that is done."""
    folds = len(run.images.cohort.held_out_folds)
    epochs_left = folds * run.settings.epochs
    for state in run.train():
        if state.is_done:
            done = run.images.cohort.held_out_folds.index(state.fold) + 1
            epochs_left = (folds - done) * run.settings.epochs
            console.print(f"fold {state.fold} of {folds}: done, with the weights of epoch {state.best_epoch}")
            yield state
            continue
        epochs_left -= 1
        console.print(_epoch_line(state, folds, epochs_left), soft_wrap=True)


def _epoch_line(state: "FoldTraining", folds: int, epochs_left: int) -> str:
    row = state.row
    words = f"fold {state.fold} of {folds}, epoch {row['epoch']}: loss {row['training loss']:.3f}"
    if "validation loss" in row:
        words += f", selection log-loss {row['validation loss']:.3f}, accuracy {100 * row['validation accuracy']:.1f} %"
    seconds = [past["seconds"] for past in state.history]
    left = duration(sum(seconds) / len(seconds) * epochs_left)
    return f"{words}; {row['seconds']:.1f} s; at most {left} left"


def _report(
    asked: FinetuneOptions, recipe: "Recipe", run: "NetworkRun", done: Sequence["FoldTraining"], folder: Path
) -> None:
    """Write the results as those of cv, and print them."""
    from report.out_of_fold import out_of_fold_of
    from workflow.run_folder import report_on, save
    from workflow.trained.frozen_beside import frozen_beside
    from workflow.trained.network_run import as_result, history_table
    from workflow.trained.results import beside_files, settings_of_training
    from workflow.training.tables_beside import EPOCHS, FROZEN

    images = run.images
    table = run.predictions(done)
    fused = as_result(table)
    positive = names(asked.positive)
    fusion = out_of_fold_of(fused, positive, asked.two_class)
    with console.status("describing the images with frozen layers, for comparison"):
        frozen, frozen_words = frozen_beside(run, asked.offline, asked.jobs or cpu_count())
    console.print(frozen_words)
    beside = {EPOCHS: history_table(done)} | ({} if frozen is None else {FROZEN: frozen})
    settings = settings_of_training(recipe, run, frozen_words, fusion.positive, fusion.rule)
    files = beside_files(images)
    save(folder, images.cohort.images, images.cohort.fold, table, fused, files, settings, beside)
    groups = report_on(folder, fusion, table, files, beside, settings, images.dataset, asked.figures, raw=asked.raw_csv)
    show_report(groups, folder)
