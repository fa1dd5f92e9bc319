"""A data set of nine classes whose images are not there: for what looks at labels and patients alone."""

from pathlib import Path

from cohort.samples import Dataset, Sample

NINE = tuple("abcdefghi")


def dataset(classes=NINE, per_class=6, patients=3):
    samples = []
    for label in classes:
        for number in range(per_class):
            name = f"{label}/{number}.png"
            samples.append(Sample(name, Path(name), label, f"p{number % patients}" if patients else ""))
    return Dataset("tiles", classes, tuple(samples))
