"""A bundle that tells crowded tissue from empty, whose one model looks for the nearer of two mean descriptors."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from boost.bundle.bundle import Bundle
from featurize.descriptor import prepare_image
from featurize.protocol import Protocol
from featurize.windows import describe_windows, window_corners
from tests.featurize.random_networks import random_digest, random_pool
from workflow.answering.describer import AllDescribers
from workflow.answering.encoder_views import EncoderDescriber

PINK, PURPLE = np.array([230, 180, 205]), np.array([90, 40, 130])
CROP = 32
EMPTY, CROWDED = "normal", "invasive"  # what the classes of the bundle are called


def tissue(kind, seed, height=96, width=96):
    """Pink stroma, and where it is crowded a dark nucleus at every step: (h, w, 3) uint8."""
    rng = np.random.default_rng(seed)
    image = PINK + rng.integers(-12, 13, (height, width, 1))
    if kind == CROWDED:
        rows, columns = np.mgrid[:height, :width]
        for top in range(4, height, 9):
            for left in range(4, width, 9):
                row, column = top + rng.integers(-2, 3), left + rng.integers(-2, 3)
                image[(rows - row) ** 2 + (columns - column) ** 2 < 12] = PURPLE + rng.integers(-15, 16)
    return image.astype(np.uint8)


@dataclass(frozen=True, eq=False)
class NearerMean:
    """A model, see boost.heads.head: probabilities of the bundle's classes, of which two are ever likely."""

    means: np.ndarray  # (2, dim): of empty and of crowded tissue
    places: tuple[int, int]  # of the two classes
    classes: int

    def predict(self, rows):
        direction = self.means[1] - self.means[0]
        along = (rows - self.means.mean(axis=0)) @ direction / (direction @ direction)  # -0.5 and 0.5 at the means
        crowded = 1 / (1 + np.exp(-12 * along))
        probabilities = np.full((len(rows), self.classes), 0.01)
        probabilities[:, self.places[0]] += (1 - 0.01 * self.classes) * (1 - crowded)
        probabilities[:, self.places[1]] += (1 - 0.01 * self.classes) * crowded
        return probabilities


@pytest.fixture(scope="package", params=["exact", "dense"])
def asked(request, place):
    """The bundle and its describer, in either mode."""
    digest = random_digest("squeezenet1_1")
    settings = {"scale": 1.0, "crops": 2, "views": 2, "stain": "none", "mode": request.param}
    protocol = Protocol("squeezenet1_1", digest, crop=CROP, **settings)
    means = []
    for kind in (EMPTY, CROWDED):
        prepared = prepare_image(tissue(kind, 1), [protocol])
        rows = np.concatenate(list(describe_windows(prepared, protocol, random_pool(), window_corners(96, 96, CROP))))
        means.append(rows.mean(axis=0))
    bundle = Bundle.open(place.bundle)
    facts = dict(next(iter(bundle.variants.values()))) | {"key": protocol.key}
    variants = {protocol.variant: facts}
    places = (bundle.classes.index(EMPTY), bundle.classes.index(CROWDED))
    model = NearerMean(np.array(means), places, len(bundle.classes))
    bundle = replace(
        bundle,
        facts=replace(bundle.facts, variants=variants, heads=("trees",)),
        variants=variants,
        models={protocol.variant: [model]},
    )
    return bundle, AllDescribers([EncoderDescriber({protocol.variant: protocol}, random_pool())])
