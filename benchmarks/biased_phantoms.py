"""Phantoms whose making tells their class, or their patient, on purpose: what an audit must see, and clean ones.

The tissue of both classes is the same, so that nothing but what is planted tells them apart. A patient has one class.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from imaging.phantom import CLASSES, Difficulty, draw_field
from imaging.stain import jitter

SAME_TISSUE = Difficulty(signal=0.0, stain=1.0, texture=0.0)
LARGEST = 1.5  # times the side that is asked for, is what is drawn


@dataclass(frozen=True)
class Made:
    """An image as it is going to be saved."""

    pixels: np.ndarray  # (h, w, 3) uint8
    format: str = "PNG"
    options: dict = field(default_factory=dict)  # of Pillow's save


Bias = Callable[[np.ndarray, int, float, np.random.Generator], Made]  # a field, the side, 0..1 by class, chance


def write_biased(
    folder: Path,
    bias: str = "",
    by: str = "class",
    patients: int = 24,
    per_patient: int = 4,
    classes: int = 2,
    side: int = 64,
    seed: int = 0,
    share: float = 1.0,
) -> Path:
    """Write images and, last of all, `manifest.csv` (image, label, patient), whose path is returned.

    bias: one of BIASES, "" for a clean set. by: "class", or "patient" where half of the patients have it whatever
    their class. share: of the images that are made as their class is; the others are made as a class that is drawn.
    """
    rng = np.random.default_rng([seed, patients, per_patient])
    owners = np.repeat(np.arange(patients), per_patient)  # (image,)
    class_of = rng.permutation(np.arange(patients) % classes)  # (patient,)
    habit_of = class_of if by == "class" else rng.permutation(np.arange(patients) % classes)  # (patient,)
    own_way = rng.random(len(owners)) < share
    habits = np.where(own_way, habit_of[owners], rng.integers(classes, size=len(owners)))  # (image,)
    numbers = rng.permutation(len(owners))  # (image,) that stand in the names
    if bias == "name_order":
        numbers[np.lexsort((numbers, habits))] = np.arange(len(owners))
    folder.mkdir(parents=True, exist_ok=True)
    rows = ["image,label,patient"]
    fields = drawn_fields(patients, per_patient, side, seed)
    for pixels, owner, habit, number in zip(fields, owners, habits, numbers, strict=True):
        made = BIASES[bias](pixels, side, habit / (classes - 1), rng)
        name = f"field_{number:04d}.{'jpg' if made.format == 'JPEG' else 'png'}"
        (folder / name).write_bytes(encoded(made))
        rows.append(f"{name},{CLASSES[class_of[owner]]},P{owner:03d}")
    manifest = folder / "manifest.csv"
    manifest.write_text("\n".join(rows) + "\n")
    return manifest


@lru_cache(maxsize=2)
def drawn_fields(patients: int, per_patient: int, side: int, seed: int) -> tuple[np.ndarray, ...]:
    """Fields of LARGEST times the side, patient after patient, the same whatever is planted in them afterwards."""
    return tuple(_draw(patients, per_patient, round(LARGEST * side), seed))


def _draw(patients: int, per_patient: int, side: int, seed: int) -> Iterator[np.ndarray]:
    for patient in range(patients):
        for number in range(per_patient):
            yield draw_field("benign", f"p{patient:03d}", number, side, side, seed, SAME_TISSUE).image


def encoded(made: Made) -> bytes:
    """The file."""
    file = BytesIO()
    Image.fromarray(made.pixels).save(file, made.format, **made.options)
    return file.getvalue()


def cut(pixels: np.ndarray, side: int) -> np.ndarray:
    """The middle of a field."""
    start = (len(pixels) - side) // 2
    return pixels[start : start + side, start : start + side]


def clean(pixels: np.ndarray, side: int, habit: float, rng: np.random.Generator) -> Made:
    """Nothing is planted."""
    return Made(cut(pixels, side))


def stain(pixels: np.ndarray, side: int, habit: float, rng: np.random.Generator) -> Made:
    """Less haematoxylin and more eosin."""
    gains = np.array([1.3 - 0.6 * habit, 0.7 + 0.6 * habit]) + rng.uniform(-0.05, 0.05, 2)
    return Made(jitter(cut(pixels, side), gains))


def jpeg_quality(pixels: np.ndarray, side: int, habit: float, rng: np.random.Generator) -> Made:
    """All are JPEG, of quality 60 to 90."""
    return Made(cut(pixels, side), "JPEG", {"quality": round(60 + 30 * habit) + int(rng.integers(-2, 3))})


def former_jpeg(pixels: np.ndarray, side: int, habit: float, rng: np.random.Generator) -> Made:
    """All are PNG, but some were JPEG of quality 80 to 60 before."""
    if habit == 0:
        return Made(cut(pixels, side))
    once = encoded(Made(cut(pixels, side), "JPEG", {"quality": round(100 - 40 * habit) + int(rng.integers(-2, 3))}))
    return Made(np.asarray(Image.open(BytesIO(once))))


def size(pixels: np.ndarray, side: int, habit: float, rng: np.random.Generator) -> Made:
    """Larger fields at the same scale."""
    return Made(cut(pixels, round(side * (1 + (LARGEST - 1) * habit))))


def stretched(pixels: np.ndarray, side: int, habit: float, rng: np.random.Generator) -> Made:
    """Grey levels pulled apart about the mean, so that some are never met."""
    gain = 1 + 0.4 * habit
    return Made(((cut(pixels, side) - 128.0) * gain + 128).round().clip(0, 255).astype(np.uint8))


def clipped(pixels: np.ndarray, side: int, habit: float, rng: np.random.Generator) -> Made:
    """Exposed for too long, so that much is white."""
    return Made((cut(pixels, side) + 70.0 * habit).clip(0, 255).astype(np.uint8))


def maker(pixels: np.ndarray, side: int, habit: float, rng: np.random.Generator) -> Made:
    """All are JPEG of one quality, and EXIF names another microscope."""
    exif = Image.Exif()
    exif[271] = ("Leica", "Hamamatsu", "Olympus", "Zeiss")[round(3 * habit)]
    return Made(cut(pixels, side), "JPEG", {"quality": 90, "exif": exif})


def sharpness(pixels: np.ndarray, side: int, habit: float, rng: np.random.Generator) -> Made:
    """Out of focus."""
    picture = Image.fromarray(cut(pixels, side))
    return Made(np.asarray(picture.filter(ImageFilter.GaussianBlur(float(habit + rng.uniform(0, 0.1))))))


def background(pixels: np.ndarray, side: int, habit: float, rng: np.random.Generator) -> Made:
    """Glass without tissue at the right, up to two fifths of the field."""
    image = cut(pixels, side).copy()
    glass = round(side * (0.4 * habit + rng.uniform(0, 0.05)))
    image[:, side - glass :] = rng.integers(233, 240, (side, glass, 3))
    return Made(image)


BIASES: dict[str, Bias] = {
    "": clean,
    "stain": stain,
    "jpeg_quality": jpeg_quality,
    "former_jpeg": former_jpeg,
    "size": size,
    "stretched": stretched,
    "clipped": clipped,
    "maker": maker,
    "name_order": clean,
    "sharpness": sharpness,
    "background": background,
}
FAMILIES = {  # of the probe that must see it
    "stain": "stain",
    "jpeg_quality": "JPEG",
    "former_jpeg": "JPEG",
    "size": "size",
    "stretched": "range",
    "clipped": "range",
    "maker": "metadata",
    "name_order": "name",
    "sharpness": "sharpness",
    "background": "background",
}
