"""The options that several commands take: one name, one help text, whichever command takes it.

Where an option is one of several words, the words are those of the registry that defines them. Commands that share most
of their options have these in dataclasses, whose fields `takes` makes the options of a command.
"""

from collections.abc import Callable
from dataclasses import fields
from functools import wraps
from inspect import Parameter, Signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import typer

from cohort.files.lock import RISK
from cohort.folds import POLICIES
from cohort.layouts.breakhis import ALL, EIGHT, MAGNIFICATIONS, TWO
from report.binary import RULES

Options = TypeVar("Options")
KERAS = "keras"  # whose networks are named after it: keras_vgg16


if TYPE_CHECKING:
    from typing import Annotated as OneOf
else:

    class OneOf:
        """OneOf[str, WORDS, option]: the option takes one of these words; str | None where it may be left out."""

        def __class_getitem__(cls, parts):
            kind, words, option = parts
            choice = Literal[tuple(words)]
            return Annotated[choice if kind is str else choice | None, option]


Cache = Annotated[Path, typer.Option(help="Folder of the descriptor cache.")]
Jobs = Annotated[int, typer.Option(min=0, help="Images or models worked on at once; 0: one per core (GPU).")]
Cluster = Annotated[
    str | None,
    typer.Option(help="Work on a Dask cluster: the address of its scheduler, or local to start one here."),
]
Results = Annotated[Path, typer.Option(help="Folder that gets a folder of results per data set.")]
Models = Annotated[Path, typer.Option(help="Folder of the bundles.")]
Positive = Annotated[
    str | None,
    typer.Option(help="Classes that count as positive in the two-class task, for example insitu,invasive."),
]
TwoClass = OneOf[
    str | None,
    RULES,
    typer.Option(help="Two-class score: the paper's maximum per side, or the sum. Default: max for ICIAR 2018."),
]
Name = Annotated[str | None, typer.Option(help="Data set in the cache, when there are several.")]
Figures = Annotated[
    Literal["png", "svg", "pdf"],
    typer.Option(help="Files of the figures: png, or for journals svg or pdf. The page has its own."),
]
Verbose = Annotated[bool, typer.Option("--verbose", help="Print all tables of the report, not the result alone.")]
ByPatient = Annotated[
    Literal["patient"] | None,
    typer.Option("--by", help="patient: one answer for each patient too, pooled from those for the images."),
]
RawCsv = Annotated[
    bool, typer.Option("--raw-csv", help="Write texts in CSV as they are, such as a spreadsheet would run too.")
]
Weights = Annotated[str, typer.Option(help="auto (download), random (to try things out), or a folder or file.")]
WeightsStyle = OneOf[
    str | None,
    (KERAS,),
    typer.Option(
        help="keras: the networks as Keras builds them, for its published .h5 files (--weights: their folder)."
    ),
]
DemoWeights = Annotated[
    str | None,
    typer.Option(
        "--weights",
        help="Of squeezenet1_1: random or a folder. Default: EfficientNet-Lite0 of the extra `demo` where it is "
        "installed, else random.",
    ),
]
Offline = Annotated[
    bool, typer.Option("--offline", envvar="HF_HUB_OFFLINE", help="Make no network call; weights must be here already.")
]
NoLock = Annotated[
    bool, typer.Option("--no-lock", help=f"Lock no folder, for network disks without file locks; {RISK}.")
]
PatientsAsWritten = Annotated[
    bool,
    typer.Option("--patients-as-written", help="NA, unknown, - and the like are names of patients, not unknown ones."),
]
Device = Annotated[Literal["auto", "cpu", "cuda"], typer.Option(help="Where the networks run.")]


Layout = Annotated[
    str | None,
    typer.Option(
        help="What the folders above an image are, as class/patient, patient/class, split/class or class/...; "
        "default: public sets are recognised, else a folder is a class."
    ),
]
Classes = OneOf[str | None, (TWO, EIGHT), typer.Option(help="Of BreakHis: benign and malignant, or the eight types.")]
Magnification = OneOf[
    str | None, (*MAGNIFICATIONS, ALL), typer.Option(help="Of BreakHis: needed where several are there.")
]
Groups = Annotated[
    str | None,
    typer.Option(
        help="patient: a patient's images share a fold (where patients are known); none: ignore patients; a column "
        "of the manifest, as centre: each of its values is held out in turn."
    ),
]
UnknownPatients = OneOf[
    str,
    POLICIES,
    typer.Option(
        help="Images of unknown patients, where some are known: each alone, only trained on, or held out together."
    ),
]
FoldsFile = Annotated[Path | None, typer.Option(help="CSV image,fold: use these folds.")]


def takes(options: type[Options]) -> Callable[[Callable[[Options], None]], Callable[..., None]]:
    """Make the fields of a dataclass the options of a command, with the defaults that they have there."""

    def decorate(command: Callable[[Options], None]) -> Callable[..., None]:
        @wraps(command)
        def wrapped(**values: Any) -> None:
            command(options(**values))

        parameters = []
        for field in fields(options):  # type: ignore[arg-type]
            parameters.append(
                Parameter(field.name, Parameter.KEYWORD_ONLY, default=field.default, annotation=field.type)
            )
        wrapped.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
        wrapped.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return wrapped

    return decorate


def names(text: str | None) -> list[str] | None:
    """The parts of a list written with commas; None for nothing."""
    return [part.strip() for part in text.split(",") if part.strip()] if text else None
