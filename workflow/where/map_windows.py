"""The evidence map of an image: its windows, each described by itself and answered by the models of a bundle.

>>> with describer_of(bundle) as describer:
...     evidence = evidence_map(bundle, path, describer)
>>> evidence.values.shape[2] == len(bundle.classes), bool((abs(evidence.values.sum(axis=2) - 1) < 1e-6).all())
(True, True)
"""

from collections.abc import Mapping
from concurrent.futures import Executor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from joblib import cpu_count

from boost.settings import BoostError
from featurize.protocol import Protocol, ProtocolError, require_bounded
from imaging.files.memory_budget import MemoryBudget
from imaging.read import content_of, image_size, read_image
from imaging.read_errors import ImageError, shown
from report.where.evidence_map import EvidenceMap, WindowAnswers
from report.where.map_picture import small_copy
from workflow.answering.describer import AllDescribers

if TYPE_CHECKING:
    from boost.bundle.bundle import Bundle
    from featurize.descriptor import Prepared
    from featurize.encoders.encoder_pool import EncoderPool


class NoMapError(BoostError):
    """A bundle none of whose models can answer for a window."""


@dataclass(frozen=True, eq=False)
class WindowModels:
    """What of a bundle can answer for windows: variants whose networks can describe one."""

    protocols: Mapping[str, Protocol]  # by variant, one or more
    pool: "EncoderPool"
    left_out: tuple[str, ...]  # in sentences, the other variants

    @classmethod
    def of(cls, bundle: "Bundle", describer: AllDescribers) -> "WindowModels":
        """Those of a bundle with its networks (workflow.answering.bundle_describer); raises NoMapError for none."""
        from featurize.windows import why_no_windows
        from workflow.answering.encoder_views import EncoderDescriber

        left_out = []
        for variant in bundle.facts.trained:
            left_out.append(f"{variant} is a trained network, which looks at the image as a whole: not in the map.")
        protocols = {}
        for part in describer.parts:
            if not isinstance(part, EncoderDescriber):
                continue
            pool = part.pool
            for variant, protocol in part.protocols.items():
                why = why_no_windows(protocol)
                if why:
                    left_out.append(f"{why}: not in the map.")
                else:
                    protocols[variant] = protocol
        if not protocols:
            raise NoMapError(f"{bundle.path.stem} has no evidence maps. {' '.join(left_out)}")
        return cls(protocols, pool, tuple(left_out))


def evidence_map(
    bundle: "Bundle",
    path: Path,
    describer: AllDescribers,
    digest: str = "",
    jobs: int = 0,
    memory: MemoryBudget | None = None,
) -> EvidenceMap:
    """Where the answer to an image file comes from, as far as single windows tell.

    digest: the SHA-256 that the file must still have, as its answer says; memory: what several at work divide among
    themselves. Raises ImageError, and NoMapError for a bundle without models that can answer for windows.
    """
    models = WindowModels.of(bundle, describer)
    jobs = 1 if describer.device == "cuda" else jobs or cpu_count()
    with ExitStack() as held:
        image, prepared, parts = _opened(path, digest, models, jobs, memory or MemoryBudget(share=0.9), held)
        height, width, _ = image.shape
        answers = _answers(bundle, path, (height, width), prepared, models, parts)
    return EvidenceMap(bundle.classes, height, width, tuple(answers), small_copy(image), models.left_out)


def _opened(
    path: Path, digest: str, models: WindowModels, jobs: int, memory: MemoryBudget, held: ExitStack
) -> tuple[np.ndarray, "Prepared", int]:
    """An image (h, w, 3) uint8, prepared, and in how many threads it may be described; the memory for it is held."""
    from featurize.cost import image_bytes, parts_that_fit
    from featurize.on_demand import prepared_pixels

    wanted = list(models.protocols.values())
    with content_of(path) as content:
        if digest and sha256(content).hexdigest() != digest:
            raise ImageError(f"{shown(path)}: has changed since it was answered for; answer for it again")
        height, width = image_size(path, content)
        try:
            require_bounded(wanted, height * width)
            bytes_for = partial(image_bytes, wanted, height, width)
            parts = parts_that_fit(bytes_for, height, width, jobs, memory.total)
        except ProtocolError as error:
            raise ImageError(f"{shown(path)}: {error}") from error
        held.enter_context(memory.hold(bytes_for(parts)))
        image = read_image(path, content)
    return image, prepared_pixels(image, models.protocols, "", str(path)).prepared, parts


def _answers(
    bundle: "Bundle",
    path: Path,
    size: tuple[int, int],
    prepared: "Prepared",
    models: WindowModels,
    jobs: int,
) -> list[WindowAnswers]:
    """What the models of each variant vote for its windows in an image of this height and width."""
    from featurize.on_demand import view_threads
    from featurize.windows import window_corners

    answers = []
    with view_threads(jobs) as threads:
        for variant, protocol in models.protocols.items():
            height, width, _ = prepared.start(protocol)[0].shape
            try:
                corners = window_corners(height, width, protocol.crop)  # (window, 2)
            except ProtocolError as error:
                raise ImageError(f"{shown(path)}: {error}") from error
            votes = _votes(bundle, variant, prepared, protocol, models.pool, corners, threads, jobs)
            boxes = np.column_stack([corners, np.full(corners.shape, protocol.crop)])  # (window, 4)
            to_pixels = np.array(size) / (height, width)  # (2,) down and across
            answers.append(WindowAnswers(variant, boxes * np.tile(to_pixels, 2), votes, _weight(bundle, variant)))
    return answers


def _votes(
    bundle: "Bundle",
    variant: str,
    prepared: "Prepared",
    protocol: Protocol,
    pool: "EncoderPool",
    corners: np.ndarray,
    threads: Executor,
    jobs: int,
) -> np.ndarray:
    """The votes (window, class); windows that are encoded by themselves are divided among threads."""
    from featurize.windows import describe_windows

    def votes_of(share: np.ndarray) -> np.ndarray:
        described = describe_windows(prepared, protocol, pool, share)
        return np.concatenate([bundle.variant_probabilities(variant, rows) for rows in described])

    shares = [corners] if protocol.mode == "dense" else np.array_split(corners, min(jobs, len(corners)))
    return np.concatenate(list(threads.map(votes_of, shares)))


def _weight(bundle: "Bundle", variant: str) -> float:
    """What a variant counts: the runs of a bundle have a vote each, which their variants share."""
    return next(1 / len(run.variants) for run in bundle.facts.voting if variant in run.variants)
