"""The options of the commands: one name, one help text, whichever command takes it."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from featurize.encoders.registry import ENCODERS

Cache = Annotated[Path, typer.Option(help="Folder of the descriptor cache.")]
Jobs = Annotated[int, typer.Option(min=0, help="Images or models worked on at once; 0: one per core (GPU).")]
Cluster = Annotated[
    str | None,
    typer.Option(help="Work on a Dask cluster: the address of its scheduler, or local to start one here."),
]
Results = Annotated[Path, typer.Option(help="Folder that gets a folder of results per data set.")]
Positive = Annotated[
    str | None,
    typer.Option(help="Classes that count as positive in the two-class task, for example insitu,invasive."),
]
TwoClass = Annotated[
    Literal["max", "sum"] | None,
    typer.Option(help="Two-class score: the paper's maximum per side, or the sum. Default: max for ICIAR 2018."),
]

Data = Annotated[
    Path,
    typer.Option(
        help="Folder of class folders (and a patients.csv), the ICIAR 2018 layout, or a CSV image,label,patient."
    ),
]
Encoders = Annotated[str, typer.Option(help=f"Networks, of {', '.join(ENCODERS)}.")]
Crops = Annotated[str, typer.Option(help="Crop sizes in pixels after scaling: 400,650 or 400@0.5,1300@1.")]
Scale = Annotated[float, typer.Option(help="Images are resampled by this first.")]
Preset = Annotated[Literal["paper", "fast", "draft"], typer.Option(help="Views and crops per view.")]
Views = Annotated[int | None, typer.Option(min=1, help="Stain jitters per image; default: the preset's.")]
CropsPerView = Annotated[int | None, typer.Option(min=1, help="Random crops per view and size; likewise.")]
Mode = Annotated[
    Literal["exact", "dense"],
    typer.Option(help="Encode each crop, or (ten times faster, other descriptors) each view once."),
]
Precision = Annotated[
    Literal["float32", "bfloat16"] | None, typer.Option(help="Default: float32 on a CPU, bfloat16 on a GPU.")
]
Seed = Annotated[int, typer.Option(min=0, help="Every draw follows from this, the image's name and the view.")]
Weights = Annotated[str, typer.Option(help="auto (download), random (to try things out), or a folder.")]
Offline = Annotated[
    bool, typer.Option("--offline", envvar="HF_HUB_OFFLINE", help="Make no network call; weights must be here already.")
]
Device = Annotated[Literal["auto", "cpu", "cuda"], typer.Option(help="Where the networks run.")]
NewName = Annotated[str | None, typer.Option(help="Name of the data set in the cache; default: the folder's.")]
OnError = Annotated[
    Literal["stop", "skip"],
    typer.Option(help="Images that cannot be used: stop before any work, or skip them and list them in skipped.csv."),
]
Limit = Annotated[int | None, typer.Option(min=1, help="Only so many images, taken from all classes.")]
MaxMemory = Annotated[float | None, typer.Option(min=0, help="GiB for all workers; default: what is free.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only estimate work, disk and time, per preset.")]

Folds = Annotated[int, typer.Option(min=2, help="Parts that are held out in turn.")]
Seeds = Annotated[int, typer.Option(min=1, help="Models per fold that differ in their columns, averaged.")]
Groups = Annotated[
    Literal["patient", "none"] | None,
    typer.Option(help="Keep a patient's images in one fold (where patients are known), or ignore patients."),
]
UnknownPatients = Annotated[
    Literal["own", "train-only", "one-group"],
    typer.Option(
        help="Images of unknown patients, where some are known: each alone, only trained on, or held out together."
    ),
]
LearningCurve = Annotated[
    bool,
    typer.Option("--learning-curve", help="Train on fewer patients too: would more help? Takes five times as long."),
]
Name = Annotated[str | None, typer.Option(help="Data set in the cache, when there are several.")]
Variants = Annotated[str, typer.Option(help="Only these, for example resnet50-400@0.5; default: all.")]
Labels = Annotated[
    Path | None,
    typer.Option(help="CSV image,label[,patient] used instead of the cache's; an empty patient is the cache's."),
]
FoldsFile = Annotated[Path | None, typer.Option(help="CSV image,fold: use these folds.")]
FoldSeed = Annotated[int, typer.Option(min=0, help="Seed of the division into folds.")]
Trees = Annotated[
    Literal["paper", "fast", "draft"],
    typer.Option(
        "--preset", help="How the trees are grown: as in the paper, faster at the same log-loss, or in a hurry."
    ),
]
Figures = Annotated[
    Literal["png", "svg", "pdf"],
    typer.Option(help="Files of the figures: png, or for journals svg or pdf. The page has its own."),
]


def names(text: str | None) -> list[str] | None:
    """The parts of a list written with commas; None for nothing."""
    return [part.strip() for part in text.split(",") if part.strip()] if text else None
