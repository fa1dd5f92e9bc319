"""How distant an image is from those that were trained on, and whether an image of a new patient often is.

An image is the mean of its views, every column in standard deviations of the training images; its distance is that to
the nearest of them, root mean square over columns, all variants alike (nearest neighbours in a network's features: Sun
et al. 2022, arXiv:2204.06507). Out of distribution is what training images seldom are from the images of other
patients: the share of patients whose images are as distant is a conformal p-value (Bates et al. 2023, Ann. Statist.
51:149), a patient counting once, as in boost.uncertainty.conformal. The distances of the training images come from
leaving their patient out, so they are a little larger than those of a new patient, who is compared with everybody: the
warning comes rather too seldom.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from boost.descriptors import Descriptors
from boost.settings import BoostError

ALARM = 0.05  # the share of new patients' images that may be called out of distribution though they are not
BLOCK = 4096  # training images whose squares are in memory at once
REFERENCES = 1000  # training images to compare with, at most; of more, every so many-th
SMALLEST = 0.1  # of the median deviation: columns that hardly vary in training must not rule the distance

# what safetensors raises for files that are none, and for types that NumPy lacks, such as bfloat16
UNREADABLE = (SafetensorError, LookupError, TypeError, ValueError, AttributeError, ArithmeticError, MemoryError)

Views = Mapping[str, np.ndarray]  # variant: (view, dim) of one image


@dataclass(frozen=True, eq=False)
class OutOfDistribution:
    """The training images, and how distant each is from those of other patients."""

    centre: dict[str, np.ndarray]  # by variant: (dim,) float32
    spread: dict[str, np.ndarray]  # by variant: (dim,) float32
    seen: dict[str, np.ndarray]  # by variant: (reference, dim) float16, standardised
    counts: np.ndarray  # (count,) int64: numbers of views
    distances: np.ndarray  # (count, image) float32: of the training images by so many views; inf without others
    group: np.ndarray  # (image,) int64: the patient of each

    def distance(self, views: Views) -> float:
        """From one image, by the mean of its views, to the nearest training image."""
        return float(np.sqrt(self.squares(views).min()))

    def squares(self, views: Views) -> np.ndarray:
        """Squared distances from one image, by the mean of its views, to each training image kept, (reference,)."""
        squares = []
        for name, seen in self.seen.items():
            mean = standardised(views[name].mean(axis=0), self.centre[name], self.spread[name])  # (dim,)
            differences = seen.astype(np.float32) - mean  # (reference, dim)
            squares.append((differences**2).mean(axis=1))
        return np.mean(squares, axis=0)

    @property
    def references(self) -> int:
        """How many training images are kept to compare with."""
        return len(next(iter(self.seen.values())))

    def p_value(self, distance: float, views: int) -> float:
        """The share of patients, a new one included, whose images are as distant by so many views, or by fewer.

        1 where there are no two patients to compare.
        """
        distances = self.distances_by(views)  # (image,)
        compared = np.isfinite(distances)  # (image,): those that some other patient was compared with
        patients, patient = np.unique(self.group[compared], return_inverse=True)
        if len(patients) < 2:
            return 1.0
        as_distant = distances[compared] >= np.float32(distance)  # (compared image,)
        share = np.bincount(patient, as_distant) / np.bincount(patient)  # (patient,): of its images
        return float((1 + share.sum()) / (len(patients) + 1))

    def distances_by(self, views: int) -> np.ndarray:
        """Those of the training images by so many views, or by the next fewer that were measured, (image,)."""
        row = max(int(np.searchsorted(self.counts, views, side="right")) - 1, 0)
        return self.distances[row]

    def is_outlier(self, p_value: float) -> bool:
        """Whether to warn: at most ALARM, or, of patients too few for that, more distant than every image."""
        patients = len(np.unique(self.group))
        return patients > 1 and p_value <= max(ALARM, 1 / (patients + 1)) + 1e-9

    def to_bytes(self) -> bytes:
        """As safetensors."""
        arrays = {"counts": self.counts, "distances": self.distances, "group": self.group}
        for part in ("centre", "spread", "seen"):
            arrays |= {f"{part} {name}": array for name, array in getattr(self, part).items()}
        return save({name: np.ascontiguousarray(array) for name, array in arrays.items()})

    @classmethod
    def from_bytes(cls, content: bytes, dims: Mapping[str, int]) -> "OutOfDistribution":
        """Read it back; raises BoostError unless it is for these variants and their widths."""
        try:
            arrays = load(content)
            centre = {name: arrays[f"centre {name}"] for name in dims}
            spread = {name: arrays[f"spread {name}"] for name in dims}
            seen = {name: arrays[f"seen {name}"] for name in dims}
            fitted = cls(centre, spread, seen, arrays["counts"], arrays["distances"], arrays["group"])
        except UNREADABLE as error:
            raise BoostError(f"the distances to the training images cannot be read ({error}); fit again") from error
        if not fitted._fits(dims):
            raise BoostError("the distances to the training images are of other variants; fit again")
        if not fitted._are_distances():
            raise BoostError("the distances to the training images are no distances; fit again")
        return fitted

    def _fits(self, dims: Mapping[str, int]) -> bool:
        """Whether the arrays belong together, and to variants of these widths."""
        if self.distances.shape != (len(self.counts), len(self.group)) or not self.distances.size:
            return False
        counts = {len(array) for array in self.seen.values()}
        if len(counts) != 1 or 0 in counts:
            return False
        (references,) = counts
        for name, dim in dims.items():
            shapes = self.centre[name].shape, self.spread[name].shape, self.seen[name].shape
            if shapes != ((dim,), (dim,), (references, dim)):
                return False
        return True

    def _are_distances(self) -> bool:
        """Whether all arrays have their types, and values that can be of images."""
        spreads = list(self.spread.values())
        are_of_32_bits = all(array.dtype == np.float32 for array in [*self.centre.values(), *spreads, self.distances])
        are_of_16_bits = all(array.dtype == np.float16 for array in self.seen.values())
        are_whole = self.counts.dtype == self.group.dtype == np.int64
        if not (are_of_32_bits and are_of_16_bits and are_whole):
            return False
        finite = [*self.centre.values(), *spreads, *self.seen.values()]
        if not all(np.isfinite(array).all() for array in finite):
            return False
        is_scale = all((spread > 0).all() for spread in spreads)
        is_distance = bool((self.distances >= 0).all())  # NaN is not
        is_ascending = self.counts[0] >= 1 and bool((np.diff(self.counts) > 0).all())
        return is_scale and is_distance and is_ascending


def fit_out_of_distribution(
    variants: Mapping[str, Descriptors], groups: Sequence[str] | np.ndarray
) -> OutOfDistribution:
    """Remember the images of descriptors, (image, view, dim) each, whose patients are `groups` (image,)."""
    group = np.unique(np.asarray(groups), return_inverse=True)[1].astype(np.int64)  # (image,)
    views = next(iter(variants.values())).shape[1]
    counts = _view_counts(views)  # (count,)
    reference = reference_rows(len(group))  # (reference,)
    centre = {}
    spread = {}
    seen = {}
    images = {name: descriptors.images() for name, descriptors in variants.items()}
    for name, of_variant in images.items():
        means = _means(of_variant, views)  # (image, dim)
        centre[name] = means.mean(axis=0)
        spread[name] = deviations(means)
        seen[name] = standardised(means[reference], centre[name], spread[name]).astype(np.float16)
    distances = np.zeros((len(counts), len(group)), dtype=np.float32)
    for row, count in enumerate(counts):
        for start in range(0, len(group), BLOCK):
            block = slice(start, start + BLOCK)
            squares = np.zeros((len(group[block]), len(reference)))
            for name, of_variant in images.items():
                first_views = _means(of_variant[block], count)  # (image, dim)
                squares += square_distances(standardised(first_views, centre[name], spread[name]), seen[name])
            of_another_patient = group[block, None] != group[reference]  # (image, reference)
            mean_squares = np.where(of_another_patient, squares / len(variants), np.inf)  # (image, reference)
            distances[row, block] = np.sqrt(mean_squares.min(axis=1))
    return OutOfDistribution(centre, spread, seen, counts, distances, group)


def reference_rows(images: int) -> np.ndarray:
    """The training images to compare with, evenly spaced among all, (reference,) positions."""
    count = min(REFERENCES, images)
    return np.unique(np.linspace(0, images - 1, count).astype(int))


def _view_counts(views: int) -> np.ndarray:
    """After how many views distances are measured: powers of two, and all, (count,) int64, ascending."""
    counts = []
    count = 1
    while count < views:
        counts.append(count)
        count *= 2
    counts.append(views)
    return np.array(counts, dtype=np.int64)


def _means(images: Sequence[np.ndarray], views: int) -> np.ndarray:
    """The mean of the first views of each image, (image, dim)."""
    return np.stack([image[:views].mean(axis=0) for image in images])


def deviations(means: np.ndarray) -> np.ndarray:
    """The standard deviation of every column of (image, dim), none of them next to nothing."""
    spread = means.std(axis=0)
    return np.maximum(spread, SMALLEST * np.median(spread) or 1).astype(np.float32)


def standardised(means: np.ndarray, centre: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Columns in standard deviations, within what 16 bits hold."""
    return np.clip((means - centre) / spread, -6e4, 6e4)


def square_distances(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Mean squared differences over the columns, (n, dim) and (m, dim) to (n, m)."""
    some, others = some.astype(np.float64), others.astype(np.float64)
    squares = (some**2).sum(axis=1)[:, None] + (others**2).sum(axis=1) - 2 * some @ others.T
    return np.maximum(squares, 0) / some.shape[1]
