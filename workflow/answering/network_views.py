"""Images answered by networks that were trained end to end: prepared as in training, a symmetry a view.

Each view is a batch of its own, on one thread: an answer depends on the image alone, to the bit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from boost.bundle.archive import BundleError
from boost.bundle.stored_models import compared_name
from cohort.checks.notices import Notice
from featurize.cost import ENCODING, NORMALISING
from finetune.networks.classifier import Classifier
from finetune.pictures.batches import symmetries
from finetune.pictures.decoded import picture_from
from finetune.training_settings import TrainingSettings
from imaging.read import BYTES_PER_PIXEL
from imaging.stain import fit_stain
from workflow.answering.describer import Views
from workflow.bundles.trained_variants import comparing, trainings_of, untrained, with_weights

if TYPE_CHECKING:
    from boost.bundle.bundle import Bundle


@dataclass(frozen=True, eq=False)
class TrainedVariant:
    """The networks of one variant, and how images are prepared for them."""

    settings: TrainingSettings
    networks: Sequence[Classifier]  # of each fold, in the order of their columns
    first: Classifier  # before it was trained
    compared: str  # what the features of that are called

    @torch.inference_mode()
    def answers(self, pixels: Tensor) -> tuple[np.ndarray, np.ndarray]:
        """One view (1, side, side, 3) uint8: what all networks answer (fold * class,), what the first sees (dim,)."""
        columns = [network(pixels).double().softmax(dim=1)[0] for network in self.networks]
        features = self.first.features(pixels)[0]
        return torch.cat(columns).float().cpu().numpy(), features.float().cpu().numpy()


@dataclass(frozen=True, eq=False)
class TurnedImage:
    """An image in all its symmetries; a PreparedImage. What was answered for a symmetry is not asked again."""

    status: str
    turned: Mapping[str, Sequence[Tensor]]  # by variant: (1, side, side, 3) uint8 of each symmetry
    by: "NetworkDescriber"
    answered: dict[tuple[str, int], tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)

    def views(self, numbers: range) -> Views:
        """See PreparedImage: view v is the symmetry v, and beyond the last the first again."""
        views: Views = {}
        for name, variant in self.by.variants.items():
            rows = [self._answers(name, variant, number % len(self.turned[name])) for number in numbers]
            views[name] = np.stack([answers for answers, _ in rows])
            views[variant.compared] = np.stack([features for _, features in rows])
        return views

    def _answers(self, name: str, variant: TrainedVariant, symmetry: int) -> tuple[np.ndarray, np.ndarray]:
        if (name, symmetry) not in self.answered:
            pixels = self.turned[name][symmetry].to(self.by.device)
            self.answered[name, symmetry] = variant.answers(pixels)
        return self.answered[name, symmetry]


@dataclass(frozen=True, eq=False)
class NetworkDescriber:
    """Trained networks; a Describer."""

    variants: dict[str, TrainedVariant]
    device: str = "cpu"
    notices: Sequence[Notice] = ()

    @property
    def count(self) -> int:
        """See Describer: as many as there are symmetries."""
        return max(variant.settings.symmetries for variant in self.variants.values())

    def bytes_for(self, height: int, width: int, parts: int) -> int:
        """See Describer."""
        of_image = height * width * max(BYTES_PER_PIXEL, 6 + NORMALISING)
        sides = [variant.settings.input for variant in self.variants.values()]
        turned = sum(3 * variant.settings.symmetries * variant.settings.input**2 for variant in self.variants.values())
        return round(of_image + turned + parts * ENCODING * max(sides) ** 2)

    def prepare(self, image: np.ndarray, drawn_by: str, name: str) -> TurnedImage:
        """See Describer: nothing is drawn, and an image of any size is resized."""
        stain = fit_stain(image)
        turned: dict[str, list[Tensor]] = {}
        for variant, known in self.variants.items():
            picture = picture_from(image, known.settings, stain)
            upright = torch.from_numpy(np.array(picture))[None]
            turned[variant] = list(symmetries(upright, known.settings.symmetries))
        return TurnedImage(stain.status, turned, self)

    def close(self) -> None:
        """See Describer."""
        self.variants.clear()


def trained_describer(bundle: "Bundle", device: str) -> NetworkDescriber:
    """The trained networks of a bundle; raises BundleError for weights that are not those of the networks it names."""
    variants = {}
    classes = len(bundle.classes)
    for name, settings in trainings_of(bundle).items():
        where = f"{bundle.path}: {name}"
        empty = untrained(settings, classes, where)
        networks = [with_weights(empty, tensors, where).to(device) for tensors in bundle.networks(name)]
        first = comparing(with_weights(empty, bundle.first_network(name), where)).to(device)
        compared = compared_name(name)
        _require_width(first, settings, bundle.facts.compared[compared]["network"]["dim"], where)
        variants[name] = TrainedVariant(settings, networks, first, compared)
    return NetworkDescriber(variants, device)


@torch.inference_mode()
def _require_width(first: Classifier, settings: TrainingSettings, dim: int, where: str) -> None:
    """Raise BundleError unless a network sees images of its side, and has so many features."""
    blank = torch.zeros((1, settings.input, settings.input, 3), dtype=torch.uint8, device=first.mean.device)
    try:
        width = first.features(blank).shape[1]
    except (RuntimeError, AssertionError) as error:  # timm asserts that images have the one side that it takes
        raise BundleError(
            f"{where}: its network does not take images of {settings.input} pixels; fit it again"
        ) from error
    if width != dim:
        raise BundleError(f"{where}: its network has {width} features, not {dim}; fit it again")
