"""How the networks of a run were trained: epoch by epoch, in each fold."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from cohort.files.offenders import some
from cohort.files.text_columns import require_columns
from cohort.predictions import PredictionsError, read_text_table

COLUMNS = (
    "fold", "epoch", "rate", "training_loss", "training_accuracy", "validation_loss", "validation_accuracy", "seconds",
    "best",
)  # fmt: skip
MOST_ROWS = 1_000_000
TRAINED, FROZEN = "trained", "frozen"  # what is compared
OVERFIT = 5.0  # points of accuracy: the stated rule
OPTIMISTIC = (
    "OPTIMISTIC: the epoch whose weights answer was selected on the test images themselves, so every number here is "
    "too good by an unknown amount."
)


def read_history(path: str | Path) -> pd.DataFrame:
    """Read the table of epochs that finetune left, nan where nothing was measured, its first column the model.

    Raises PredictionsError.
    """
    table = read_text_table(path)
    require_columns(table, COLUMNS, path)
    numbers = table[list(COLUMNS)].apply(pd.to_numeric, errors="coerce")
    is_measured = (table[list(COLUMNS)] != "") & (table[list(COLUMNS)] != "nan")
    broken = is_measured & (numbers.isna() | np.isinf(numbers))
    whole = numbers[["fold", "epoch", "best"]]
    is_wrong = broken.any(axis=1) | whole.isna().any(axis=1) | (whole < 0).any(axis=1) | (whole % 1 != 0).any(axis=1)
    if is_wrong.any() or len(table) > MOST_ROWS:
        rows = some((np.flatnonzero(is_wrong) + 1).tolist(), shown=3)
        raise PredictionsError(f"{path}: rows {rows} are not epochs of a training; run finetune again")
    numbers.insert(0, "model", table["model"] if "model" in table.columns else "")
    marked = numbers.groupby(["model", "fold"])["best"].sum()
    if (marked != 1).any() or numbers.duplicated(["model", "fold", "epoch"]).any():
        raise PredictionsError(f"{path}: each fold has each epoch once, and one that is best; run finetune again")
    return numbers.astype({"fold": int, "epoch": int, "best": int})


@dataclass(frozen=True, eq=False)
class TrainingHistory:
    """The epochs of all networks, as `read_history` gives them: of one model or more, one network a fold."""

    table: pd.DataFrame

    def network_of(self, model: str, fold: int) -> str:
        """What to call the network of one fold: by its number, after its model where there are several."""
        return str(fold) if self.table["model"].nunique() == 1 else f"{model}, {fold}"

    @property
    def networks(self) -> dict[str, pd.DataFrame]:
        """The epochs of each network in their order."""
        networks = {}
        for (model, fold), epochs in self.table.groupby(["model", "fold"], sort=True):
            networks[self.network_of(str(model), int(fold))] = epochs.sort_values("epoch")
        return networks

    @property
    def selected(self) -> pd.DataFrame:
        """The row of each network whose weights answer, in the same order."""
        return self.table[self.table["best"] == 1].sort_values(["model", "fold"])

    @property
    def has_validation(self) -> bool:
        """Whether epochs were judged on images apart."""
        return bool(self.table["validation_loss"].notna().any())

    @property
    def seconds(self) -> float:
        """Of an epoch, the median."""
        return float(self.table["seconds"].median())

    def overfit(self, accuracy: float) -> float:
        """Points by which the accuracy in training, where it was selected, lies above that on held-out images."""
        return 100 * (float(self.selected["training_accuracy"].mean()) - accuracy)
