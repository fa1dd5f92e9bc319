"""How the trees grow; apart from LightGBM, so that help texts can name the defaults without loading it."""

from dataclasses import dataclass, replace

from imaging.errors import HistoboostError

FOLD_SEED = 13  # of a division into folds for which no other is asked
ROWS_IN_LEAF = 20  # LightGBM's default, as in the published program


class BoostError(HistoboostError):
    """Settings or data that no trees can be grown with."""


@dataclass(frozen=True)
class BoostSettings:
    """How the trees grow: the settings of Rakhlin et al. 2018 (arXiv:1802.00752), except that bins are fewer.

    What is not here keeps LightGBM's default, as in the published program: 20 rows in a leaf, no bagging, no weights.
    """

    learning_rate: float = 0.1
    rounds: int = 70  # one tree per class and round
    num_leaves: int = 191
    max_depth: int = 7  # so at most 128 leaves, whatever num_leaves says; -1 sets no limit
    feature_fraction: float = 0.46  # of the descriptor's columns, drawn anew for every tree
    max_bin: int = 63  # 255 is the paper's: twice the time at the same log-loss
    views: int | None = 10  # of an image that a seed trains on, drawn anew for each seed; None: all, as in the paper
    seeds: int = 5  # models that differ in the columns they draw
    first_seed: int = 1  # the seeds are first_seed, first_seed + 10, ...

    def __post_init__(self) -> None:
        for name in ("rounds", "num_leaves", "max_depth", "max_bin", "views", "seeds", "first_seed"):
            value = getattr(self, name)
            all_views = name == "views" and value is None
            if not isinstance(value, int) and not all_views:
                raise BoostError(f"{name} must be a whole number; got {value!r}")
        rules = {
            "learning_rate": ("above 0 and at most 1", 0 < self.learning_rate <= 1),
            "rounds": ("at least 1", self.rounds >= 1),
            "num_leaves": ("in 2..131072", 2 <= self.num_leaves <= 131072),
            "max_depth": ("at least 1, or -1 for no limit", self.max_depth >= 1 or self.max_depth == -1),
            "feature_fraction": ("above 0 and at most 1", 0 < self.feature_fraction <= 1),
            "max_bin": ("in 2..65535", 2 <= self.max_bin <= 65535),
            "views": ("at least 1, or None for all", self.views is None or self.views >= 1),
            "seeds": ("at least 1", self.seeds >= 1),
            "first_seed": ("at least 0", self.first_seed >= 0),
        }
        for name, (rule, holds) in rules.items():
            if not holds:
                raise BoostError(f"{name} must be {rule}; got {getattr(self, name)!r}")

    def for_fold(self, fold: int) -> "BoostSettings":
        """Give a fold seeds of its own, those of the published program: fold + 10 * seed, folds counted from 1."""
        return replace(self, first_seed=self.first_seed + fold - 1)

    def number(self, seed: int) -> int:
        """What the seed-th model draws by."""
        return self.first_seed + 10 * seed

    def parameters(self, classes: int, seed: int = 0) -> dict:
        """Say it in LightGBM's words, for the seed-th model.

        One thread, a fixed histogram layout and `deterministic` make the trees the same to the bit on every run:
        left alone, LightGBM times two layouts and takes the faster.
        """
        return {
            "objective": "multiclass",
            "num_class": classes,
            "learning_rate": self.learning_rate,
            "num_leaves": self.num_leaves,
            "max_depth": self.max_depth,
            "feature_fraction": self.feature_fraction,
            "feature_fraction_seed": self.number(seed),
            "max_bin": self.max_bin,
            "num_threads": 1,
            "deterministic": True,
            "force_col_wise": True,
            "verbosity": -1,
        }


PRESETS = {  # what they cost in log-loss and save in time is in benchmarks/README.md
    "paper": BoostSettings(max_bin=255, views=None),
    "fast": BoostSettings(),
    "draft": BoostSettings(views=5, feature_fraction=0.1),
}
