"""Does the audit name a planted shortcut, and is it silent where there is none? `python -m benchmarks.audit_planted`

Twenty sets of phantoms for each shortcut: 24 patients of one class each, 4 images of 64 pixels. The same tissue in both
classes; what is planted goes with the class, or with the patient whatever the class. Clean sets have nothing planted.
"""

import sys
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from joblib import Parallel, delayed

from benchmarks.biased_phantoms import BIASES, FAMILIES, write_biased
from cohort.audit.manifest_columns import further_columns
from cohort.audit.measured import measured_from
from cohort.audit.measuring import measure_images
from cohort.audit.probe_list import probe_of
from cohort.cohort import Cohort
from cohort.folds import make_folds
from cohort.read_dataset import read_dataset
from workflow.audit.audit_cohort import ranked
from workflow.audit.shortcut_test import LEVEL, against_luck

SEEDS = 20
FOLDS = 5
PERMUTATIONS = 199


def named_families(bias: str, by: str, seed: int) -> list[str]:
    """The families of the probes that tell the classes of a set, in the order in which they are named."""
    with TemporaryDirectory() as folder:
        manifest = write_biased(Path(folder), bias, by, seed=seed)
        dataset = read_dataset(manifest)
        samples = dataset.samples
        measures = dict(measure_images(samples, jobs=1))
        measured = measured_from(samples, measures, further_columns(manifest, samples))
    images = [sample.name for sample in samples]
    labels = [sample.label for sample in samples]
    patients = [sample.patient for sample in samples]
    fold = make_folds(images, labels, patients, FOLDS, seed)
    cohort = Cohort.of(images, labels, dataset.classes, patients, fold)
    of_all = against_luck(cohort, {key: measured.features(key) for key in measured.keys}, seed, PERMUTATIONS)
    told = [key for key in ranked(of_all, cohort) if of_all.adjusted(key) <= LEVEL]
    return list(dict.fromkeys(probe_of(key).family for key in told))


def of_seed(seed: int) -> list[tuple[str, str, list[str]]]:
    """All sets of one seed: what is planted, by what, and the families that are named."""
    found = []
    for bias in BIASES:
        found.append((bias, "class", named_families(bias, "class", seed)))
        if bias:
            found.append((bias, "patient", named_families(bias, "patient", seed)))
    return found


def main(seeds: int = SEEDS) -> None:
    """Print the table."""
    started = perf_counter()
    rows = defaultdict(list)
    work = (delayed(of_seed)(seed) for seed in range(seeds))
    for found in Parallel(2, return_as="generator")(work):
        for bias, by, families in found:
            rows[bias, by].append(families)
            print(bias, by, families, file=sys.stderr, flush=True)
    print("| planted | family | named | named first | also named | silent where it goes with the patient alone |")
    print("|---|---|--:|--:|---|--:|")
    for bias in BIASES:
        by_class = rows[bias, "class"]
        if not bias:
            print(f"| nothing | – | {sum(map(bool, by_class))} of {seeds} | – | – | – |")
            continue
        family = FAMILIES[bias]
        named = sum(family in families for families in by_class)
        first = sum(families[:1] == [family] for families in by_class)
        others = defaultdict(int)
        for families in by_class:
            for other in families:
                others[other] += other != family
        also = ", ".join(f"{other} {count}" for other, count in others.items() if count) or "–"
        silent = sum(not families for families in rows[bias, "patient"])
        print(f"| {bias.replace('_', ' ')} | {family} | {named} of {seeds} | {first} | {also} | {silent} of {seeds} |")
    print(f"\n{perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
