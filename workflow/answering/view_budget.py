"""How many views of an image are looked at before it is answered."""

from dataclasses import dataclass
from math import inf

import numpy as np

from boost.settings import BoostError
from featurize.protocol import MOST


@dataclass(frozen=True)
class ViewBudget:
    """How many views of an image are looked at."""

    views: int  # at most
    until_sure: bool = False  # fewer, once the rest would hardly change the class, see boost.uncertainty.adaptive_views
    budget: float | None = None  # seconds, after which no further views are begun

    def __post_init__(self) -> None:
        if self.views < 1 or not 0 <= (self.budget or 0) < inf:
            raise BoostError(f"one view or more, in 0 seconds or more; got {self.views} and {self.budget}")
        if self.views > MOST["views"]:
            raise BoostError(f"{MOST['views']} views of an image at most are looked at; got {self.views}")

    def next(self, done: int, seconds: float, describing: float) -> int:
        """After how many views to look again, when so many are done, after so many seconds; as many as now: stop."""
        if not self.until_sure and self.budget is None:
            return self.views
        from boost.uncertainty.adaptive_views import checkpoints

        wanted = next(count for count in checkpoints(self.views) if count > done)
        if self.budget is None or not done:
            return wanted
        time_for = int((self.budget - seconds) * done / describing)  # more views
        return min(wanted, done + max(0, time_for))

    def is_settled(self, probabilities: np.ndarray, spread: float) -> bool:
        """Whether the views not looked at yet would hardly change the class of those that were, (view, class)."""
        if not self.until_sure:
            return False
        from boost.uncertainty.adaptive_views import settled  # with it comes much of SciPy

        return settled(probabilities, self.views, spread)
