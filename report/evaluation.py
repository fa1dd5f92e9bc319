"""All that a report is made from, and every measure of it: computed when it is first asked for, and only then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from cohort.audit.audited import Audited
from cohort.checks.notices import Notice
from report.audited.audit_images import AuditImages
from report.choices import heads_compared
from report.choices.heads_compared import HeadMeasures, HeadsCompared, Optimism
from report.choices.split_spread import Splits
from report.comparison import Comparison, compare
from report.guess.chance_levels import chance_levels
from report.guess.class_shares import ClassShares, class_shares
from report.guess.plain_way import beside_plain
from report.measures import accuracy, calibration, roc, thresholds
from report.measures.all_images import AT_HALF, intervals_of, is_two_class, overall_measures, point_measures
from report.measures.calibration_error import bins_of
from report.measures.coverage import Coverage, coverage
from report.measures.leakage import Leaks
from report.measures.learning_curve import Curve, LastDoubling, LearningCurvePoint, curve, last_doubling
from report.measures.risk_coverage import RiskCoverage, risk_coverage
from report.out_of_fold import OutOfFold
from report.statistics.bootstrap import resample
from report.statistics.clustered import clustered_interval
from report.statistics.influence import Linearised
from report.statistics.intervals import Interval
from report.statistics.patient_groups import PatientGroups
from report.statistics.procedure import procedure_interval
from report.statistics.unknown_patients import assumed_patients, images_per_known_patient
from report.swapped_columns import swapped_columns
from report.trained.training_history import FROZEN, TRAINED, TrainingHistory

OF_UNKNOWN = ("accuracy", "AUC")  # measures whose interval is shown under an assumption on unknown patients
IN_DIAGRAM = 2  # sets of probabilities in a reliability diagram: those of the report, and the next


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The out-of-fold predictions of a run, and what is known of it beside them. Rows are those of `out_of_fold`."""

    out_of_fold: OutOfFold  # the fusion's
    groups: PatientGroups
    variants: Mapping[str, OutOfFold] = field(default_factory=dict)  # by model
    calibrated: Mapping[str, np.ndarray] = field(default_factory=dict)  # by calibration: (n, classes), out-of-fold
    sets: Mapping[float, np.ndarray] = field(default_factory=dict)  # conformal sets by level: (n, classes) bool
    class_conditional: bool = False  # whether the sets hold their level in each class
    leaks: Leaks | None = None  # None: not looked for
    learning: Sequence[LearningCurvePoint] = ()  # the sizes of a learning curve; none: not asked for
    wrong_without: np.ndarray | None = None  # (n, folds) bool, of nested cross-validation; None: not asked for
    heads: HeadsCompared | None = None  # side by side; None: not asked for
    plain: OutOfFold | None = None  # what the plain way predicts, see report.guess.plain_way; None: not known
    seeds: Mapping[str, Sequence[OutOfFold]] = field(default_factory=dict)  # by model: each seed's predictions
    splits: Splits | None = None  # the run and its repeats in other folds; None: not asked for
    history: TrainingHistory | None = None  # of networks trained end to end; None: there are none
    frozen: OutOfFold | None = None  # what frozen features predict beside those; None: not known
    settings: Mapping[str, Any] | None = None  # the content of settings.json; None where there is none
    audited: Audited | None = None  # whether the classes can be told from how the images were made; None: not asked
    audit_images: AuditImages | None = None  # the images of the audit; None where there was none
    thumbnails: Mapping[str, bytes] = field(default_factory=dict)  # JPEG files by image: mistakes, extremes
    by_patient: bool = False  # whether the report also gives one answer for each patient
    threshold: float = AT_HALF  # from which score on an image is called positive in the measures over all images
    seed: int = 0  # of the resampled cohorts

    @classmethod
    def of(cls, out_of_fold: OutOfFold, **known: Any) -> "Evaluation":
        """The evaluation by the patients of the predictions; `known` are the other fields."""
        return cls(out_of_fold, PatientGroups.of(out_of_fold), **known)

    @property
    def unit(self) -> str:
        """What is counted: patients where any is known."""
        return "patients" if self.groups.by_patient else "images"

    @property
    def is_external(self) -> bool:
        """Whether the predictions are a bundle's for new images, rather than those of a cross-validation."""
        return (self.settings or {}).get("command") == "evaluate"

    @property
    def test(self) -> str:
        """Name of the separate test set that trained networks answered for; "" where folds were held out in turn."""
        return str((self.settings or {}).get("test") or "") if self.history is not None else ""

    @property
    def predicted(self) -> str:
        """The word on predictions in sentences and titles: those for folds held out in turn, or for a separate test."""
        return "test" if self.test else "out-of-fold"

    @property
    def is_optimistic(self) -> bool:
        """Whether a network's weights were selected by the images that they are tested on."""
        training = (self.settings or {}).get("training")
        is_said = isinstance(training, Mapping) and training.get("select_on") == "test"
        models = [self.out_of_fold, *self.variants.values()]
        return is_said or any(model.is_optimistic for model in models)

    @cached_property
    def states(self) -> list[str]:
        """Blank, little tissue or degenerate, of each image of which the settings say so; "" of all others."""
        state_of: dict[str, str] = {}
        for state, images in ((self.settings or {}).get("image_states") or {}).items():
            state_of.update(dict.fromkeys(images, state))
        return [state_of.get(image, "") for image in self.out_of_fold.images.tolist()]

    @property
    def leaked(self) -> int:
        """How many test images are known to form a leaked pair with a training image."""
        return 0 if self.leaks is None else int(self.leaks.summary["leaked"]["any"])

    @cached_property
    def resamples(self) -> np.ndarray:
        """Cohorts of resampled patients, (times, n), for what has no influence function."""
        return resample(self.groups, np.random.default_rng(self.seed))

    @cached_property
    def measures(self) -> dict[str, Linearised]:
        """Each measure over all images together, with what each image does to it."""
        return overall_measures(self.out_of_fold, self.threshold)

    @cached_property
    def overall(self) -> dict[str, Interval]:
        """The interval of each measure over all images together."""
        return intervals_of(self.measures, self.groups.group)

    @cached_property
    def chance(self) -> dict[str, float]:
        """What a guess reaches of each measure over all images."""
        truth = self.out_of_fold.truth if is_two_class(self.out_of_fold) else None
        levels = chance_levels(self.out_of_fold.label, truth)
        return {name: levels[name] for name in self.measures}

    @cached_property
    def swapped_columns(self) -> list[Notice]:
        """A warning where scores rank the wrong way round."""
        return swapped_columns(self.out_of_fold, self.groups)

    @cached_property
    def procedure_accuracy(self) -> Interval | None:
        """The accuracy of the whole procedure, training and split included; None without nested cross-validation."""
        if self.wrong_without is None:
            return None
        return procedure_interval(self.wrong_without, self.out_of_fold.fold, self.groups.group)

    @cached_property
    def images_of_unknown(self) -> int:
        """How many images an unknown patient would have if unknown ones had as many as known ones."""
        if self.groups.known.all():
            return 1
        return images_per_known_patient(self.groups.group, self.groups.known)

    @cached_property
    def under_assumed_patients(self) -> dict[str, Interval]:
        """The intervals of OF_UNKNOWN if images of unknown patients came `images_of_unknown` to a patient.

        None where that is one, and the intervals are those of `overall`.
        """
        if self.images_of_unknown == 1:
            return {}
        fusion, known = self.out_of_fold, self.groups.known
        assumed = assumed_patients(self.groups.group, known, fusion.images, fusion.label, fusion.fold)
        chosen = {name: self.measures[name] for name in OF_UNKNOWN if name in self.measures}
        return {name: clustered_interval(measure, assumed, known) for name, measure in chosen.items()}

    @cached_property
    def totals(self) -> dict[str, float]:
        """Accuracy, balanced accuracy and log-loss over all images, without intervals."""
        return accuracy.overall(self.out_of_fold)

    @cached_property
    def table_1(self) -> pd.DataFrame:
        """Accuracy in per cent by variant and fold."""
        return accuracy.table_1(self.out_of_fold, self.variants, self.seeds)

    @cached_property
    def confusion(self) -> pd.DataFrame:
        """Images by true and predicted class."""
        return accuracy.confusion(self.out_of_fold)

    @cached_property
    def class_intervals(self) -> dict[str, dict[str, Interval]]:
        """Recall and precision of each class."""
        return accuracy.class_intervals(self.out_of_fold, self.groups.group)

    @cached_property
    def patient_table(self) -> pd.DataFrame | None:
        """How each patient fares; None where none is known."""
        return accuracy.patient_table(self.out_of_fold)

    @cached_property
    def two_class(self) -> thresholds.TwoClass | None:
        """The two-class result; None where there is none."""
        return thresholds.two_class(self.out_of_fold)

    @cached_property
    def operating_points(self) -> dict[float, dict[str, Interval]]:
        """The measures at each of the paper's thresholds; only where there is a two-class result."""
        points = {}
        for threshold in thresholds.THRESHOLDS:
            measures = point_measures(self.out_of_fold.truth, self.out_of_fold.called(threshold))
            points[threshold] = intervals_of(measures, self.groups.group)
        return points

    @cached_property
    def roc_band(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """1 - specificity, and the ends of the band of the sensitivity; only where there is a two-class result."""
        return roc.roc_band(self.out_of_fold, self.groups, self.resamples)

    @cached_property
    def threshold_choices(self) -> list[thresholds.ThresholdChoice] | None:
        """What choosing the threshold achieves; None where none can be chosen."""
        return thresholds.threshold_choices(self.out_of_fold, self.groups.group)

    @cached_property
    def probabilities(self) -> dict[str, np.ndarray]:
        """Those that the report is about, then the others, (n, classes) each; only where the models gave any."""
        return calibration.checked_calibrated(self.out_of_fold, self.calibrated)

    @cached_property
    def quality(self) -> dict[str, calibration.Quality]:
        """Losses and calibration error of each set of probabilities."""
        return {
            name: calibration.quality(
                table, self.out_of_fold, self.groups, self.resamples, np.random.default_rng(self.seed)
            )
            for name, table in self.probabilities.items()
        }

    @cached_property
    def log_loss_changes(self) -> dict[str, Interval]:
        """What each calibration changes, against the probabilities that the models voted for."""
        return {
            name: calibration.log_loss_change(table, self.out_of_fold, self.groups.group)
            for name, table in self.probabilities.items()
            if name not in (calibration.AS_THEY_ARE, calibration.AS_VOTED)
        }

    @cached_property
    def class_shares(self) -> ClassShares | None:
        """What the class shares of the training parts would achieve; None without two folds."""
        return class_shares(self.out_of_fold, self.groups.group)

    @cached_property
    def against_plain(self) -> Comparison | None:
        """The result beside the plain way; None where that is not known."""
        return None if self.plain is None else beside_plain(self.plain, self.out_of_fold)

    @cached_property
    def against_frozen(self) -> Comparison | None:
        """Trained networks beside frozen features; None where either is not known."""
        return None if self.frozen is None else compare(self.frozen, self.out_of_fold, (FROZEN, TRAINED))

    @cached_property
    def reliability(self) -> dict[str, list[calibration.BinPoint]]:
        """The reliability diagram of the probabilities that the report is about, and of the next ones."""
        names = list(self.probabilities)[:IN_DIAGRAM]
        diagrams = {}
        for name in names:
            bins = bins_of(self.probabilities[name], self.out_of_fold.codes)
            diagrams[name] = calibration.reliability(bins, self.groups.group)
        return diagrams

    @cached_property
    def coverage(self) -> list[Coverage]:
        """How often the conformal sets of each level hold the true class."""
        return coverage(self.out_of_fold, self.sets, self.groups)

    @cached_property
    def risk_coverage(self) -> RiskCoverage | None:
        """Accuracy by the share of images answered; None where there are no probabilities."""
        return risk_coverage(self.out_of_fold, self.groups, self.resamples)

    @cached_property
    def learning_curve(self) -> Curve:
        """Each measure at each size; only where there are sizes."""
        return curve(self.learning, self.groups.group)

    @cached_property
    def last_doubling(self) -> LastDoubling | None:
        """What all of the patients bring over half of them; None where half was too few."""
        return last_doubling(self.learning, self.groups.group)

    @cached_property
    def head_measures(self) -> dict[str, HeadMeasures]:
        """What each head achieves, and what is chosen inside; nothing where heads were not compared."""
        rows = {} if self.heads is None else self.heads.rows
        measures = {}
        for name, answers in rows.items():
            rng = np.random.default_rng(self.seed)
            measures[name] = heads_compared.measures_of_head(answers, self.groups, self.resamples, rng)
        return measures

    @cached_property
    def heads_beside_default(self) -> dict[str, Comparison]:
        """Each head compared with the default."""
        return {} if self.heads is None else heads_compared.beside_default(self.heads)

    @cached_property
    def optimism(self) -> dict[str, Optimism]:
        """What choosing the best with hindsight looks better by than choosing inside."""
        return {} if self.heads is None else heads_compared.optimism(self.heads)
