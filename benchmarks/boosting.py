"""Rows about boosting: the presets beside the original loop, memory, and a run that finds everything kept."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event, Thread
from time import sleep
from typing import Any

import numpy as np
import psutil
from joblib import Parallel, delayed
from joblib.externals.loky import get_reusable_executor

from benchmarks.boosting_reference import SHAPE, draw, original
from benchmarks.realdata import (
    SHARED,
    TISSUES,
    Tissue,
    clusters,
    cohort_of,
    describe_all,
    folds,
    interval,
    numbers,
    surprise,
)
from benchmarks.row import Row, seconds
from boost.crossval import Part, cross_validate, hold_out
from boost.descriptors import Descriptors
from boost.model_cache import PredictionCache, open_caches
from boost.settings import PRESETS, BoostSettings
from cohort.cohort import Cohort

JOBS = 2  # workers of one thread, against the original's models with a thread on each core
TARGETS = {"paper": 1.2, "fast": 2.5, "draft": 8.0}
SEEDS = 2  # of the five: as many models of a fold by the original loop, so that a run takes minutes
SAMPLE = (1, 2)  # the folds, of ten, that are measured at the paper's shape
FEW_ROUNDS, WORKERS, LIMIT = 3, 16, 32 * 1024  # MiB

Predictions = dict[tuple[str, int], np.ndarray]  # (variant, fold): (seed, image, class)


@dataclass(frozen=True)
class Task:
    """Descriptors, a file for each variant, and what is to be predicted."""

    files: dict[str, Path]  # .npy of (image, view, dim)
    labels: np.ndarray  # (image,)
    fold: np.ndarray  # (image,)
    cluster: np.ndarray  # (image,): images that the bootstrap draws together
    sample: tuple[int, ...]  # the folds that are measured

    def twice(self) -> dict[str, Path]:
        """The first file under two names, so that there are more units than folds."""
        return dict.fromkeys("ab", next(iter(self.files.values())))

    @property
    def cohort(self) -> Cohort:
        """The images, named by their numbers."""
        images = [str(number) for number in range(len(self.labels))]
        classes = [str(number) for number in range(int(self.labels.max()) + 1)]
        return Cohort(images, self.labels, classes, [""] * len(images), self.fold)

    def original(self, number: int) -> Predictions:
        """One fold of all variants by the original loop."""
        return {
            (name, number): np.stack([original(path, self.labels, self.fold, number, seed) for seed in range(SEEDS)])
            for name, path in self.files.items()
        }

    def boosted(self, settings: BoostSettings, jobs: int = JOBS) -> Predictions:
        """All measured folds of all variants, as cross_validate has its workers do them."""
        work = (
            delayed(hold_out)(
                self.cohort, name, Descriptors.of(mapped(path)), Part.whole(self.cohort, number), settings
            )
            for name, path in self.files.items()
            for number in self.sample
        )
        return {(unit.variant, unit.fold): unit.probabilities for unit in Parallel(jobs)(work)}

    def losses(self, answers: Predictions) -> np.ndarray:
        """Log-loss of each measured image, (image,), by the mean over seeds and variants."""
        parts = [np.mean([answers[name, number].mean(axis=0) for name in self.files], axis=0) for number in self.sample]
        return surprise(np.concatenate(parts), self._measured(self.labels))

    def compare(self, answers: Predictions, reference: Predictions) -> str:
        """Log-loss of the reference's seeds beside the reference's, image by image, with its 95 % interval."""
        answers = {unit: by_seed[:SEEDS] for unit, by_seed in answers.items()}
        ours, theirs = self.losses(answers), self.losses(reference)
        low, high = interval(ours - theirs, np.unique(self._measured(self.cluster), return_inverse=True)[1])
        same = all((answers[unit] == reference[unit]).all() for unit in reference)
        return (
            f"log-loss {ours.mean():.3f}, reference {theirs.mean():.3f}, difference {(ours - theirs).mean():+.3f} "
            f"({low:+.3f} to {high:+.3f}), {len(ours)} images" + ("; identical to the bit" if same else "")
        )

    def _measured(self, values: np.ndarray) -> np.ndarray:
        return np.concatenate([values[self.fold == number] for number in self.sample])


def synthetic() -> Iterator[Row]:
    """The paper's shape: 400 images, 50 views, 2048 columns; two of ten folds."""
    with paper_task() as task:
        yield from presets("synthetic 400 x 50 x 2048", task)


def real_tissue() -> Iterator[Row]:
    """Real descriptors of ucsb and crc5, 20 views, two sizes of crops, five folds."""
    for tissue in filter(is_here, TISSUES):
        dataset = tissue.read()
        exact = describe_all(tissue)["exact"][:, :, :, -1]  # (image, side, view, dim)
        variants = {str(side): exact[:, index] for index, side in enumerate(tissue.sides)}
        with in_files(variants) as files:
            fold = folds(dataset)
            task = Task(files, numbers(dataset), fold, clusters(dataset), tuple(np.unique(fold).tolist()))
            yield from presets(f"{tissue.name} {' x '.join(map(str, variants[str(tissue.sides[0])].shape))}", task)


def presets(what: str, task: Task) -> Iterator[Row]:
    """Each preset with all its seeds beside the original loop, half of which runs before them and half after."""
    warm_up()
    half = (len(task.sample) + 1) // 2
    known: Predictions = {}
    before = seconds(lambda: [known.update(task.original(number)) for number in task.sample[:half]])
    found: dict[str, Predictions] = {}
    spent = {name: seconds(lambda name=name: found.update({name: task.boosted(PRESETS[name])})) for name in PRESETS}
    after = seconds(lambda: [known.update(task.original(number)) for number in task.sample[half:]])
    theirs = (before + after) / (len(known) * SEEDS)
    for name, time in spent.items():
        models = len(known) * PRESETS[name].seeds
        note = f"{models} models; {task.compare(found[name], known)}"
        yield Row(f"{name}, {what}", time / models, theirs, "s a model", TARGETS[name], note=note)


def many_workers() -> Iterator[Row]:
    """Memory of 16 workers at the paper's shape, all started for fast, computed from two for paper."""
    with paper_task() as task:
        for name, jobs in (("fast", WORKERS), ("paper", JOBS)):
            settings = replace(PRESETS[name], rounds=FEW_ROUNDS)
            # a unit and a bit for every worker
            some = replace(task, sample=(*range(1, 11),) if jobs > JOBS else SAMPLE, files=task.twice())
            get_reusable_executor(max_workers=jobs).shutdown(wait=True)  # new workers, without others' memory
            own, shared, largest = peak_memory(lambda t=some, s=settings, j=jobs: t.boosted(s, j))
            total = shared + own * WORKERS / jobs
            how = "all started" if jobs == WORKERS else f"computed from {jobs}"
            note = f"largest worker {largest:.0f} MiB; {FEW_ROUNDS} rounds, five seeds; shared by all {shared:.0f} MiB"
            yield Row(f"memory of {WORKERS} workers, {name} ({how})", total, LIMIT, "MiB", 1.0, note=note)


def resuming() -> Iterator[Row]:
    """The same cross-validation of ucsb twice: the second finds every answer kept."""
    tissue = TISSUES[0]
    if not is_here(tissue):
        return
    dataset = tissue.read()
    exact = describe_all(tissue)["exact"][:, :, :, -1]
    variants = {str(side): exact[:, index] for index, side in enumerate(tissue.sides)}
    warm_up()
    with in_files(variants) as files, tempfile.TemporaryDirectory() as folder:
        maps = {name: mapped(path) for name, path in files.items()}
        cohort, settings = cohort_of(dataset), PRESETS["fast"]
        described = {name: Descriptors.of(array) for name, array in maps.items()}

        def validate() -> None:
            cache = open_caches(PredictionCache, Path(folder), cohort, described, settings)
            list(cross_validate(cohort, described, settings, JOBS, cache))

        first, second = seconds(validate), seconds(validate)
    yield Row("cv of ucsb with everything kept, against the run before", second, first, "s", None)


@contextmanager
def paper_task() -> Iterator[Task]:
    """One variant of the paper's shape, drawn from a seed, in ten folds."""
    descriptors, labels = draw(SHAPE)
    fold = np.arange(len(labels)) // 4 % 10 + 1  # (image,): each class in every fold
    with in_files({"0": descriptors}) as files:
        yield Task(files, labels, fold, np.arange(len(labels)), SAMPLE)


@contextmanager
def in_files(arrays: dict[str, np.ndarray]) -> Iterator[dict[str, Path]]:
    """Each array in a .npy file, for a while."""
    with tempfile.TemporaryDirectory() as folder:
        files = {name: Path(folder) / f"{name}.npy" for name in arrays}
        for name, path in files.items():
            np.save(path, arrays[name])
        yield files


def is_here(tissue: Tissue) -> bool:
    """Whether the real data lie beside the checkout."""
    return (SHARED / "data" / tissue.folder).is_dir()


def mapped(path: Path) -> np.ndarray:
    """Map a .npy file."""
    return np.load(path, mmap_mode="r")


def warm_up() -> None:
    """Start the workers and have them import what they need."""
    Parallel(JOBS)(delayed(_settle)() for _ in range(JOBS))


def _settle() -> None:
    sleep(0.5)


def peak_memory(work: Callable[[], object]) -> tuple[float, float, float]:
    """MiB while work runs: the most that all workers have of their own, what they share, the largest one's own."""
    done, samples = Event(), [(0.0, 0.0, 0.0)]

    def watch() -> None:
        while not done.wait(0.2):
            facts = [fact for worker in psutil.Process().children() if (fact := _memory(worker))]
            own = [fact.uss / 2**20 for fact in facts]
            shared = max((fact.rss - fact.uss for fact in facts), default=0) / 2**20
            samples.append((sum(own), shared, max(own, default=0)))

    watcher = Thread(target=watch)
    watcher.start()
    try:
        work()
    finally:
        done.set()
        watcher.join()
    own, shared, largest = zip(*samples, strict=True)
    return max(own), max(shared), max(largest)


def _memory(worker: psutil.Process) -> Any:
    try:
        return worker.memory_full_info()
    except psutil.Error:  # it has just ended
        return None
