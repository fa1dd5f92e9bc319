"""Who describes an image, some views at a time: frozen encoders, networks that were trained, or both for one bundle."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from typing import Protocol as Interface

import numpy as np

from cohort.checks.notices import Notice

Views = dict[str, np.ndarray]  # variant: (view, dim) float32 of one image


class PreparedImage(Interface):
    """An image that was read and normalised."""

    @property
    def status(self) -> str:
        """Of its stain: ok, little tissue, degenerate."""

    def views(self, numbers: range) -> Views:
        """The descriptors of the views of these numbers; a view's are the same whatever it is asked for with."""


class Describer(Interface):
    """What makes descriptors of images, for one bundle; a context manager that gives its networks up at the end."""

    @property
    def device(self) -> str:
        """Where its networks run: cpu or cuda."""

    @property
    def count(self) -> int:
        """How many views of an image there were in training."""

    @property
    def notices(self) -> Sequence[Notice]:
        """What is to be known of the networks."""

    def bytes_for(self, height: int, width: int, parts: int) -> int:
        """Memory that an image file of this size needs at most while so many threads describe it.

        Raises ProtocolError where that would take longer than anybody can wait.
        """

    def prepare(self, image: np.ndarray, drawn_by: str, name: str) -> PreparedImage:
        """Make an image (h, w, 3) uint8 ready; its draws follow from `drawn_by`, and messages call it `name`.

        Raises ImageError for one that is too small.
        """

    def close(self) -> None:
        """Give the networks up."""


@dataclass(frozen=True, eq=False)
class PreparedByAll:
    """An image as each of several describers has prepared it."""

    parts: Sequence[PreparedImage]

    @property
    def status(self) -> str:
        """See PreparedImage: of all that looked at its stain."""
        known = {word for part in self.parts for word in part.status.split(", ")}
        return ", ".join(sorted(known - {""}))

    def views(self, numbers: range) -> Views:
        """See PreparedImage."""
        together: Views = {}
        for part in self.parts:
            together |= part.views(numbers)
        return together


@dataclass(frozen=True, eq=False)
class AllDescribers:
    """Those of a bundle together; a Describer."""

    parts: Sequence[Describer]

    def __enter__(self) -> "AllDescribers":
        return self

    def __exit__(self, *exception: Any) -> None:
        self.close()

    @property
    def device(self) -> str:
        """See Describer."""
        return self.parts[0].device

    @property
    def count(self) -> int:
        """See Describer: of the one that has the most."""
        return max(part.count for part in self.parts)

    @property
    def notices(self) -> list[Notice]:
        """See Describer."""
        return [notice for part in self.parts for notice in part.notices]

    def bytes_for(self, height: int, width: int, parts: int) -> int:
        """See Describer."""
        return sum(part.bytes_for(height, width, parts) for part in self.parts)

    def prepare(self, image: np.ndarray, drawn_by: str, name: str) -> PreparedByAll:
        """See Describer."""
        return PreparedByAll([part.prepare(image, drawn_by, name) for part in self.parts])

    def close(self) -> None:
        """See Describer."""
        for part in self.parts:
            part.close()
