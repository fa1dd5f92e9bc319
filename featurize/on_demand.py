"""Single images described some views at a time, without a cache: what a prediction needs.

Views are drawn from the content of a file, its SHA-256 standing where a data set's name of the image would stand, so
that the same file has the same descriptors wherever it lies and whatever it is called. Threads share an image and a
pool of networks.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch

from featurize.descriptor import Prepared, describe_image, prepare_image
from featurize.encoders.encoder_pool import EncoderPool
from featurize.encoders.threads import one_thread
from featurize.protocol import WHOLE, Protocol
from imaging.read import ImageError, content_of, read_image
from imaging.read_errors import shown


@dataclass(frozen=True, eq=False)
class Opened:
    """An image that was read and prepared."""

    sha256: str  # of the file; what its views are drawn by
    prepared: Prepared

    @property
    def status(self) -> str:
        """Of its stain, at all scales: ok, little tissue, degenerate."""
        return self.prepared.status


def open_image(path: Path, protocols: Mapping[str, Protocol], content: bytes = b"") -> Opened:
    """Read an image file, or take its content, and normalise it as the protocols say; raises ImageError."""
    if not content:
        with content_of(path) as whole:
            return open_image(path, protocols, whole)
    digest = sha256(content).hexdigest()
    return prepared_pixels(read_image(path, content), protocols, digest, str(path))


def prepared_pixels(image: np.ndarray, protocols: Mapping[str, Protocol], drawn_by: str, name: str) -> Opened:
    """An image (h, w, 3) uint8 normalised as the protocols say; raises ImageError for one smaller than the crops.

    Its views are drawn by `drawn_by`; messages call it `name`.
    """
    prepared = prepare_image(image, list(protocols.values()))
    for protocol in protocols.values():
        if protocol.mode == WHOLE:
            continue
        height, width = prepared.start(protocol)[0].shape[:2]
        if protocol.crop > min(height, width):
            raise ImageError(
                f"{shown(name)}: is {width} x {height} pixels at scale {protocol.scale:g}, too small for crops of "
                f"{protocol.crop}; give a larger field at the magnification of the training images"
            )
    return Opened(drawn_by, prepared)


def describe_views(
    image: Opened,
    protocols: Mapping[str, Protocol],
    pool: EncoderPool,
    numbers: range,
    threads: Executor,
    parts: int = 1,
) -> dict[str, np.ndarray]:
    """Descriptors (view, dim) of every variant, for the views of these numbers, which are divided among threads."""
    ends = np.linspace(numbers.start, numbers.stop, min(parts, len(numbers)) + 1).round().astype(int).tolist()
    shares = [range(start, end) for start, end in pairwise(ends)]
    work = [threads.submit(_describe, image, protocols, pool, share) for share in shares]
    done = [part.result() for part in work]
    return {variant: np.concatenate([part[variant] for part in done]) for variant in protocols}


@contextmanager
def view_threads(count: int) -> Iterator[Executor]:
    """Threads for `describe_views`, on one core each; what is still to do when they are left is not done."""
    with one_thread(), ThreadPoolExecutor(count, initializer=torch.set_num_threads, initargs=(1,)) as threads:
        try:
            yield threads
        finally:
            threads.shutdown(cancel_futures=True)


def _describe(
    image: Opened, protocols: Mapping[str, Protocol], pool: EncoderPool, numbers: range
) -> dict[str, np.ndarray]:
    """One share of the views, in one thread."""
    rows = describe_image(image.sha256, image.prepared, list(protocols.values()), pool, numbers)
    return {variant: rows[protocol.key].descriptors for variant, protocol in protocols.items()}
