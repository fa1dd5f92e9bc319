"""The options of the command extract."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cohort.layouts.found import Choice
from commands.options import (
    Cache,
    Classes,
    Cluster,
    Device,
    Jobs,
    Layout,
    Magnification,
    NoLock,
    Offline,
    OneOf,
    PatientsAsWritten,
    RawCsv,
    Results,
    Weights,
    WeightsStyle,
)
from featurize.encoders.known.keras_applications import keras_name
from featurize.protocol import (
    LEAST_MPP,
    MODES,
    MOST_MPP,
    POOLINGS,
    PRECISIONS,
    PRESETS,
    RAKHLIN,
    STAINS,
    Protocol,
    parse_crops,
)

if TYPE_CHECKING:
    from featurize.crops_that_fit import AutoCrops, Variant

AUTO = "auto"  # in place of crops


@dataclass(frozen=True)
class ExtractOptions:
    """What `extract` is asked; the defaults are the protocol of Rakhlin et al. 2018."""

    data: Annotated[
        Path,
        typer.Option(
            help="Folder of class folders (and a patients.csv), a public set as it is, or a CSV image,label,patient."
        ),
    ] = Path("data")
    layout: Layout = None
    classes: Classes = None
    magnification: Magnification = None
    encoders: Annotated[str, typer.Option(help="Networks: `encoders` lists them; timm:NAME for any of timm.")] = (
        "resnet50,inception_v3,vgg16"
    )
    crops: Annotated[
        str,
        typer.Option(
            help="Sizes of square crops in pixels after scaling: 400,650 or 400@0.5,1300@1; or auto: 400,650, or "
            "smaller ones, at a scale at which they fit into all images."
        ),
    ] = "400,650"
    scale: Annotated[
        float | None,
        typer.Option(
            help="Height and width of an image are multiplied by this first: 0.5 halves them, 1 leaves them. "
            f"Default: {Protocol.scale:g}; with --crops auto as the images need."
        ),
    ] = None
    preset: OneOf[str, PRESETS, typer.Option(help="Views and crops per view.")] = "paper"
    views: Annotated[int | None, typer.Option(min=1, help="Stain jitters per image; default: the preset's.")] = None
    crops_per_view: Annotated[int | None, typer.Option(min=1, help="Random crops per view and size; likewise.")] = None
    mode: OneOf[
        str,
        MODES,
        typer.Option(help="Encode each crop, or (ten times faster, other descriptors) each view once."),
    ] = Protocol.mode
    stain: OneOf[
        str, STAINS, typer.Option(help="Normalise stains by Macenko's method, or leave images as they are.")
    ] = Protocol.stain
    pooling: OneOf[
        str | None, POOLINGS, typer.Option(help="Of a view's crops; default: as suits the network's kind of feature.")
    ] = None
    mpp: Annotated[
        float | None,
        typer.Option(
            min=LEAST_MPP,
            max=MOST_MPP,
            help="Microns per pixel of the images, where the files do not say it: held against the networks' training.",
        ),
    ] = None
    faithful: Annotated[
        bool,
        typer.Option(
            "--faithful",
            help="Do as the program published with the paper: Keras' networks, no antialiasing, grey levels cut off, "
            "draws anew for each variant. docs/REPRODUCE.md says what differs.",
        ),
    ] = False
    precision: OneOf[
        str | None, PRECISIONS, typer.Option(help="Default: float32 on a CPU or if faithful, bfloat16 on a GPU.")
    ] = None
    seed: Annotated[int, typer.Option(min=0, help="Every draw follows from this, the image's name and the view.")] = (
        Protocol.seed
    )
    weights: Weights = "auto"
    weights_style: WeightsStyle = None
    offline: Offline = False
    device: Device = "auto"
    patients_as_written: PatientsAsWritten = False
    name: Annotated[str | None, typer.Option(help="Name of the data set in the cache; default: the folder's.")] = None
    limit: Annotated[
        int | None, typer.Option(min=1, help="At most so many images: whole patients, of all classes in turn.")
    ] = None
    on_error: Annotated[
        Literal["stop", "skip"],
        typer.Option(
            help="Images that cannot be used or that crops do not fit: stop before any work, or skip and list them."
        ),
    ] = "stop"
    max_memory: Annotated[float | None, typer.Option(min=0, help="GiB for all workers; default: what is free.")] = None
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only estimate work, disk and time, per preset.")] = False
    cache: Cache = Path("cache")
    out: Results = Path("results")
    raw_csv: RawCsv = False
    jobs: Jobs = 0
    cluster: Cluster = None
    no_lock: NoLock = False

    @property
    def choice(self) -> Choice:
        """How the folder of the data is laid out."""
        return Choice(self.layout, self.classes, self.magnification)

    @property
    def variants(self) -> "list[Variant] | AutoCrops":
        """Each network with each size of crops: encoder, crop and scale; or that crops are to be chosen."""
        if self.is_auto:
            return self.auto
        return self.auto.variants(parse_crops(self.crops, Protocol.scale if self.scale is None else self.scale))

    @property
    def auto(self) -> "AutoCrops":
        """The networks, whose crops are to be chosen."""
        from featurize.crops_that_fit import AutoCrops

        encoders = [styled(encoder.strip(), self.weights_style) for encoder in self.encoders.split(",")]
        if self.faithful:
            encoders = [keras_name(encoder) for encoder in encoders]
        return AutoCrops(tuple(encoders), self.scale)

    @property
    def is_auto(self) -> bool:
        """Whether crops are to be chosen that fit the images."""
        return self.crops.strip().lower() == AUTO

    @property
    def protocol(self) -> dict[str, Any]:
        """The settings that all variants share."""
        views, crops = PRESETS[self.preset]
        return {
            "views": self.views or views,
            "crops": self.crops_per_view or crops,
            "mode": self.mode,
            "precision": self.precision or ("float32" if self.faithful else None),  # Keras knew no other
            "stain": self.stain,
            "pooling": self.pooling,
            "style": RAKHLIN if self.faithful else Protocol.style,
            "seed": self.seed,
        }

    @property
    def away(self) -> bool:
        """Whether the work is done on other machines than this one."""
        return self.cluster not in (None, "local")


def styled(encoder: str, style: str | None) -> str:
    """The name of a network in the style of a library.

    >>> styled("vgg16", "keras"), styled("keras_vgg16", "keras"), styled("vgg16", None)
    ('keras_vgg16', 'keras_vgg16', 'vgg16')
    """
    return encoder if style is None or encoder.startswith(f"{style}_") else f"{style}_{encoder}"
