"""Does fusing networks help, and does normalising stains? Networks trained on photographs, on real tissue.

    python -m benchmarks.encoders_fused         # an hour on two cores; --sets names some of the sets
    python -m benchmarks.encoders_fused stain

Features are those of `benchmarks.pooling_kinds`, kept in one place. Each network alone, then several fused, with the
default head on the same folds by patient (ucsb: by sheet; crc5 has none). Differences are paired by image; those of
fusions are to the network that is best alone on the same images, which flatters it.
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from benchmarks.heads import SETTINGS, answers
from benchmarks.pooling_kinds import CROPS, cohort_of, features, pooled
from boost.descriptors import Descriptors
from featurize.crop_sizes import pooling_of
from featurize.encoders.registry import find_encoder
from report.comparison import compare
from report.evaluation import Evaluation
from report.out_of_fold import out_of_fold_of
from report.section import Estimate

NETWORKS = ("squeezenet1_1", "tf_efficientnet_lite0", "vgg16", "legacy_xception")
NORMALISED = ("squeezenet1_1", "tf_efficientnet_lite0", "vgg16")  # with which stains are compared
HEADS = ("trees", "logistic")  # of the default
SEEDS = 2  # of the trees


def descriptors(name: str, network: str, stain: str = "macenko") -> Descriptors:
    """Of a set by a network, pooled as it is by default."""
    of_crops, protocol = features(name, network, stain)
    pooling = pooling_of(find_encoder(network))
    return Descriptors.of(pooled(of_crops, replace(protocol, pooling=pooling)))


def result(name: str, variants: dict[str, Descriptors]) -> pd.DataFrame:
    """What the default head predicts from these, fused and recalibrated."""
    return answers(cohort_of(name), variants, HEADS, replace(SETTINGS, seeds=SEEDS))["blend, recalibrated"]


def line(name: str, what: str, table: pd.DataFrame, first: pd.DataFrame | None) -> str:
    """Accuracy and log-loss with intervals, and what they are more than those of another table, paired by image."""
    evaluation = Evaluation.of(out_of_fold_of(table))
    log_loss = next(iter(evaluation.quality.values())).log_loss
    cells = [name, what, evaluation.overall["accuracy"].text(), str(Estimate(log_loss, 3, 1))]
    if first is None:
        return "| " + " | ".join([*cells, "–", "–"]) + " |"
    compared = compare(out_of_fold_of(first), out_of_fold_of(table))
    changes = {row.measure: row.change for row in compared.differences}
    cells += [
        str(Estimate(changes["accuracy"], 1, signed=True)),
        str(Estimate(changes["log-loss"], 3, 1, signed=True)),
    ]
    return "| " + " | ".join(cells) + " |"


def fusing(name: str) -> Iterator[str]:
    """Each network alone, then the fusion of all and of the lighter ones beside the best network alone."""
    described = {network: descriptors(name, network) for network in NETWORKS}
    alone = {network: result(name, {network: of_network}) for network, of_network in described.items()}
    losses = {}
    for network, table in alone.items():
        losses[network] = next(iter(Evaluation.of(out_of_fold_of(table)).quality.values())).log_loss.value
        yield line(name, network, table, None)
    best = min(losses, key=lambda network: losses[network])
    for part in (
        NETWORKS,
        [network for network in NETWORKS if network != "squeezenet1_1"],
        ("vgg16", "legacy_xception"),
    ):
        fused = result(name, {network: described[network] for network in part})
        yield line(name, f"{' + '.join(part)}, beside {best} alone", fused, alone[best])


def stains(name: str) -> Iterator[str]:
    """Each network on images as they are, and what normalising them changes."""
    for network in NORMALISED:
        none = result(name, {network: descriptors(name, network, "none")})
        macenko = result(name, {network: descriptors(name, network)})
        yield line(name, f"{network}, stains as they are", none, None)
        yield line(name, f"{network}, Macenko", macenko, none)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="?", choices=("fusing", "stain"), default="fusing")
    parser.add_argument("--sets", nargs="*", default=list(CROPS))
    asked = parser.parse_args()
    print("| set | what | accuracy % | log-loss | more accuracy, points | more log-loss |\n|---|---|---|---|---|---|")
    for name in asked.sets:
        for text in {"fusing": fusing, "stain": stains}[asked.what](name):
            print(text, flush=True)


if __name__ == "__main__":
    main()
