"""The options of the command audit."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from boost.settings import FOLD_SEED
from cohort.folds import POLICIES
from cohort.layouts.found import Choice
from commands import options
from commands.options import OneOf

RECIPES = ("nct-crc",)


@dataclass(frozen=True)
class AuditOptions:
    """What `audit` is asked."""

    run: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="A run of cv in results/: its images, labels, patients and folds."),
    ] = None
    data: Annotated[
        Path | None, typer.Option(help="Labelled images, as for extract; of a run: where they are now.")
    ] = None
    layout: options.Layout = None
    classes: options.Classes = None
    magnification: options.Magnification = None
    name: Annotated[str | None, typer.Option(help="Folder of results; default: the name of the data set.")] = None
    labels: Annotated[
        Path | None, typer.Option(help="CSV image,label[,patient] used instead of those beside the images.")
    ] = None
    groups: Annotated[
        str | None,
        typer.Option(
            help="What shares a fold: patient (where known), none, or a column of the table of images, such as centre."
        ),
    ] = None
    unknown_patients: OneOf[
        str, POLICIES, typer.Option(help="Images of unknown patients, where some are known: as in cv.")
    ] = POLICIES[0]
    patients_as_written: options.PatientsAsWritten = False
    folds: Annotated[
        int | None,
        typer.Option(min=2, help="Parts that are held out in turn; default: 10, or as many as there can be."),
    ] = None
    folds_file: Annotated[Path | None, typer.Option(help="CSV image,fold: use these folds.")] = None
    seed: Annotated[int, typer.Option(min=0, help="Seed of folds and permutations.")] = FOLD_SEED
    recipe: OneOf[
        str | None,
        RECIPES,
        typer.Option(help="nct-crc: random forests on colour alone, trained on --data and tested on --test."),
    ] = None
    test: Annotated[Path | None, typer.Option(help="Of a recipe: the images that it is tested on.")] = None
    cache: options.Cache = Path("cache")
    out: options.Results = Path("results")
    raw_csv: options.RawCsv = False
    jobs: options.Jobs = 0

    @property
    def choice(self) -> Choice:
        """How the folder of the data is laid out."""
        return Choice(self.layout, self.classes, self.magnification)
