"""What is known of a run: the answers, their resamples, the leaks, the settings and the learning curve."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from report.measures.leakage import Leaks
from report.measures.learning_curve import LearningCurvePoint
from report.out_of_fold import OutOfFold
from report.statistics.bootstrap import Resamples


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What the page is made from beside its tables."""

    fusion: OutOfFold
    resamples: Resamples
    leaks: Leaks | None = None  # None: not looked for
    settings: Mapping[str, Any] | None = None  # the content of settings.json; None where there is none
    learning: Sequence[LearningCurvePoint] | None = None  # None: not asked for

    @property
    def leaked(self) -> int:
        """How many test images are known to have a relative in training."""
        return 0 if self.leaks is None else int(self.leaks.summary["leaked"]["any"])
