"""Answers that outlive a run: one small file for each model, written whole and believed only when undamaged."""

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from zlib import crc32

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from boost.descriptors import Descriptors
from boost.settings import BoostError, BoostSettings
from cohort.files.atomic import write_whole

METHOD = 1  # counts up when the same settings would give other answers


@dataclass(frozen=True)
class PredictionCache:
    """The answers of one variant's models under one key, a file for each fold and seed."""

    folder: Path  # of all keys
    variant: str
    key: str  # SHA-256 of all that decides an answer, see `key_of`

    def path(self, fold: int, seed: int) -> Path:
        """The file of one model; a variant's name is made safe for a folder, and the key tells two apart."""
        name = re.sub(r"[^A-Za-z0-9.@-]+", "_", self.variant)[:80]
        return self.folder / f"{name}-{self.key[:16]}" / f"{fold}-{seed}.safetensors"

    def read(self, fold: int, seed: int, shape: tuple[int, int]) -> np.ndarray | None:
        """The answers (image, class) as they were written; None where they are missing, damaged or others'."""
        try:
            with safe_open(self.path(fold, seed), framework="np") as file:
                facts, answers = file.metadata(), file.get_tensor("probabilities")
        except (OSError, SafetensorError):
            return None
        whole = answers.shape == shape and answers.dtype == np.float64
        return answers if whole and facts == self._facts(fold, seed, answers) else None

    def read_all(self, fold: int, seeds: Iterable[int], shape: tuple[int, int]) -> dict[int, np.ndarray]:
        """The answers of those seeds that have any."""
        found = {seed: self.read(fold, seed, shape) for seed in seeds}
        return {seed: answers for seed, answers in found.items() if answers is not None}

    def write(self, fold: int, seed: int, answers: np.ndarray) -> None:
        """Keep the answers (image, class), whole or not at all; raises BoostError where that fails."""
        path = self.path(fold, seed)
        answers = np.ascontiguousarray(answers, dtype=np.float64)  # safetensors writes memory as it lies
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, save({"probabilities": answers}, self._facts(fold, seed, answers)))
        except OSError as error:
            raise BoostError(f"answers cannot be kept in {path.parent} ({error}); make room there") from error

    def _facts(self, fold: int, seed: int, answers: np.ndarray) -> dict[str, str]:
        facts = {"key": self.key, "variant": self.variant, "fold": fold, "seed": seed, "crc32": crc32(answers.data)}
        return {"facts": json.dumps(facts)}  # one entry: safetensors writes several in any order


def key_of(
    descriptors: Descriptors, labels: np.ndarray, classes: int, fold: np.ndarray, settings: BoostSettings
) -> str:
    """SHA-256 of all that decides a variant's answers: descriptors, labels, folds, settings, LightGBM and METHOD.

    The number of seeds is not part of it, so that more seeds find the answers of the earlier ones.
    """
    facts = {
        "method": METHOD,
        "lightgbm": version("lightgbm"),
        "settings": {name: value for name, value in asdict(settings).items() if name != "seeds"},
        "source": descriptors.source,
        "descriptors": descriptors.fingerprint(),
        "labels": np.asarray(labels).tolist(),
        "classes": classes,
        "fold": np.asarray(fold).tolist(),
    }
    return sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
