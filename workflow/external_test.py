"""The external test of a bundle: its answers for new labelled images become a table, and the table a report."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from rich.console import Group
from threadpoolctl import threadpool_limits

from boost.fusion import FUSION, fuse
from boost.recalibrated_table import recalibrated
from boost.uncertainty.conformal import CLASS
from cohort.checks.image_state_notices import by_state
from cohort.files.atomic import write_whole
from cohort.files.offenders import some
from cohort.folds import TRAIN_ONLY
from cohort.manifest import manifest_in, read_column
from cohort.predictions import PREFIX, RAW_PREFIX, write_table
from cohort.samples import Dataset, DatasetError, Sample
from featurize.store.store import versions
from report.chapters.contents import made
from report.chapters.patient_answers import patient_answers
from report.chapters.tissue_and_stain import tissue_and_stain
from report.evaluation import Evaluation
from report.external.external_numbers import external_numbers
from report.external.external_result import ExternalResult
from report.external.operating import operating
from report.external.performance import performance
from report.external.short_test import short_test
from report.external.trust import leaks_and_patients, trust
from report.measures.all_images import AT_HALF
from report.measures.leakage import Leaks, find_leaks
from report.out_of_fold import OutOfFold, out_of_fold_of
from report.page.figures import Format
from report.write import write_report
from workflow.answers_csv import Answer, write_answers
from workflow.bundles.seen_in_training import calibrated_on
from workflow.bundles.trained_card import learned_on, promise_of
from workflow.run_folder import LIBRARIES, file_facts
from workflow.thumbnails import thumbnails

if TYPE_CHECKING:
    from boost.bundle.bundle import Bundle

FOLD = 1  # of every new image: no model was trained on any of them
FACTS = "evaluate.json"  # which bundle, which data, which software, and the numbers that only such a test has


@dataclass(frozen=True)
class Asked:
    """How the answers are to be judged."""

    positive: Sequence[str] | None = None  # classes; None: those of the bundle's operating point
    two_class: str | None = None  # rule of the score; None: that of the operating point
    by: Sequence[str] = ()  # further columns of the table of images
    prevalence: float | None = None  # of positives where the bundle is to be used
    by_patient: bool = False  # one answer for each patient too


def require_labels_of(bundle: "Bundle", dataset: Dataset) -> None:
    """Raise DatasetError for labels that are no class of the bundle."""
    strangers = [label for label in dataset.classes if label not in bundle.classes]
    if strangers:
        raise DatasetError(
            f"{dataset.name} has labels that {bundle.path} cannot answer: {some(strangers)}; its classes are "
            f"{some(bundle.classes, shown=20)}; give the images labels of these in a CSV table, or leave them out"
        )


def columns_of(source: Path, dataset: Dataset, names: Sequence[str]) -> dict[str, dict[str, str]]:
    """What further columns of the data set's table say of each image; raises DatasetError where there are none."""
    table = manifest_in(source) or source
    if names and not table.is_file():
        raise DatasetError(f"{source} has no column {names[0]}: it is no table; write a CSV image,label,{names[0]}")
    return {name: read_column(table, name) for name in names}


@dataclass(frozen=True, eq=False)
class ExternalTest:
    """New labelled images with a bundle's answers, one for each."""

    bundle: "Bundle"
    dataset: Dataset
    answers: Sequence[Answer]  # in the order of the samples

    @property
    def refused(self) -> dict[str, str]:
        """Why there is no answer, by image."""
        return {sample.name: answer.error for sample, answer in self._pairs() if answer.error}

    def answered(self) -> list[tuple[Sample, Answer]]:
        """The images that have an answer; raises DatasetError where none has."""
        pairs = [(sample, answer) for sample, answer in self._pairs() if not answer.error]
        if not pairs:
            first = self.answers[0].error
            raise DatasetError(f"none of the {len(self.answers)} images could be answered, the first because: {first}")
        return pairs

    def _pairs(self) -> list[tuple[Sample, Answer]]:
        return list(zip(self.dataset.samples, self.answers, strict=True))

    def predictions(self) -> pd.DataFrame:
        """The vote of all models, recalibrated where the bundle does that, as a table (cohort.predictions)."""
        rows = []
        for sample, answer in self.answered():
            facts = {"image": sample.name, "label": sample.label, "patient": sample.patient}
            votes = answer.raw
            beside = {}
            if self.bundle.decision.is_recalibrated:
                votes = answer.calibrated
                beside = {RAW_PREFIX + name: answer.raw[name] for name in self.bundle.classes}
            probabilities = {PREFIX + name: votes[name] for name in self.bundle.classes}
            rows.append({**facts, "fold": FOLD, "model": FUSION, **probabilities, **beside})
        return pd.DataFrame(rows)

    @cached_property
    def leaks(self) -> Leaks:
        """Which of the images are files that the models were trained on."""
        answered = self.answered()
        tested = [sample for sample, _ in answered]
        trained = {sha256: f"{name} (training)" for sha256, name in self.bundle.files.items()}
        files = [answer.sha256 for _, answer in answered]
        is_tested = np.arange(len(tested) + len(trained)) < len(tested)
        return find_leaks(
            [*(sample.name for sample in tested), *trained.values()],
            np.where(is_tested, FOLD, TRAIN_ONLY),
            files=[*files, *trained],
            tested=is_tested,
        )

    def samples(self) -> list[Sample]:
        """The images that have an answer, with the SHA-256 of their files."""
        return [replace(sample, sha256=answer.sha256) for sample, answer in self.answered()]

    def result(self, asked: Asked, columns: Mapping[str, Mapping[str, str]], settings: dict) -> ExternalResult:
        """All that the report is made from."""
        decision, point = self.bundle.decision, self.bundle.decision.operating
        positive = asked.positive if asked.positive is not None or point is None else point.positive
        rule = asked.two_class if asked.two_class is not None or point is None else point.rule
        answers = out_of_fold_of(self.predictions(), positive, rule)
        pairs = self.answered()
        calibrated = np.array([[answer.calibrated[name] for name in self.bundle.classes] for _, answer in pairs])
        is_frozen = point is not None and (answers.positive, answers.rule) == (point.positive, point.rule)
        evaluation = Evaluation.of(
            answers,
            calibrated={} if decision.is_recalibrated else {"the bundle's calibration": calibrated},
            sets={float(level): decision.sets(calibrated, level) for level in decision.limits},
            class_conditional=decision.set_kind == CLASS,
            leaks=self.leaks,
            settings=settings,
            thumbnails=thumbnails(answers, settings, self.dataset),
            by_patient=asked.by_patient,
            threshold=point.threshold if point is not None and is_frozen else AT_HALF,
        )
        by_image = {name: [values[sample.name] for sample, _ in pairs] for name, values in columns.items()}
        return ExternalResult(
            evaluation=evaluation,
            expected=expected_of(self.bundle, answers.positive, answers.rule),
            calibrated=calibrated,
            is_outlier=np.array([answer.is_outlier for _, answer in pairs]),
            facts=facts_of(self.bundle),
            promise=self._promise(),
            learned_on=learned_on(self.bundle.facts.training),
            aim=point.aim if point is not None and is_frozen else "",
            prevalence=asked.prevalence,
            columns={name: np.array(values, dtype=str) for name, values in by_image.items()},
        )

    def _promise(self) -> str:
        """What the numbers that the bundle brings are worth, and whether they come from these very images."""
        sentences = [promise_of(self.bundle.facts.training)]
        for notice in calibrated_on(self.bundle, self.samples()):
            sentences.append(f"{notice[0].upper()}{notice[1:]}.")
        return " ".join(filter(None, sentences))

    def write(
        self,
        folder: Path,
        asked: Asked,
        data: Path,
        figures: Format = "png",
        raw: bool = False,
        brief: bool = False,
    ) -> list[Group]:
        """Write tables, figures and report.html; returns what to print: one group per table, or the result alone.

        Texts in CSV for people are as they may stand in a spreadsheet, unless they are wanted raw.
        """
        columns = columns_of(data, self.dataset, asked.by)
        settings = self._settings(asked)
        with threadpool_limits(1, user_api="blas"):  # the matrices are small
            result = self.result(asked, columns, settings)
            contents = [performance(result), operating(result), trust(result)]
            contents += made([patient_answers, tissue_and_stain], result.evaluation)
            contents.append(leaks_and_patients(result))
            write_table(folder / "predictions.csv", self.predictions())
            write_answers(folder / "answers.csv", self.answers, self.bundle.classes, raw)
            facts = settings | {"results": external_numbers(result)}
            write_whole(folder / FACTS, (json.dumps(facts, indent=1, sort_keys=True) + "\n").encode())
            tables = write_report(folder, result.evaluation, figures, contents, raw)
            return short_test(result) if brief else tables

    def _settings(self, asked: Asked) -> dict[str, Any]:
        pairs = self.answered()
        return {
            "command": "evaluate",
            "name": f"{self.bundle.path.stem} on {self.dataset.name}",
            "bundle": file_facts(self.bundle.path),
            "data": self.dataset.name,
            "images": len(self.answers),
            "answered": len(pairs),
            "positive": list(asked.positive or ()) or None,
            "two_class": asked.two_class,
            "by": [*asked.by, *(["patient"] if asked.by_patient else [])],
            "prevalence": asked.prevalence,
            "image_states": by_state([sample.name for sample, _ in pairs], [answer.stain for _, answer in pairs]),
            "versions": versions(LIBRARIES),
        }


def expected_of(bundle: "Bundle", positive: Sequence[str] | None, rule: str) -> OutOfFold:
    """The bundle's own out-of-fold predictions, fused, with a two-class task."""
    fused = fuse(bundle.table)
    if bundle.decision.is_recalibrated:
        fused = recalibrated(fused)
    return out_of_fold_of(fused, positive, rule)


def facts_of(bundle: "Bundle") -> str:
    """In a sentence, what a bundle was made of."""
    facts = bundle.facts
    images = sum(facts.counts.values())
    patients = f"{facts.patients} known patients" if facts.patients else "no known patients"
    return f"The bundle {bundle.path.stem} was made of {images} images of {facts.data_set} ({patients})."
