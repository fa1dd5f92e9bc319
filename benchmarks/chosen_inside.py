"""What choosing a head inside each fold is worth and costs, on the sets of benchmarks/heads.py, all networks together.

python -m benchmarks.heads describe               # first: the descriptors
python -m benchmarks.chosen_inside inside         # default, chosen inside, best with hindsight; CPU time
python -m benchmarks.chosen_inside permuted       # labels permuted between patients: does the interval hold .5?
"""

import argparse
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import numpy as np

from benchmarks.heads import DESCRIBED, FOLD_SEED, FOLDS, KEPT, QUICK, SETTINGS, shuffled
from boost.crossval import collect, cross_validate
from boost.descriptors import Descriptors
from boost.heads.choices import BLEND, HEADS, MEMBERS, find_head
from boost.nested import fold_pairs, inner_table, predict_pairs
from boost.settings import BoostSettings
from boost.training_subsets import ROWS
from cohort.cohort import Cohort
from cohort.predictions import predictions_table
from report.choices.heads_compared import EVERY_VARIANT, HeadsCompared, accuracy_of, log_loss_of, optimism
from report.measures.all_images import auc_of
from report.out_of_fold import out_of_fold_of
from report.statistics.clustered import clustered_interval
from report.statistics.patient_groups import PatientGroups
from workflow.cohort_from_cache import cached_images
from workflow.division import divided
from workflow.training.further_work import chosen_by, inner_answers, inner_pairs_of
from workflow.training.heads_side_by_side import heads_compared, result_of
from workflow.training.training_run import TrainingRun

ALL = tuple(find_head(name) for name in MEMBERS)
RUN = {"heads": list(HEADS[BLEND].members), "recalibrated": True}
DRAWS = 10

Variants = Mapping[str, Descriptors]


def opened(name: str, folder: Path) -> tuple[Cohort, Variants]:
    """A described data set from the cache, as every network describes it, in folds by patient."""
    images = cached_images(folder, name)
    patients = len(set(images.described.patients) - {""})
    cohort, _ = divided(images.described, None, min(FOLDS, patients or FOLDS), None, FOLD_SEED)
    return cohort, images.descriptors


def inside_line(name: str, cohort: Cohort, variants: Variants) -> str:
    """Accuracy and log-loss of default, chosen inside and best with hindsight; and the times, trees' as 1."""
    units, seconds = [], {}
    for head in ALL:
        start = process_time()
        units += cross_validate(cohort, variants, SETTINGS, heads=(head,))
        seconds[head.name] = process_time() - start
    with TemporaryDirectory() as folder:
        run = TrainingRun(cohort, variants, SETTINGS, HEADS[BLEND].heads(), Path(folder))
        pairs, _ = inner_pairs_of(run, ALL)
        start = process_time()
        choices = chosen_by(inner_answers(run, pairs, ALL), list(variants), BLEND)
        inner = process_time() - start
    table = predictions_table(cohort, collect(units, variants, cohort))
    fusion = out_of_fold_of(result_of(table, RUN))
    compared = heads_compared(table, fusion, choices, RUN)
    trees, default = seconds["trees"], seconds["trees"] + seconds["logistic"]
    everything = sum(seconds.values()) + inner
    times = [f"{trees:.0f} s", f"{default / trees:.2f}", f"{everything / trees:.2f}"]
    return "| " + " | ".join([name, *quality_cells(compared), *times]) + " |"


def quality_cells(compared: HeadsCompared) -> list[str]:
    """Accuracy in % and log-loss, the optimism of both, and what was chosen."""
    found = optimism(compared)
    accuracy, log_loss = found["accuracy"], found["log-loss"]
    chosen = []
    for (head, variant), folds in compared.times_chosen().items():
        of_variant = "" if variant == EVERY_VARIANT else f" on {variant.partition('-')[0]}"
        chosen.append(f"{folds} {head}{of_variant}")
    return [
        f"{100 * accuracy_of(compared.result):.1f} {log_loss_of(compared.result):.3f}",
        f"{100 * accuracy.inside:.1f} {log_loss.inside:.3f}",
        f"{100 * accuracy.hindsight:.1f} {log_loss.hindsight:.3f}",
        f"{100 * accuracy.value:+.1f} {log_loss.value:+.3f}",
        ", ".join(chosen),
    ]


def permuted_line(name: str, cohort: Cohort, variants: Variants, settings: BoostSettings = QUICK) -> str:
    """In how many draws of the labels the AUC's interval of what is chosen inside holds .5, and the mean AUC."""
    few = {variant: Descriptors.of(np.stack(found.images())[:, : QUICK.views]) for variant, found in variants.items()}
    held, areas, gains = [], [], []
    for seed in range(DRAWS):
        drawn = shuffled(cohort, seed)
        units = list(cross_validate(drawn, few, settings, heads=ALL))
        inner = inner_table(predict_pairs(fold_pairs(drawn, ROWS), few, settings, heads=ALL), drawn)
        choices = chosen_by(inner, list(few), BLEND)
        table = predictions_table(drawn, collect(units, few, drawn))
        fusion = out_of_fold_of(result_of(table, RUN), cohort.classes[-1:])
        compared = heads_compared(table, fusion, choices, RUN)
        area = auc_of(compared.chosen, compared.chosen.auc)
        interval = clustered_interval(area, PatientGroups.of(fusion).group)
        held.append(interval.low <= 0.5 <= interval.high)
        areas.append(area.value)
        gains.append(optimism(compared)["accuracy"].value)
    return f"| {name} | {sum(held)} of {DRAWS} | {np.mean(areas):.3f} | {100 * np.mean(gains):+.1f} |"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["inside", "permuted"])
    parser.add_argument("--sets", nargs="*", help="names of data sets; default: all")
    parser.add_argument("--cache", type=Path, default=KEPT / "cache")
    asked = parser.parse_args()
    line = {"inside": inside_line, "permuted": permuted_line}[asked.what]
    for name in dict.fromkeys(name for name, _ in DESCRIBED):
        if not asked.sets or name in asked.sets:
            print(line(name, *opened(name, asked.cache)), flush=True)


if __name__ == "__main__":
    main()
