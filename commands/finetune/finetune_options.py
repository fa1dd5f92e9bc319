"""The options of the command finetune."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from boost.settings import FOLD_SEED
from cohort.folds import POLICIES
from cohort.layouts.found import Choice
from commands import options

FOLDS = 5


@dataclass(frozen=True)
class FinetuneOptions:
    """What `finetune` is asked; what is left open is the recipe's."""

    data: Annotated[
        Path | None, typer.Option(help="Labelled images, as for extract: a folder of class folders, or a CSV table.")
    ] = None
    test: Annotated[
        Path | None, typer.Option(help="Labelled images that are looked at once, at the end; without: folds of --data.")
    ] = None
    limit: Annotated[
        int | None, typer.Option(min=1, help="Only so many images, taken from all classes and patients: to try it out.")
    ] = None
    balanced: Annotated[
        int | None, typer.Option(min=1, help="So many images of each class, drawn from --data by seed and name.")
    ] = None
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only measure a few steps, and tell memory and time of the whole.")
    ] = False
    layout: options.Layout = None
    classes: options.Classes = None
    magnification: options.Magnification = None
    recipe: Annotated[
        str, typer.Option(help="How to train: small for few images, or as a document did; a wrong name lists them all.")
    ] = "small"
    describe: Annotated[
        bool, typer.Option("--describe", help="Print layers, parameters, settings and sources of the recipe, and end.")
    ] = False
    network: Annotated[str | None, typer.Option(help="Another network than the recipe's, see `encoders`.")] = None
    weights: Annotated[
        str | None,
        typer.Option(help="To begin with: a folder or file, auto (download) or random. Default: the recipe's."),
    ] = None
    folds: Annotated[
        int | None, typer.Option(min=2, help=f"Parts that are held out in turn, where there is no --test: {FOLDS}.")
    ] = None
    groups: options.Groups = None
    unknown_patients: options.UnknownPatients = POLICIES[0]
    folds_file: options.FoldsFile = None
    trained: Annotated[
        Literal["all", "head"] | None,
        typer.Option(help="Train all layers of a pretrained network, or its head alone; default: as the recipe says."),
    ] = None
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
    rate: Annotated[float | None, typer.Option(help="Learning rate of the head; those of other layers follow.")] = None
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
    by: options.ByPatient = None
    figures: options.Figures = "png"
    raw_csv: options.RawCsv = False
    verbose: Annotated[
        bool, typer.Option("--verbose", help="A line for each epoch beside the bar, and all tables of the report.")
    ] = False
    cache: options.Cache = Path("cache")
    out: options.Results = Path("results")
    jobs: options.Jobs = 0
    no_lock: options.NoLock = False

    @property
    def choice(self) -> Choice:
        """How the folder of the data is laid out."""
        return Choice(self.layout, self.classes, self.magnification)

    @property
    def changes(self) -> dict[str, Any]:
        """The settings that were asked for otherwise than the recipe has them; not the rate, which scales others."""
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

    def name_for(self, data_set: str) -> str:
        """Of the folders of results and cache."""
        selected = "-selected-on-test" if self.select_on == "test" else ""
        return self.name or f"{data_set}-{self.recipe}{selected}"
