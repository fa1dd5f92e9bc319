"""Images to answers, where the halves meet: featurize describes, the models of a bundle vote, report names the call.

>>> from boost.bundle.bundle import Bundle
>>> bundle = Bundle.open(path)
>>> for answer in predict(bundle, images, until_sure=True):
...     print(answer.label in answer.members, sorted(answer.calibrated), answer.stain, answer.p_value > 0.05)
True ['benign', 'insitu', 'invasive', 'normal'] ok True
True ['benign', 'insitu', 'invasive', 'normal'] ok True
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, replace
from math import ceil, inf
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from joblib import cpu_count

from boost.settings import BoostError
from cohort.predictions import PREFIX, RAW_PREFIX
from featurize.protocol import MOST, Protocol, ProtocolError, require_bounded
from imaging.files.memory_budget import MemoryBudget
from imaging.read import content_of, image_size
from imaging.read_errors import ImageError, shown
from workflow.answers_csv import Answer
from workflow.bundles.compatibility import pool_of, protocols_of

if TYPE_CHECKING:
    from boost.bundle.bundle import Bundle
    from featurize.encoders.encoder_pool import EncoderPool
    from featurize.on_demand import Opened

LEVEL = "0.90"  # of the conformal sets, unless another is asked for

Views = dict[str, np.ndarray]  # variant: (view, dim) of one image


def predict(
    bundle: "Bundle",
    images: Sequence[str | Path],
    networks: "EncoderPool | None" = None,
    views: int | None = None,
    until_sure: bool = False,
    budget: float | None = None,
    level: str = LEVEL,
    jobs: int = 0,
) -> Iterator[Answer]:
    """The answer to each image file, in their order, whatever the number of workers.

    networks: those of `workflow.bundles.compatibility.pool_of`, which stay warm for the next call; unless given they
    are found as they were recorded and given up at the end. views: at most so many; by default as many as in training.
    until_sure and budget: see ViewBudget. A bad image has an Answer too, with its error. Raises BundleError and
    WeightsError.
    """
    from featurize.on_demand import view_threads

    bundle.decision.require_level(level)
    protocols = protocols_of(bundle)
    trained_with = next(iter(protocols.values())).views
    view_budget = ViewBudget(trained_with if views is None else views, until_sure, budget)
    with pool_of(bundle, protocols) if networks is None else nullcontext(networks) as pool:
        jobs = 1 if pool.device == "cuda" else jobs or cpu_count()
        at_once = max(1, min(jobs, len(images)))
        parts = ceil(jobs / at_once)
        with view_threads(jobs) as threads, ThreadPoolExecutor(at_once) as image_threads:
            memory = MemoryBudget(share=0.9)
            predictor = Predictor(bundle, protocols, pool, view_budget, level, threads, parts, memory)
            yield from image_threads.map(predictor.answer, images)


@dataclass(frozen=True, eq=False)
class Predictor:
    """A bundle at work, which answers for one image after the other or for several at once."""

    bundle: "Bundle"
    protocols: Mapping[str, Protocol]  # by variant
    pool: "EncoderPool"
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
                image, parts = self._open(Path(path), held)
                views, probabilities = self._look(image, parts, started)
        except ImageError as error:
            return Answer(shown(path), error=str(error), seconds=perf_counter() - started)
        answer = self._interpret(views, probabilities)
        return replace(
            answer,
            image=shown(path),
            sha256=image.sha256,
            stain=image.status,
            trained_on=self.bundle.files.get(image.sha256, ""),
            seconds=perf_counter() - started,
        )

    def _open(self, path: Path, held: ExitStack) -> tuple["Opened", int]:
        """An image, and in how many parts its views may be described; the memory for both is held from now on."""
        from featurize.cost import image_bytes, parts_that_fit
        from featurize.on_demand import open_image

        protocols = list(self.protocols.values())
        with content_of(path) as content:
            height, width = image_size(path, content)
            try:
                require_bounded(protocols, height * width)
                parts = parts_that_fit(protocols, height, width, self.parts, self.memory.total)
            except ProtocolError as error:
                raise ImageError(f"{shown(path)}: {error}") from error
            held.enter_context(self.memory.hold(image_bytes(protocols, height, width, parts)))
            return open_image(path, self.protocols, content), parts

    def _look(self, image: "Opened", parts: int, started: float) -> tuple[Views, np.ndarray]:
        """The views of an image that are looked at, and the probabilities that all models give each, (view, class)."""
        from featurize.on_demand import describe_views

        blocks: list[Views] = []
        probabilities = np.empty((0, len(self.bundle.classes)))
        describing = perf_counter()
        while len(probabilities) < self.view_budget.views:
            done = len(probabilities)
            now = perf_counter()
            count = self.view_budget.next(done, now - started, now - describing)
            if count == done:
                break
            views = describe_views(image, self.protocols, self.pool, range(done, count), self.threads, parts)
            one_image = {variant: of_variant[None] for variant, of_variant in views.items()}  # (image, view, dim)
            blocks.append(views)
            probabilities = np.concatenate([probabilities, self.bundle.view_probabilities(one_image)[0]])
            if self.view_budget.is_settled(probabilities, self.bundle.decision.spread):
                break
        together = {}
        for variant in self.bundle.variants:
            together[variant] = np.concatenate([block[variant] for block in blocks])
        return together, probabilities

    def _interpret(self, views: Views, probabilities: np.ndarray) -> Answer:
        """What the vote of all models on the views of an image, (view, class), is and means."""
        bundle = self.bundle
        vote = probabilities.mean(axis=0, keepdims=True)  # (1, class)
        calibrated = bundle.decision.calibrated(vote)  # (1, class)
        in_set = bundle.decision.sets(calibrated, self.level)[0]  # (class,)
        decisive = bundle.decision.decisive(vote)  # (1, class)
        score, positive = call(bundle, decisive)
        distance = bundle.out_of_distribution.distance(views)
        p_value = bundle.out_of_distribution.p_value(distance, len(probabilities))
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
            views=len(probabilities),
        )
