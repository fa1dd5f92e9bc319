"""Square crops of a view, each in one of the 8 symmetries of the square."""

import numpy as np


class CropTooLarge(ValueError):
    """A crop that does not fit into its rescaled image."""


def draw_boxes(rng: np.random.Generator, height: int, width: int, crop: int, count: int) -> np.ndarray:
    """Draw `count` boxes uniformly: (count, 3) int32 of top, left, symmetry (0-7); raises CropTooLarge."""
    require_fit(height, width, crop, "image")
    return rng.integers(0, [height - crop + 1, width - crop + 1, 8], (count, 3)).astype(np.int32)


def require_fit(height: int, width: int, crop: int, name: str, scale: float = 1.0) -> None:
    """Raise CropTooLarge, naming the image, its size after rescaling and the options, unless the crop fits."""
    if crop > min(height, width):
        raise CropTooLarge(
            f"crop {crop} does not fit {name} ({width} x {height} after scale {scale:g}); "
            "use smaller --crops, a larger --scale, or leave the image out"
        )


def take_crop(image: np.ndarray, box: np.ndarray, crop: int) -> np.ndarray:
    """The crop at (top, left), turned counter-clockwise symmetry % 4 times, then mirrored left-right if symmetry >= 4.

    image: (h, w, channel); box: top, left, symmetry. Returns a (crop, crop, channel) view of the image.
    """
    top, left, symmetry = (int(value) for value in box)
    square = np.rot90(image[top : top + crop, left : left + crop], symmetry % 4)
    return square[:, ::-1] if symmetry >= 4 else square


def take_crops(image: np.ndarray, boxes: np.ndarray, crop: int) -> np.ndarray:
    """All crops of a view: (h, w, channel) and (count, 3) to (count, crop, crop, channel), contiguous."""
    return np.stack([take_crop(image, box, crop) for box in boxes])
