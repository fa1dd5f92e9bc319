"""Images described by frozen encoders: jittered, cropped, encoded and pooled as the protocols of a bundle say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cohort.checks.notices import Notice
from featurize.cost import image_bytes
from featurize.descriptor import describe_image
from featurize.encoders.encoder_pool import EncoderPool
from featurize.on_demand import Opened, prepared_pixels
from featurize.protocol import Protocol, require_bounded
from workflow.answering.describer import Views


@dataclass(frozen=True, eq=False)
class EncodedImage:
    """An image that encoders are to see; a PreparedImage."""

    opened: Opened
    by: "EncoderDescriber"

    @property
    def status(self) -> str:
        """See PreparedImage."""
        return self.opened.status

    def views(self, numbers: range) -> Views:
        """See PreparedImage."""
        protocols = self.by.protocols
        wanted = list(protocols.values())
        rows = describe_image(self.opened.sha256, self.opened.prepared, wanted, self.by.pool, numbers)
        return {variant: rows[protocol.key].descriptors for variant, protocol in protocols.items()}


@dataclass(frozen=True, eq=False)
class EncoderDescriber:
    """Encoders and how they are used; a Describer."""

    protocols: Mapping[str, Protocol]  # by variant
    pool: EncoderPool

    @property
    def device(self) -> str:
        """See Describer."""
        return self.pool.device

    @property
    def count(self) -> int:
        """See Describer."""
        return min(protocol.views for protocol in self.protocols.values())

    @property
    def notices(self) -> Sequence[Notice]:
        """See Describer."""
        return self.pool.notices

    def bytes_for(self, height: int, width: int, parts: int) -> int:
        """See Describer."""
        require_bounded(self.protocols.values(), height * width)
        return image_bytes(list(self.protocols.values()), height, width, parts)

    def prepare(self, image: np.ndarray, drawn_by: str, name: str) -> EncodedImage:
        """See Describer."""
        return EncodedImage(prepared_pixels(image, self.protocols, drawn_by, name), self)

    def close(self) -> None:
        """See Describer."""
        self.pool.close()
