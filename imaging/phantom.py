"""Synthetic H&E fields whose stains are known: the project's embedded data, of which no file is shipped.

A field is drawn as two maps, the concentrations of haematoxylin and eosin (imaging.phantom_tissue), and is then dyed by
the Beer-Lambert law with the stain matrix of its patient. The class decides the tissue and never the stains.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from zlib import crc32

import numpy as np

from imaging.phantom_tissue import TISSUES, draw_tissue
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


def patient_stains(patient: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Stain matrix (3, 2), the reference turned by 3 degrees or so, and strengths (2,) of a patient's H and E."""
    # Macenko's eosin absorbs red and blue, so that pure eosin counts as tissue (optical density >= 0.15 in all
    # channels); the eosin of Ruifrok & Johnston, [.07, .99, .11], never would
    rng = np.random.default_rng([seed, crc32(patient.encode())])
    matrix = REFERENCE + rng.uniform(-0.06, 0.06, (3, 2))
    strengths = rng.uniform(0.75, 1.3, 2)
    return matrix / np.linalg.norm(matrix, axis=0), strengths


def beer_lambert(concentrations: np.ndarray, stain_matrix: np.ndarray) -> np.ndarray:
    """Grey levels (h, w, 3), real numbers, of concentrations (h, w, 2): optical density is -ln((I + 1) / 240)."""
    return WHITE * np.exp(-concentrations @ stain_matrix.T) - 1


def draw_field(label: str, patient: str, index: int, height: int, width: int, seed: int) -> Field:
    """One field; what it shows depends on its name, its size and the seed alone."""
    if label not in TISSUES:
        raise KeyError(f"unknown class {label!r}; known: {', '.join(CLASSES)}")
    name = f"{label}_{patient}_{index}.png"
    rng = np.random.default_rng([seed, crc32(name.encode())])
    stain_matrix, strengths = patient_stains(patient, seed)
    concentrations = strengths * draw_tissue(TISSUES[label], (height, width), rng)  # (h, w, 2)
    light = beer_lambert(concentrations, stain_matrix) + rng.uniform(-NOISE, NOISE, (height, width, 3))
    image = light.round().clip(0, 255).astype(np.uint8)
    return Field(image, label, patient, name, stain_matrix, concentrations)


def phantoms(per_class: int, patients: int, height: int = 384, width: int = 512, seed: int = 0) -> Iterator[Field]:
    """Fields of all classes in turn; the images of a class go around the patients, so each patient has all classes."""
    if not 1 <= patients <= per_class:
        raise ValueError(f"{patients} patients cannot each have an image of every class: per_class is {per_class}")
    for number in range(per_class):
        for label in CLASSES:
            yield draw_field(label, f"p{number % patients:02d}", number // patients, height, width, seed)
