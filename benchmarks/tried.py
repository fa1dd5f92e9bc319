"""What was tried to boost faster, on real tissue: seconds on one core, and log-loss: `python -m benchmarks.tried`.

Each way differs in one thing from 63 bins, all views and all columns, or from what the line says. A quarter of an hour.
"""

from dataclasses import dataclass, replace
from time import thread_time

import lightgbm
import numpy as np
from joblib import Parallel, delayed

from benchmarks.realdata import TISSUES, Tissue, clusters, describe_all, folds, interval, numbers, surprise
from boost.ensemble import mean_over_views, train_models
from boost.heads.head import predict_views
from boost.heads.trees import TreesModel
from boost.settings import PRESETS, BoostSettings

PLAIN = replace(PRESETS["paper"], max_bin=63)


@dataclass(frozen=True)
class Way:
    """One attempt."""

    settings: BoostSettings = PLAIN
    screen: str = ""  # which half of the columns is kept, by the training images without their labels
    patience: int = 0  # rounds without gain on a tenth of the training clusters, before growth stops


WAYS = {
    "255 bins (paper)": Way(PRESETS["paper"]),
    "63 bins": Way(),
    "31 bins": Way(replace(PLAIN, max_bin=31)),
    "15 bins": Way(replace(PLAIN, max_bin=15)),
    "half of the columns, by spread of images over spread of views": Way(screen="ratio"),
    "half of the columns, by spread of images": Way(screen="spread"),
    "half of the columns, at random": Way(screen="random"),
    "early stopping inside the training folds": Way(patience=10),
    "rate 0.2, 35 rounds": Way(replace(PLAIN, learning_rate=0.2, rounds=35)),
    "10 views a seed (fast)": Way(PRESETS["fast"]),
    "5 views a seed": Way(replace(PLAIN, views=5)),
    "2 views a seed": Way(replace(PLAIN, views=2)),
    "5 views, columns 0.23": Way(replace(PLAIN, views=5, feature_fraction=0.23)),
    "5 views, columns 0.1 (draft)": Way(PRESETS["draft"]),
}


def main() -> None:
    """All ways on all data, in Markdown."""
    print("| data | way | core seconds | log-loss | against the paper's (95 %) | accuracy |\n|---|---|---|---|---|---|")
    for tissue in TISSUES:
        exact = describe_all(tissue)["exact"][:, :, :, -1]  # (image, side, view, dim)
        labels, cluster = numbers(tissue.read()), clusters(tissue.read())
        reference = None
        for name, way in WAYS.items():
            probabilities, spent = predicted(way, tissue, exact)
            losses = surprise(probabilities, labels)
            reference = losses if reference is None else reference
            low, high = interval(losses - reference, cluster)
            worse = f"{(losses - reference).mean():+.3f} ({low:+.3f} to {high:+.3f})"
            accuracy = (probabilities.argmax(axis=1) == labels).mean()
            print(
                f"| {tissue.name} | {name} | {spent:.0f} | {losses.mean():.3f} | {worse} | {accuracy:.3f} |", flush=True
            )


def predicted(way: Way, tissue: Tissue, exact: np.ndarray) -> tuple[np.ndarray, float]:
    """Out-of-fold probabilities (image, class), the mean over sides and seeds, and the seconds all models took."""
    dataset = tissue.read()
    labels, fold, cluster = numbers(dataset), folds(dataset), clusters(dataset)
    units = [(side, number) for side in range(exact.shape[1]) for number in np.unique(fold).tolist()]
    work = (delayed(_held_out)(way, exact[:, side], labels, fold, cluster, number) for side, number in units)
    probabilities = np.zeros((len(labels), labels.max() + 1))
    spent = 0.0
    for (_, number), (found, seconds) in zip(units, Parallel(2)(work), strict=True):
        probabilities[fold == number] += found / exact.shape[1]
        spent += seconds
    return probabilities, spent


def _held_out(
    way: Way, descriptors: np.ndarray, labels: np.ndarray, fold: np.ndarray, cluster: np.ndarray, number: int
) -> tuple[np.ndarray, float]:
    started = thread_time()
    train, classes = fold != number, int(labels.max()) + 1
    descriptors = np.ascontiguousarray(descriptors[:, :, _columns(way.screen, descriptors[train])])
    settings = way.settings.for_fold(number)
    if way.patience:
        models = [_stopped(way, descriptors[train], labels[train], cluster[train], seed) for seed in range(5)]
    else:
        models = list(train_models(descriptors[train], labels[train], classes, settings, range(settings.seeds)))
    predicted = [mean_over_views(predict_views(TreesModel(model), descriptors[~train])) for model in models]
    return np.mean(predicted, axis=0), thread_time() - started


def _columns(screen: str, train: np.ndarray) -> np.ndarray:
    """The columns that are kept of descriptors (image, view, dim)."""
    dim = train.shape[2]
    images, views = train.mean(axis=1).var(axis=0), train.var(axis=1).mean(axis=0)
    scores = {"": None, "ratio": images / (views + 1e-12), "spread": images,
              "random": np.random.default_rng(len(train)).random(dim)}[screen]  # fmt: skip
    return np.arange(dim) if scores is None else np.sort(np.argsort(-scores)[: dim // 2])


def _stopped(way: Way, images: np.ndarray, labels: np.ndarray, cluster: np.ndarray, seed: int) -> lightgbm.Booster:
    """A model that stops when a tenth of its training clusters, at least one, gains no more."""
    names = np.random.default_rng(seed).permutation(np.unique(cluster))
    held = np.isin(cluster, names[: max(1, len(names) // 10)])
    parameters = way.settings.parameters(int(labels.max()) + 1, seed)
    binned = lightgbm.Dataset(*_rows(images[~held], labels[~held]), params=parameters)
    watched = lightgbm.Dataset(*_rows(images[held], labels[held]), reference=binned)
    stop = lightgbm.early_stopping(way.patience, verbose=False)
    return lightgbm.train(parameters, binned, way.settings.rounds, valid_sets=[watched], callbacks=[stop])


def _rows(images: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return images.reshape(-1, images.shape[2]), np.repeat(labels, images.shape[1])


if __name__ == "__main__":
    main()
