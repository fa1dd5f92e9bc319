"""The options of the commands cv and fit, which share most of them."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer
from joblib import cpu_count

from boost.heads.choices import BLEND, HEADS, MEMBERS
from boost.heads.head import CLASS_WEIGHTS, NONE, Head
from boost.heads.trees import Trees
from boost.settings import FOLD_SEED, PRESETS, BoostSettings
from boost.uncertainty.conformal import KINDS, MARGINAL
from cohort.folds import POLICIES
from commands.options import (
    ByPatient,
    Cache,
    Cluster,
    Figures,
    FoldsFile,
    Groups,
    Jobs,
    Name,
    NoLock,
    OneOf,
    PatientsAsWritten,
    Positive,
    RawCsv,
    Results,
    TwoClass,
    UnknownPatients,
    Verbose,
)
from report.binary import POOLED, WITHIN_FOLDS

ALL_HEADS = "all"  # for cv: each of HEADS beside the default
BETWEEN_SPLITS = 1000  # from the seed of one division into folds to the next


@dataclass(frozen=True)
class TrainingOptions:
    """What cv and fit are both asked: the same answers give the same models."""

    folds: Annotated[int, typer.Option(min=2, help="Parts that are held out in turn.")] = 10
    seeds: Annotated[int, typer.Option(min=1, help="Models per fold that differ in their columns, averaged.")] = (
        BoostSettings.seeds
    )
    groups: Groups = None
    unknown_patients: UnknownPatients = POLICIES[0]
    variants: Annotated[
        str, typer.Option(help="Only these, as resnet50-400@0.5; default: those of the latest extract.")
    ] = ""
    labels: Annotated[
        Path | None,
        typer.Option(help="CSV image,label[,patient] used instead of the cache's; an empty patient is the cache's."),
    ] = None
    patients_as_written: PatientsAsWritten = False
    folds_file: FoldsFile = None
    seed: Annotated[int, typer.Option(min=0, help="Seed of the division into folds.")] = FOLD_SEED
    preset: OneOf[
        str,
        PRESETS,
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
        return replace(PRESETS[self.preset], seeds=self.seeds)

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
    verbose: Verbose = False
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
