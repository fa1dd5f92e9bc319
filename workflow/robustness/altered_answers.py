"""The answers of models for images that were altered before they are described, the same draws for all of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from math import ceil
from pathlib import Path
from time import perf_counter

import numpy as np
from joblib import cpu_count

from cohort.samples import Sample
from featurize.on_demand import view_threads
from imaging.alter.alterations import ALTERATIONS, alter
from imaging.files.memory_budget import MemoryBudget
from imaging.read import ImageError, content_of, read_image
from imaging.read_errors import shown
from workflow.answering.describer import Describer as ImageDescriber
from workflow.robustness.kept_answers import KeptAnswers, Votes
from workflow.robustness.tested_images import TestedImages, Voter

UNALTERED = "unaltered"
TIMED = 6  # renderings of one image by which the time of all is told


@dataclass(frozen=True)
class Rendering:
    """One way in which an image is shown to the models."""

    name: str  # that its answer is kept under
    render: Callable[[np.ndarray], np.ndarray]  # (h, w, 3) uint8 -> the same, perhaps of another size
    other_draws: str = ""  # words by which views and crops are drawn otherwise than for the unaltered image


@dataclass(frozen=True)
class Preset:
    """How thoroughly robustness is measured."""

    images: int | None  # at most; None: all
    views: int | None  # of an image; None: all of the protocol
    few: bool  # values of an alteration


PRESETS = {
    "draft": Preset(images=30, views=1, few=True),
    "fast": Preset(images=300, views=3, few=False),
    "full": Preset(images=None, views=None, few=False),
}


@dataclass(frozen=True, eq=False)
class Answered:
    """One image with all its answers, or why there are none."""

    row: int
    votes: Votes
    refused: str = ""


def settings_of(preset: Preset) -> list[tuple[str, float]]:
    """Every kind of alteration with each of its values."""
    pairs = []
    for key, alteration in ALTERATIONS.items():
        values = alteration.few if preset.few else alteration.values
        pairs += [(key, float(value)) for value in values]
    return pairs


def name_of(key: str, value: float) -> str:
    """What the answers for an alteration at a value are kept under."""
    return f"{key} {value:g}"


def as_it_is() -> Rendering:
    """The image unaltered."""
    return Rendering(UNALTERED, lambda image: image)


def altered(sample: Sample, key: str, value: float) -> Rendering:
    """An image altered."""
    return Rendering(name_of(key, value), lambda image: alter(image, key, value, sample.name))


def bytes_of(path: Path) -> int:
    """The size of a file; 0 where there is none."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def most_views(describer: ImageDescriber, wanted: int | None) -> int:
    """How many views of an image are described: so many, or as many as in training."""
    return min(wanted or describer.count, describer.count)


@dataclass(frozen=True, eq=False)
class Describer:
    """Models at work on altered images."""

    tested: TestedImages
    voter: Voter
    by: ImageDescriber
    views: int
    kept: KeptAnswers

    def missing(self, row: int, renderings: Sequence[Rendering]) -> list[Rendering]:
        """Those of which no answer is kept."""
        there = self.kept.read(self.tested.samples[row], len(self.voter.classes))
        return [rendering for rendering in renderings if rendering.name not in there]

    def answer(self, row: int, renderings: Sequence[Rendering], memory: MemoryBudget | None = None) -> Answered:
        """The votes on one image under each rendering; what is missing is described now, and kept."""
        sample = self.tested.samples[row]
        votes = self.kept.read(sample, len(self.voter.classes))
        missing = [rendering for rendering in renderings if rendering.name not in votes]
        if missing:
            try:
                image = self._image(sample)
                budget = memory or MemoryBudget(share=0.9)
                height, width = image.shape[:2]
                with budget.hold(2 * self.by.bytes_for(height, width, 1)):
                    for rendering in missing:
                        votes[rendering.name] = self._vote(row, rendering.render(image), rendering.other_draws)
            except ImageError as error:
                return Answered(row, {}, str(error))
            self.kept.write(sample, votes)
        return Answered(row, {rendering.name: votes[rendering.name] for rendering in renderings})

    def answers(self, work: Mapping[int, Sequence[Rendering]], jobs: int) -> Iterator[Answered]:
        """The same for several images at once, in their order."""
        memory = MemoryBudget(share=0.9)
        with view_threads(self.workers(jobs)) as threads:
            futures = [threads.submit(self.answer, row, renderings, memory) for row, renderings in work.items()]
            for future in futures:
                yield future.result()

    def workers(self, jobs: int) -> int:
        """How many images are worked on at once: so many, 0 as many as there are cores; on a GPU one."""
        return 1 if self.by.device == "cuda" else jobs or cpu_count()

    def seconds(self, missing: Mapping[int, Sequence[Rendering]]) -> float:
        """How long a rendering takes until it is answered, measured on the image of middle size that can be used.

        0 where none can be used.
        """
        by_size = sorted(missing, key=lambda row: bytes_of(self.tested.samples[row].path))
        middle = len(by_size) // 2
        for row in by_size[middle:] + by_size[:middle]:
            with suppress(ImageError):
                return self._seconds(row, missing[row])
        return 0.0

    def _seconds(self, row: int, renderings: Sequence[Rendering]) -> float:
        """The same on one image, once the networks are warm, as a mean of a few kinds; raises what `answer` refuses."""
        image = self._image(self.tested.samples[row])
        timed = renderings[:: ceil(len(renderings) / TIMED)]
        for rendering in timed:
            rendering.render(image)  # what is looked at once, such as another's making, counts for many
        with view_threads(1) as thread:
            thread.submit(self._vote, row, image).result()
            started = perf_counter()
            for rendering in timed:
                thread.submit(self._vote, row, rendering.render(image), rendering.other_draws).result()
        return (perf_counter() - started) / len(timed)

    def _image(self, sample: Sample) -> np.ndarray:
        """The pixels of the file that was described; raises ImageError for another."""
        with content_of(sample.path) as content:
            if sha256(content).hexdigest() != sample.sha256:
                raise ImageError(f"{shown(sample.path)} is another file than the one that was described")
            return read_image(sample.path, content)

    def _vote(self, row: int, image: np.ndarray, other_draws: str = "") -> np.ndarray:
        drawn_by = self.tested.drawn_by[row] + other_draws
        described = self.by.prepare(image, drawn_by, drawn_by).views(range(self.views))
        return self.voter.vote(int(self.tested.fold[row]), described)
