"""What `cv --learning-curve` adds: the same folds, answered by models trained on fewer patients."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from boost.descriptors import Descriptors
from boost.folds import groups_of
from boost.learning import Part, learn, learned_table, parts_of
from boost.settings import BoostSettings
from featurize.cache import Gathered
from report.terminal import track


def learning_parts(
    gathered: Gathered, fold: np.ndarray, groups: str | None, unknown: str, seed: int, settings: BoostSettings
) -> list[Part]:
    """Whom to train on, decided before any work; images count where patients are unknown or ignored."""
    patients = None if groups == "none" else gathered.patients
    views = min(array.shape[1] for array in gathered.descriptors.values())
    trained = min(views, settings.views or views)
    named = groups_of(gathered.images, patients, unknown)
    return parts_of(gathered.images, np.array(gathered.labels), named, fold, seed, trained)


def learned(
    gathered: Gathered,
    described: Mapping[str, Descriptors],
    numbers: np.ndarray,
    fold: np.ndarray,
    parts: list[Part],
    settings: BoostSettings,
    jobs: int,
    kept: Path,
) -> pd.DataFrame:
    """Train on every part with the variants and seeds of cv, and fuse: the table of `boost.learning`."""
    work = learn(described, numbers, len(gathered.classes), fold, parts, settings, jobs, kept)
    units = list(track("learning curve", work, len(parts) * len(described)))
    facts = gathered.images, numbers, gathered.patients, fold, gathered.classes
    return learned_table(units, list(described), *facts)
