"""Synthetic H&E fields whose stains are known: the project's embedded data, of which no file is shipped.

A field is drawn as two maps, the concentrations of haematoxylin and eosin (imaging.phantom_tissue), and is then dyed by
the Beer-Lambert law with the stain matrix of its patient. The class decides the tissue and never the stains.

Real cohorts are harder: patients differ in stain and tissue by more than classes do. A Difficulty says how much, and
`hard_phantoms` draws cohorts of it, with classes as unequal as wanted.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from zlib import crc32

import numpy as np

from imaging.phantom_tissue import TISSUES, Tissue, draw_tissue, likened, varied
from imaging.stain import REFERENCE, WHITE

CLASSES = tuple(TISSUES)
NOISE = 2.0  # grey levels: the sensor adds U[-NOISE, NOISE]


@dataclass(frozen=True)
class Field:
    """One picture and the truth about it: image = 240 exp(-concentrations @ stain_matrix.T) - 1, plus noise."""

    image: np.ndarray  # (h, w, 3) uint8
    label: str
    patient: str
    name: str
    stain_matrix: np.ndarray  # (3, 2): unit columns H, E; optical density per unit of concentration
    concentrations: np.ndarray  # (h, w, 2): H, E


@dataclass(frozen=True)
class Difficulty:
    """How hard it is to tell the classes apart in patients who were not seen; the default is that of `phantoms`."""

    signal: float = 1.0  # what is left of the differences between classes, in 0..1; 0: all show the same tissue
    stain: float = 1.0  # how much patients differ in stain, in 0..3 times what `patient_stains` says
    texture: float = 0.0  # how much they differ in tissue: deviation of the logarithm of sizes and counts, in 0..1

    def __post_init__(self) -> None:
        for name, most in (("signal", 1), ("stain", 3), ("texture", 1)):
            if not 0 <= getattr(self, name) <= most:
                raise ValueError(f"{name} must lie in 0..{most}; got {getattr(self, name)}")


DIFFICULTIES = {
    "easy": Difficulty(),
    "hard": Difficulty(signal=0.35, stain=2.0, texture=0.35),
    "no signal": Difficulty(signal=0.0, stain=2.0, texture=0.35),
}


def patient_stains(patient: str, seed: int, spread: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Stain matrix (3, 2), the reference turned by 3 degrees or so, and strengths (2,) of a patient's H and E.

    Both differ from the reference by `spread` times as much, the strengths on a logarithmic scale.
    """
    # Macenko's eosin absorbs red and blue, so that pure eosin counts as tissue (optical density >= 0.15 in all
    # channels); the eosin of Ruifrok & Johnston, [.07, .99, .11], never would
    rng = np.random.default_rng([seed, crc32(patient.encode())])
    matrix = REFERENCE + spread * rng.uniform(-0.06, 0.06, (3, 2))
    strengths = rng.uniform(0.75, 1.3, 2) ** spread
    return matrix / np.linalg.norm(matrix, axis=0), strengths


def beer_lambert(concentrations: np.ndarray, stain_matrix: np.ndarray) -> np.ndarray:
    """Grey levels (h, w, 3), real numbers, of concentrations (h, w, 2): optical density is -ln((I + 1) / 240)."""
    return WHITE * np.exp(-concentrations @ stain_matrix.T) - 1


def patient_tissue(label: str, patient: str, seed: int, difficulty: Difficulty) -> Tissue:
    """What a class looks like in a patient."""
    if label not in TISSUES:
        raise KeyError(f"unknown class {label!r}; known: {', '.join(CLASSES)}")
    rng = np.random.default_rng([seed, crc32(f"tissue of {patient}".encode())])
    tissue = likened(TISSUES[label], difficulty.signal, rng)
    return varied(tissue, difficulty.texture, rng)


def draw_field(
    label: str,
    patient: str,
    index: int,
    height: int,
    width: int,
    seed: int,
    difficulty: Difficulty = DIFFICULTIES["easy"],
) -> Field:
    """One field; what it shows depends on its name, its size, the seed and the difficulty alone."""
    tissue = patient_tissue(label, patient, seed, difficulty)
    return dyed(label, patient, index, seed, lambda rng: draw_tissue(tissue, (height, width), rng), difficulty.stain)


def dyed(
    label: str,
    patient: str,
    index: int,
    seed: int,
    draw: Callable[[np.random.Generator], np.ndarray],
    spread: float = 1,
) -> Field:
    """A field of what `draw` gives, concentrations (h, w, 2), in a patient's stains; spread: as of `patient_stains`."""
    name = f"{label}_{patient}_{index}.png"
    rng = np.random.default_rng([seed, crc32(name.encode())])
    stain_matrix, strengths = patient_stains(patient, seed, spread)
    concentrations = strengths * draw(rng)  # (h, w, 2)
    light = beer_lambert(concentrations, stain_matrix)
    light += rng.uniform(-NOISE, NOISE, light.shape)
    image = light.round().clip(0, 255).astype(np.uint8)
    return Field(image, label, patient, name, stain_matrix, concentrations)


def phantoms(per_class: int, patients: int, height: int = 384, width: int = 512, seed: int = 0) -> Iterator[Field]:
    """Fields of all classes in turn; the images of a class go around the patients, so each patient has all classes."""
    if not 1 <= patients <= per_class:
        raise ValueError(f"{patients} patients cannot each have an image of every class: per_class is {per_class}")
    for number in range(per_class):
        for label in CLASSES:
            yield draw_field(label, f"p{number % patients:02d}", number // patients, height, width, seed)


def hard_phantoms(
    patients: int,
    shares: Mapping[str, float],
    difficulty: Difficulty,
    images: tuple[int, int] = (3, 6),
    mixed: bool = False,
    height: int = 384,
    width: int = 512,
    seed: int = 0,
) -> Iterator[Field]:
    """Fields of patients with `images` each (fewest, most), patient after patient; the same for the same arguments.

    `shares` says how the classes stand to each other, {"benign": 5, "invasive": 1}: of the patients, each of whom has
    one class, or where they are `mixed` of all images. Raises ValueError for fewer patients than classes.
    """
    if patients < len(shares):
        raise ValueError(f"{len(shares)} classes need a patient each; got {patients} patients")
    rng = np.random.default_rng([seed, patients])
    counts = rng.integers(images[0], images[1] + 1, patients)  # (patient,)
    drawn = rng.permutation(apportioned(shares, int(counts.sum()) if mixed else patients))
    labels = drawn if mixed else np.repeat(drawn, counts)  # (image,)
    owners = np.repeat(np.arange(patients), counts)  # (image,)
    for number, (label, owner) in enumerate(zip(labels, owners, strict=True)):
        yield draw_field(str(label), f"p{owner:02d}", number, height, width, seed, difficulty)


def apportioned(shares: Mapping[str, float], total: int) -> list[str]:
    """So many names in the proportion of the shares, each at least once.

    >>> apportioned({"benign": 5, "invasive": 1}, 12).count("invasive")
    2
    """
    spare = total - len(shares)
    wanted = np.array(list(shares.values())) / sum(shares.values()) * total - 1  # (class,): beyond the first
    wanted = wanted.clip(0) * spare / max(wanted.clip(0).sum(), 1e-9)
    ends = np.round(np.cumsum(wanted)).astype(int)  # (class,)
    further = np.diff(ends, prepend=0)
    return [name for name, count in zip(shares, further, strict=True) for _ in range(1 + count)]
