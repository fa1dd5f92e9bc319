"""Made-up cohorts for the tests of statistics."""

import numpy as np
import pandas as pd
import pytest

from report.out_of_fold import OutOfFold

CLASSES = ("benign", "malignant")


def make_cohort(
    patients: int = 20, each: int = 5, seed: int = 0, separation: float = 1.5, shared: float = 1.0, folds: int = 5
) -> OutOfFold:
    """Two-class answers to images of patients who hold both classes and err together by `shared`."""
    rng = np.random.default_rng([patients, each, seed])
    group = np.repeat(np.arange(patients), each)  # (n,)
    truth = rng.random(len(group)) < 0.5  # (n,)
    truth[:2] = False, True
    noise = rng.normal(size=len(group)) + shared * rng.normal(size=patients)[group]  # (n,)
    return make_answers(truth, 1 / (1 + np.exp(-separation * np.where(truth, 1, -1) - noise)), group, folds)


def make_answers(truth: np.ndarray, score: np.ndarray, group: np.ndarray | None = None, folds: int = 5) -> OutOfFold:
    """Answers of two classes from whether each image is malignant and the probability that it is; (n,) each."""
    images = np.array([f"i{k:04d}" for k in range(len(truth))])
    names = np.array(CLASSES)
    patients = None if group is None else np.array([f"p{k}" for k in group])
    return OutOfFold(
        images=images,
        label=names[truth.astype(int)],
        fold=(np.arange(len(truth)) if group is None else np.asarray(group)) % folds + 1,
        predicted=names[(score > 0.5).astype(int)],
        classes=CLASSES,
        probabilities=np.column_stack([1 - score, score]),
        positive=("malignant",),
        rule="sum",
        score=score,
        patients=patients,
    )


@pytest.fixture(scope="session")
def cohort():
    """A function that makes a cohort."""
    return make_cohort


@pytest.fixture(scope="session")
def answered():
    """A function that makes answers from truth and score."""
    return make_answers


def make_learned(fusion: OutOfFold, more: float = 1.0, shares: tuple[float, ...] = (0.25, 0.5, 1.0)) -> pd.DataFrame:
    """The table of a learning curve whose whole is `fusion`: smaller shares have noise added, `more` of it or less."""
    table, patients, probabilities = [], fusion.patients, fusion.probabilities
    assert probabilities is not None
    for share in shares:
        for draw in range(3 if share < 1 else 1):
            noise = np.random.default_rng([int(100 * share), draw]).normal(size=len(fusion.images))
            odds = np.log(probabilities[:, 1] / probabilities[:, 0]) + more * (1 / share - 1) * noise  # (n,)
            score = probabilities[:, 1] if share == 1 else 1 / (1 + np.exp(-odds))
            rows = {"share": share, "draw": draw, "trained_groups": int(16 * share), "trained_images": int(80 * share)}
            rows |= {"image": fusion.images, "label": fusion.label, "patient": "" if patients is None else patients}
            rows |= {"fold": fusion.fold, "model": "fusion", "p_benign": 1 - score, "p_malignant": score}
            table.append(pd.DataFrame(rows))
    return pd.concat(table, ignore_index=True)


@pytest.fixture(scope="session")
def learned():
    """A function that makes the table of a learning curve."""
    return make_learned
