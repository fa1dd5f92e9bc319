"""The options of the commands: one name, one help text, whichever command takes it.

Where an option is one of several words, the words are those of the registry that defines them. cv and fit share most of
their options, so these stand in dataclasses, whose fields `takes` makes the options of a command.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from functools import wraps
from inspect import Parameter, Signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import typer
from joblib import cpu_count

from boost.heads.choices import BLEND, HEADS, MEMBERS
from boost.heads.head import CLASS_WEIGHTS, NONE, Head
from boost.heads.trees import Trees
from boost.settings import FOLD_SEED, BoostSettings
from boost.settings import PRESETS as BOOST_PRESETS
from boost.uncertainty.conformal import KINDS, MARGINAL
from cohort.files.lock import RISK
from cohort.folds import POLICIES
from cohort.layouts.breakhis import ALL, EIGHT, MAGNIFICATIONS, TWO
from cohort.layouts.found import Choice
from featurize.encoders.known.keras_applications import keras_name
from featurize.protocol import LEAST_MPP, MODES, MOST_MPP, POOLINGS, PRECISIONS, RAKHLIN, STAINS, Protocol, parse_crops
from featurize.protocol import PRESETS as PROTOCOL_PRESETS
from report.binary import POOLED, RULES, WITHIN_FOLDS

Options = TypeVar("Options")
ALL_HEADS = "all"  # for cv: each of HEADS beside the default
KERAS = "keras"  # whose networks are named after it: keras_vgg16
BETWEEN_SPLITS = 1000  # from the seed of one division into folds to the next

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
    crops: Annotated[str, typer.Option(help="Crop sizes in pixels after scaling: 400,650 or 400@0.5,1300@1.")] = (
        "400,650"
    )
    scale: Annotated[float, typer.Option(help="Images are resampled by this first.")] = Protocol.scale
    preset: OneOf[str, PROTOCOL_PRESETS, typer.Option(help="Views and crops per view.")] = "paper"
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
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many images, taken from all classes.")] = None
    on_error: Annotated[
        Literal["stop", "skip"],
        typer.Option(
            help="Images that cannot be used: stop before any work, or skip them and list them in skipped.csv."
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
    def variants(self) -> list[tuple[str, int, float]]:
        """Each network with each size of crops: encoder, crop and scale."""
        sizes = parse_crops(self.crops, self.scale)
        encoders = [styled(encoder.strip(), self.weights_style) for encoder in self.encoders.split(",")]
        if self.faithful:
            encoders = [keras_name(encoder) for encoder in encoders]
        return [(encoder, crop, scale) for encoder in encoders for crop, scale in sizes]

    @property
    def protocol(self) -> dict[str, Any]:
        """The settings that all variants share."""
        views, crops = PROTOCOL_PRESETS[self.preset]
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


@dataclass(frozen=True)
class TrainingOptions:
    """What cv and fit are both asked: the same answers give the same models."""

    folds: Annotated[int, typer.Option(min=2, help="Parts that are held out in turn.")] = 10
    seeds: Annotated[int, typer.Option(min=1, help="Models per fold that differ in their columns, averaged.")] = (
        BoostSettings.seeds
    )
    groups: Groups = None
    unknown_patients: UnknownPatients = POLICIES[0]
    variants: Annotated[str, typer.Option(help="Only these, for example resnet50-400@0.5; default: all.")] = ""
    labels: Annotated[
        Path | None,
        typer.Option(help="CSV image,label[,patient] used instead of the cache's; an empty patient is the cache's."),
    ] = None
    patients_as_written: PatientsAsWritten = False
    folds_file: FoldsFile = None
    seed: Annotated[int, typer.Option(min=0, help="Seed of the division into folds.")] = FOLD_SEED
    preset: OneOf[
        str,
        BOOST_PRESETS,
        typer.Option(help="How the trees are grown: as in the paper, faster at the same log-loss, or in a hurry."),
    ] = "fast"
    heads: OneOf[
        str | None,
        HEADS,
        typer.Option(
            help="What decides: trees and logistic regression averaged (blend, the default), or one alone. "
            "With --preset paper: trees, unless you name another."
        ),
    ] = None
    class_weights: OneOf[
        str,
        CLASS_WEIGHTS,
        typer.Option(help="balanced: every class counts alike in training, however few its images."),
    ] = NONE
    positive: Positive = None
    two_class: TwoClass = None
    sets: OneOf[
        str,
        KINDS,
        typer.Option(
            help="Conformal sets hold the true class at their level for all images together, or in each class."
        ),
    ] = MARGINAL
    cache: Cache = Path("cache")
    jobs: Jobs = 0
    no_lock: NoLock = False

    @property
    def by_column(self) -> bool:
        """Whether the folds are the values of a column."""
        return self.groups not in (None, "patient", "none")

    @property
    def boost(self) -> BoostSettings:
        """How the trees are grown."""
        return replace(BOOST_PRESETS[self.preset], seeds=self.seeds)

    @property
    def head(self) -> str:
        """The name of what decides, one of HEADS."""
        return self.heads or self.default_head

    @property
    def default_head(self) -> str:
        """What decides unless one is named."""
        return Trees.name if self.preset == "paper" else BLEND

    @property
    def members(self) -> tuple[Head, ...]:
        """The heads whose answers are averaged."""
        return HEADS[self.head].heads(self.class_weights)

    @property
    def training(self) -> dict[str, Any]:
        """What decides the models, as it stands in settings.json; not the files that decide too."""
        return {
            "seed": self.seed,
            "patients_as_written": self.patients_as_written,
            "unknown_patients": self.unknown_patients,
            "heads": [head.name for head in self.members],
            "class_weights": self.class_weights,
            "boost": asdict(self.boost),
        }

    @property
    def models_of_fold(self) -> int:
        """How many models of all heads a fold has on one variant."""
        return sum(head.models(self.boost) for head in self.members)

    @property
    def auc(self) -> str:
        """How the AUC is taken: the preset of the paper has the paper's."""
        return POOLED if self.preset == "paper" else WITHIN_FOLDS

    @property
    def recalibrated(self) -> bool:
        """Whether probabilities are recalibrated: all but those of the paper's own trees."""
        return not self.is_papers

    @property
    def is_papers(self) -> bool:
        """Whether the trees are the paper's own, and nothing else decides."""
        return (self.preset, self.head) == ("paper", Trees.name)

    @property
    def workers(self) -> int:
        """How many models are trained at once."""
        return self.jobs or cpu_count()


@dataclass(frozen=True)
class CvOptions(TrainingOptions):
    """What `cv` is asked."""

    heads: OneOf[
        str | None,
        [*HEADS, ALL_HEADS],
        typer.Option(
            help="What decides: trees and logistic regression averaged (blend, the default), or one alone. With "
            "--preset paper: trees, unless you name another. all: the default, and beside it every other and what is "
            "chosen among them inside each fold."
        ),
    ] = None
    name: Name = None
    repeats: Annotated[
        int, typer.Option(min=1, help="Divisions into folds to cross-validate in: how much hangs on the split?")
    ] = 1
    learning_curve: Annotated[
        bool,
        typer.Option(
            "--learning-curve", help="Train on fewer patients too: would more help? Takes five times as long."
        ),
    ] = False
    procedure_interval: Annotated[
        bool,
        typer.Option(
            "--procedure-interval",
            help="An interval of accuracy with training and split in it too: trains without each two folds as well.",
        ),
    ] = False
    by: ByPatient = None
    figures: Figures = "png"
    raw_csv: RawCsv = False
    out: Results = Path("results")
    cluster: Cluster = None

    @property
    def compares_heads(self) -> bool:
        """Whether every head is trained, beside that of the result."""
        return self.heads == ALL_HEADS

    @property
    def head(self) -> str:
        """The name of what decides, one of HEADS."""
        return self.default_head if self.compares_heads else super().head

    @property
    def trained(self) -> tuple[Head, ...]:
        """All heads that are trained."""
        if not self.compares_heads:
            return self.members
        return tuple(head(self.class_weights) for head in MEMBERS.values())

    @property
    def split_seeds(self) -> list[int]:
        """The seeds of the further divisions into folds."""
        return [self.seed + BETWEEN_SPLITS * number for number in range(1, self.repeats)]


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


def styled(encoder: str, style: str | None) -> str:
    """The name of a network in the style of a library.

    >>> styled("vgg16", "keras"), styled("keras_vgg16", "keras"), styled("vgg16", None)
    ('keras_vgg16', 'keras_vgg16', 'vgg16')
    """
    return encoder if style is None or encoder.startswith(f"{style}_") else f"{style}_{encoder}"


def names(text: str | None) -> list[str] | None:
    """The parts of a list written with commas; None for nothing."""
    return [part.strip() for part in text.split(",") if part.strip()] if text else None
