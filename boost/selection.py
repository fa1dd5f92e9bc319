"""Choosing inside: which head, on which variants, for each outer fold anew and by inner folds of its training part.

What looks best in the table of a cross-validation was chosen by the images that it is judged by, and looks better than
it is (Cawley & Talbot 2010, JMLR 11:2079). Here a fold's images have no part in the choice: it is made by the answers
that models trained without the fold, and without one more, give to the images of that one (boost/nested.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from boost.heads.choices import HEADS, model_name
from boost.heads.fitting.inner_folds import mean_by_group
from boost.heads.shares import Shares
from boost.uncertainty.calibrate import log_probabilities
from cohort.folds import groups_of
from cohort.predictions import PREFIX, classes_of

ALL = "all"  # variants together


@dataclass(frozen=True)
class Candidate:
    """A head on one variant, or on all of them together."""

    head: str  # one of HEADS
    variant: str  # or ALL

    def models(self, variants: Sequence[str], trained: Sequence[str]) -> list[str]:
        """The models of a predictions table whose mean it is, where heads of these names were trained."""
        chosen = variants if self.variant == ALL else [self.variant]
        members = HEADS[self.head].members
        return [model_name(variant, member, trained) for variant in chosen for member in members]


def candidates_of(variants: Sequence[str], default: str) -> list[Candidate]:
    """Every head on all variants together and, where there are several, on each alone; the default head on all first.

    Class shares do not depend on the variant, and stand once.
    """
    heads = [default, *(name for name in HEADS if name != default)]
    candidates = [Candidate(head, ALL) for head in heads]
    if len(variants) > 1:
        for head in heads:
            if head != Shares.name:
                candidates += [Candidate(head, variant) for variant in variants]
    return candidates


def choose_inside(
    inner: pd.DataFrame, candidates: Sequence[Candidate], variants: Sequence[str], trained: Sequence[str]
) -> pd.DataFrame:
    """A row per outer fold and candidate: `fold,head,variant,log_loss,chosen`, the last 1 for one candidate of a fold.

    `inner` is the table of `boost.nested.inner_table`; `trained` are the heads in it. The log-loss is the mean over
    patients of the inner answers as they were voted: recalibrated ones chose no better (benchmarks/README.md).
    """
    rows = []
    for fold, table in inner.groupby("without"):
        losses = _inner_losses(table, candidates, variants, trained)  # (candidate, patient)
        chosen = default_unless_beaten(losses)
        for number, candidate in enumerate(candidates):
            facts = {"fold": int(str(fold)), "head": candidate.head, "variant": candidate.variant}
            rows.append(facts | {"log_loss": losses[number].mean(), "chosen": int(number == chosen)})
    return pd.DataFrame(rows)


def _inner_losses(
    table: pd.DataFrame, candidates: Sequence[Candidate], variants: Sequence[str], trained: Sequence[str]
) -> np.ndarray:
    """The log-loss of each candidate for each patient of one fold's training part, (candidate, patient)."""
    classes = classes_of(table)
    by_model = {model: rows.sort_values("image") for model, rows in table.groupby("model")}
    facts = next(iter(by_model.values()))
    labels = np.array([classes.index(label) for label in facts["label"]])  # (image,)
    groups = groups_of(facts["image"].to_numpy(), facts["patient"].to_numpy())  # (image,)
    columns = [PREFIX + name for name in classes]
    image = np.arange(len(facts))
    losses = np.empty((len(candidates), len(facts)))
    for number, candidate in enumerate(candidates):
        models = candidate.models(variants, trained)
        probabilities = np.mean([by_model[model][columns].to_numpy(float) for model in models], axis=0)
        losses[number] = -log_probabilities(probabilities)[image, labels]
    return mean_by_group(losses, groups)


def default_unless_beaten(losses: np.ndarray) -> int:
    """The candidate of least mean loss, (candidate, patient), or the first where that is within one standard error.

    Among many candidates the best is often best by luck: the rule of one standard error (Breiman et al. 1984,
    Classification and Regression Trees, 3.4.3), of the paired difference over patients, stays with the default then.
    """
    best = int(losses.mean(axis=1).argmin())
    excess = losses[0] - losses[best]  # (patient,)
    patients = len(excess)
    if patients < 2:
        return 0
    error = excess.std(ddof=1) / np.sqrt(patients)
    return 0 if excess.mean() <= error else best


def chosen_answers(tables: Mapping[Candidate, pd.DataFrame], choices: pd.DataFrame) -> pd.DataFrame:
    """The table of what is chosen inside: each fold's rows are those of its candidate, in the order of the tables."""
    (first, *_) = tables.values()
    answers = first.copy()
    for choice in choices[choices["chosen"] == 1].itertuples():
        here = (first["fold"] == choice.fold).to_numpy()
        answers[here] = tables[Candidate(choice.head, choice.variant)][here]
    return answers
