"""Images to answers, where the halves meet: a describer describes, the models of a bundle vote, report names the call.

>>> from boost.bundle.bundle import Bundle
>>> bundle = Bundle.open(path)
>>> for answer in predict(bundle, images, until_sure=True):
...     print(answer.label in answer.members, sorted(answer.calibrated), answer.stain, answer.p_value > 0.05)
True ['benign', 'insitu', 'invasive', 'normal'] ok True
True ['benign', 'insitu', 'invasive', 'normal'] ok True
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from itertools import pairwise
from math import ceil
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
from joblib import cpu_count

from featurize.protocol import ProtocolError
from imaging.files.memory_budget import MemoryBudget
from imaging.read import content_of, image_size, read_image
from imaging.read_errors import ImageError, shown
from workflow.answering.calls import call
from workflow.answering.describer import AllDescribers, PreparedImage, Views
from workflow.answering.view_budget import ViewBudget
from workflow.answers_csv import Answer

if TYPE_CHECKING:
    from boost.bundle.bundle import Bundle

LEVEL = "0.90"  # of the conformal sets, unless another is asked for


def predict(
    bundle: "Bundle",
    images: Sequence[str | Path],
    networks: AllDescribers | None = None,
    views: int | None = None,
    until_sure: bool = False,
    budget: float | None = None,
    level: str = LEVEL,
    jobs: int = 0,
) -> Iterator[Answer]:
    """The answer to each image file, in their order, whatever the number of workers.

    networks: those of `workflow.answering.bundle_describer.describer_of`, which stay warm for the next call; unless
    given they are found as they were recorded and given up at the end. views: at most so many; by default as many as
    in training. until_sure and budget: see ViewBudget. A bad image has an Answer too, with its error. Raises
    BundleError and WeightsError.
    """
    from featurize.on_demand import view_threads
    from workflow.answering.bundle_describer import describer_of

    bundle.decision.require_level(level)
    with describer_of(bundle) if networks is None else nullcontext(networks) as describer:
        view_budget = ViewBudget(describer.count if views is None else views, until_sure, budget)
        jobs = 1 if describer.device == "cuda" else jobs or cpu_count()
        at_once = max(1, min(jobs, len(images)))
        parts = ceil(jobs / at_once)
        with view_threads(jobs) as threads, ThreadPoolExecutor(at_once) as image_threads:
            memory = MemoryBudget(share=0.9)
            predictor = Predictor(bundle, describer, view_budget, level, threads, parts, memory)
            yield from image_threads.map(predictor.answer, images)


@dataclass(frozen=True, eq=False)
class Predictor:
    """A bundle at work, which answers for one image after the other or for several at once."""

    bundle: "Bundle"
    describer: AllDescribers
    view_budget: ViewBudget
    level: str  # of the conformal sets
    threads: Executor  # that describe views
    parts: int  # in which the views of an image are described, where the memory suffices
    memory: MemoryBudget  # what images that are answered for at once divide among themselves

    def answer(self, path: str | Path) -> Answer:
        """The answer to an image file; that of one that cannot be read is its error."""
        started = perf_counter()
        try:
            with ExitStack() as held:
                image, digest, parts = self._open(Path(path), held)
                views, of_runs = self._look(image, parts, started)
        except ImageError as error:
            return Answer(shown(path), error=str(error), seconds=perf_counter() - started)
        answer = self._interpret(views, of_runs)
        return replace(
            answer,
            image=shown(path),
            sha256=digest,
            stain=image.status,
            trained_on=self.bundle.files.get(digest, ""),
            seconds=perf_counter() - started,
        )

    def _open(self, path: Path, held: ExitStack) -> tuple[PreparedImage, str, int]:
        """An image, the SHA-256 of its file, and in how many parts its views may be described.

        The memory for all of it is held from now on.
        """
        from featurize.cost import parts_that_fit

        with content_of(path) as content:
            height, width = image_size(path, content)
            bytes_for = partial(self.describer.bytes_for, height, width)
            try:
                parts = parts_that_fit(bytes_for, height, width, self.parts, self.memory.total)
                needed = bytes_for(parts)
            except ProtocolError as error:
                raise ImageError(f"{shown(path)}: {error}") from error
            held.enter_context(self.memory.hold(needed))
            digest = sha256(content).hexdigest()
            return self.describer.prepare(read_image(path, content), digest, str(path)), digest, parts

    def _look(self, image: PreparedImage, parts: int, started: float) -> tuple[Views, np.ndarray]:
        """The views of an image that are looked at, and what each run gives each, (run, view, class)."""
        blocks: list[Views] = []
        of_runs = np.empty((len(self.bundle.facts.voting), 0, len(self.bundle.classes)))  # (run, view, class)
        describing = perf_counter()
        while (done := of_runs.shape[1]) < self.view_budget.views:
            now = perf_counter()
            count = self.view_budget.next(done, now - started, now - describing)
            if count == done:
                break
            views = self._described(image, range(done, count), parts)
            one_image = {variant: views[variant][None] for variant in self.bundle.variants}  # (image, view, dim)
            blocks.append(views)
            of_runs = np.concatenate([of_runs, self.bundle.run_probabilities(one_image)[:, 0]], axis=1)
            if self.view_budget.is_settled(of_runs.mean(axis=0), self.bundle.decision.spread):
                break
        together = {}
        for variant in blocks[0]:
            together[variant] = np.concatenate([block[variant] for block in blocks])
        return together, of_runs

    def _described(self, image: PreparedImage, numbers: range, parts: int) -> Views:
        """The views of these numbers, which are divided among threads."""
        ends = np.linspace(numbers.start, numbers.stop, min(parts, len(numbers)) + 1).round().astype(int).tolist()
        shares = [range(start, end) for start, end in pairwise(ends)]
        work = [self.threads.submit(image.views, share) for share in shares]
        done = [part.result() for part in work]
        return {variant: np.concatenate([part[variant] for part in done]) for variant in done[0]}

    def _interpret(self, views: Views, of_runs: np.ndarray) -> Answer:
        """What the vote of all models on the views of an image, (run, view, class), is and means."""
        bundle = self.bundle
        count = of_runs.shape[1]
        vote = bundle.pooled(of_runs[:, None])  # (1, class)
        calibrated = bundle.decision.calibrated(vote)  # (1, class)
        in_set = bundle.decision.sets(calibrated, self.level)[0]  # (class,)
        decisive = bundle.decision.decisive(vote)  # (1, class)
        score, positive = call(bundle, decisive)
        distance = bundle.out_of_distribution.distance(views)
        p_value = bundle.out_of_distribution.p_value(distance, count)
        return Answer(
            label=bundle.classes[int(decisive[0].argmax())],
            calibrated=dict(zip(bundle.classes, calibrated[0].tolist(), strict=True)),
            raw=dict(zip(bundle.classes, vote[0].tolist(), strict=True)),
            level=self.level,
            members=tuple(name for name, inside in zip(bundle.classes, in_set, strict=True) if inside),
            score=score,
            positive=positive,
            distance=distance,
            p_value=p_value,
            is_outlier=bundle.out_of_distribution.is_outlier(p_value),
            views=count,
            nearest=bundle.nearest(views),
        )
