"""What the page says of a bundle before anybody asks it: written by the worker, which alone opens bundles."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from shutil import copyfile

import numpy as np
import pandas as pd

from app.work.open_bundles import OpenBundle, Stamp
from cohort.files.atomic import write_whole
from cohort.predictions import PREFIX, read_predictions, write_table
from report.measures.all_images import overall_measures
from report.out_of_fold import OutOfFold, out_of_fold_of
from report.statistics.clustered import clustered_interval
from report.statistics.patient_groups import PatientGroups
from workflow.answering.prediction import LEVEL
from workflow.bundles.trained_card import promise_of
from workflow.external_test import expected_of

Ends = tuple[float, float, float]  # value, low, high


@dataclass(frozen=True)
class BundleFacts:
    """A bundle in words and numbers."""

    name: str
    stamp: Stamp  # of the file that this is said of
    error: str = ""  # why it cannot be used; then nothing else is known
    digest: str = ""
    classes: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)  # training images by class
    patients: int = 0
    data_set: str = ""
    is_patient_level: bool = False  # whether the images of a patient were kept together
    caution: str = ""  # why the numbers are no promise
    accuracy: Ends = (0.0, 0.0, 0.0)  # out-of-fold
    frequent: float = 0.0  # how often naming the most frequent class is right
    card: str = ""  # Markdown
    positive: tuple[str, ...] = ()  # classes; () where there is no two-class task
    rule: str = ""
    threshold: float = 0.5
    aim: str = ""
    always_in_sets: tuple[str, ...] = ()  # classes that every set holds

    def write(self, folder: Path, fused: OutOfFold | None = None) -> None:
        """Into the folder of the facts, with the predictions that they are about."""
        if fused is not None:
            write_table(folder / f"{key_of(self.name)}.csv", as_table(fused))
        write_whole(folder / f"{key_of(self.name)}.json", json.dumps(asdict(self)).encode())

    def read_out_of_fold(self, folder: Path) -> OutOfFold:
        """The fused out-of-fold predictions, with the two-class task of the bundle."""
        table = read_predictions(folder / f"{key_of(self.name)}.csv", patients_as_written=True)
        return out_of_fold_of(table, self.positive or None, self.rule or None)


def facts_of(name: str, opened: OpenBundle) -> tuple[BundleFacts, OutOfFold]:
    """What there is to say of an open bundle, and its fused out-of-fold predictions."""
    bundle = opened.bundle
    point = bundle.decision.operating
    fused = expected_of(bundle, point.positive if point else None, point.rule if point else "sum")
    accuracy = clustered_interval(overall_measures(fused)["accuracy"], PatientGroups.of(fused).group)
    facts = bundle.facts
    said = BundleFacts(
        name=name,
        stamp=opened.stamp,
        digest=opened.digest,
        classes=bundle.classes,
        counts=dict(facts.counts),
        patients=facts.patients,
        data_set=facts.data_set,
        is_patient_level=bool(facts.patients) and facts.groups != "none",
        caution=promise_of(facts.training),
        accuracy=(accuracy.value, accuracy.low, accuracy.high),
        frequent=max(pd.Series(fused.label).value_counts()) / len(fused.label),
        card=bundle.card,
        positive=point.positive if point else (),
        rule=point.rule if point else "",
        threshold=point.threshold if point else 0.5,
        aim=point.aim if point else "",
        always_in_sets=bundle.decision.always_in_sets(LEVEL),
    )
    return said, fused


def as_table(fused: OutOfFold) -> pd.DataFrame:
    """Out-of-fold predictions as the table that they are made of."""
    columns = {"image": fused.images, "label": fused.label, "patient": "", "fold": fused.fold, "model": "fusion"}
    table = pd.DataFrame(columns)
    if fused.patients is not None:
        table["patient"] = fused.patients
    for name, probabilities in zip(fused.classes, np.asarray(fused.probabilities).T, strict=True):
        table[PREFIX + name] = probabilities
    return table


def read_facts(folder: Path, name: str) -> BundleFacts | None:
    """What the worker has said of a bundle; None while it has not."""
    with suppress(FileNotFoundError):
        values = json.loads((folder / f"{key_of(name)}.json").read_bytes())
        for key in ("stamp", "classes", "accuracy", "positive", "always_in_sets"):
            values[key] = tuple(values[key])
        return BundleFacts(**values)
    return None


def copy_facts(folder: Path, to: Path, name: str) -> None:
    """Keep what is said of a bundle now in another folder: the bundle may be replaced."""
    for ending in (".csv", ".json"):
        copyfile(folder / f"{key_of(name)}{ending}", to / f"{key_of(name)}{ending}")


def key_of(name: str) -> str:
    """What the files about a bundle are called, whatever it is called itself."""
    return sha256(name.encode(errors="surrogatepass")).hexdigest()
